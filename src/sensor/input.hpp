#pragma once

/// Whole files and pipes as blocks of lines, for `scan`.
///
/// Units:   bytes; a block ends behind a line feed (or at the end of the file) and is followed by
///          `observe::Reader::padding_bytes` readable bytes.
/// Errors:  not_found, denied, unavailable for files that cannot be opened or read; corrupt for damaged
///          compression, told after every whole line before the damage was handed out.
/// Threads: one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::sensor {

/// Bytes in, whole lines out, in place. A line longer than a reader takes is handed out as its head, long
/// enough to be refused there, and the rest of it is dropped: memory stays bounded whatever is written.
class LineBuffer {
 public:
  /// Room for new bytes; ends what `take` returned.
  std::span<char> room();
  /// The first `size` bytes of the room were filled.
  void filled(std::size_t size);
  /// All whole lines, or empty.
  std::string_view take();
  /// What is left at the end of a file: a last line without its line feed.
  std::string_view take_rest();
  /// Bytes filled in so far that stand before the unfinished line.
  std::uint64_t position() const { return filled_ - (end_ - begin_); }
  bool empty() const { return begin_ == end_; }

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // no line feed before it
  std::uint64_t filled_ = 0;
  bool dropping_ = false;  // the rest of a line that is too long
};

/// One file: plain, gzip or zstd, told by its first bytes; "-" is standard input.
class Input {
 public:
  static Result<Input> open(const std::string& path);
  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;
  ~Input();

  /// The next lines; empty at the end. The view is good until the next call. After an error only errors
  /// follow.
  Result<std::string_view> next();

  struct Progress {
    std::uint64_t read_bytes = 0;              ///< as stored, before decompression
    std::optional<std::uint64_t> total_bytes;  ///< absent for pipes
  };
  Progress progress() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::sensor
