#pragma once

/// What was shared while the hub was away: files beside the profile, sent later in order.
/// Errors:  denied for a disk that fails (unavailable is kept for the hub).
/// Threads: one.

#include <string>
#include <string_view>
#include <vector>

#include "submission.hpp"

namespace tocsin::cli {

/// One file that is being written. It counts only once closed; until then it is dropped.
class SpoolFile {
 public:
  static Result<SpoolFile> create(const std::string& folder, const Submission& submission);
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&&) = delete;
  ~SpoolFile();

  Status add(std::string_view lines);
  /// Synced to disk and under its final name.
  Status close();

 private:
  SpoolFile(int descriptor, std::string path) : descriptor_{descriptor}, path_{std::move(path)} {}
  int descriptor_;
  std::string path_;  ///< final; ".part" is appended until close()
};

std::string spool_folder(const std::string& profile_path);
/// The files that wait, oldest first.
std::vector<std::string> spooled(const std::string& folder);

}  // namespace tocsin::cli
