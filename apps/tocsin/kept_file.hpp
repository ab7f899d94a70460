#pragma once

/// Files of the member's own, beside the profile: for its eyes alone (0600), and on disk when a call returns.
/// Errors:  denied for a disk that fails (unavailable is kept for the hub).
/// Threads: one; several programs may append to one file at a time.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::cli {

/// Appends whole lines. Of a crash the last line may be torn; a later append begins a line of its own.
Status append_lines(const std::string& path, std::string_view lines);

/// Replaces a file as a whole: a crash of the program leaves the old or the new one. What a crash of the
/// machine leaves is sure once sync_files_of() has returned, which is one wait for many files.
Status replace_file(const std::string& path, std::string_view bytes);
Status sync_files_of(const std::string& folder);

/// Held while it lives, by one program at a time. The file `path` is made, and stays.
class FileLock {
 public:
  static Result<FileLock> hold(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_{descriptor} {}
  int descriptor_;
};

}  // namespace tocsin::cli
