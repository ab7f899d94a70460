#pragma once

/// A file of log lines that could not be read, so that somebody can see why: a sample of them, never all.
///
/// One JSON object a line: {time, file, line, offset, format, why, record}. `record` is the line's first 4
/// KiB. Limits:  at most `per_file_max` lines an hour of each log file; at `bytes_max` the file becomes
/// FILE.1, in place of
///          an older one, and a new one begins: both together stay below twice that.
/// Errors:  denied, unavailable when it cannot be opened; later, what cannot be written is only counted.
/// Threads: one thread at a time; `counts` from any.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::sensor {

/// A line that is no record of its file's format.
struct Unreadable {
  std::string_view file;
  std::uint64_t line = 0;  ///< from 1; 0: unknown
  std::uint64_t offset_bytes = 0;
  std::string_view format, why, record;
};

class DeadLetters {
 public:
  static constexpr std::uint64_t per_file_max = 100;
  static constexpr std::uint64_t bytes_max = 16 << 20;
  static constexpr std::size_t record_bytes_max = 4096;

  /// With an empty path it keeps nothing.
  static Result<DeadLetters> open(std::string path, std::uint64_t limit_bytes = bytes_max);
  DeadLetters() = default;
  DeadLetters(DeadLetters&& other) noexcept;
  DeadLetters& operator=(DeadLetters&& other) noexcept;
  ~DeadLetters();

  void add(const Unreadable& one, Timestamp now);

  struct Counts {
    std::uint64_t kept = 0, left_out = 0;
  };
  Counts counts() const { return {kept_.load(), left_out_.load()}; }
  const std::string& path() const { return path_; }

 private:
  struct Sampled {
    Timestamp since{};
    std::uint64_t kept = 0;
  };
  Status reopen();

  std::string path_;
  std::uint64_t limit_bytes_ = bytes_max;
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
  std::map<std::string, Sampled, std::less<>> sampled_;  // by log file: as many as are watched
  std::atomic<std::uint64_t> kept_{0}, left_out_{0};
};

}  // namespace tocsin::sensor
