#pragma once

/// Where alerts go: a file that is only appended to, one write a line, or standard output.
///
/// Errors:  none to the caller: what cannot be written waits, up to `waiting_max` lines, and is tried again.
/// Threads: one.

#include <cstdint>
#include <deque>
#include <string>

#include "base/result.hpp"

namespace tocsin::alert {

class AlertFile {
 public:
  static constexpr std::size_t waiting_max = 10'000;

  /// A path, or "-". Errors: unavailable.
  static Result<AlertFile> open(std::string path);
  AlertFile(AlertFile&& other) noexcept;
  AlertFile& operator=(AlertFile&&) = delete;
  ~AlertFile();

  /// `line` ends with its line feed.
  void write(std::string line);
  /// Tries what waits once more; opens the file anew when another one took its name. True when nothing waits.
  bool flush();
  bool all_written() const { return waiting_.empty(); }
  std::size_t waiting() const { return waiting_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  AlertFile(std::string path, int descriptor) : path_{std::move(path)}, descriptor_{descriptor} {}

  std::string path_;
  int descriptor_;
  std::deque<std::string> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace tocsin::alert
