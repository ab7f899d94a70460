#pragma once

/// More lines than memory should hold: in a temporary file without a name, for its program alone.
/// Errors:  denied for a disk that fails.
/// Threads: one.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::cli {

class LineFile {
 public:
  static Result<LineFile> create();
  LineFile(LineFile&& other) noexcept;
  LineFile& operator=(LineFile&&) = delete;
  ~LineFile();

  Status add(std::string_view line);  ///< without a line end in it
  /// All lines, in order, mapped from the file; they stay as long as this does, and nothing is added after.
  Result<std::vector<std::string_view>> lines();

 private:
  explicit LineFile(int descriptor) : descriptor_{descriptor} {}
  Status flush();

  int descriptor_;
  std::string unwritten_;
  std::vector<std::size_t> ends_;
  std::size_t size_ = 0;
  void* mapped_ = nullptr;
};

}  // namespace tocsin::cli
