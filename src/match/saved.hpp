#pragma once

/// A segment as a file: written once, mapped at the next start, and read where it lies.
///
/// Format:  docs/formats/sensor-state.md.
/// Errors:  not_found; corrupt for a file that is not whole, changed, or of another version of the program;
///          unavailable for the disk. A file is checked as a whole when it is opened, so nothing that is read
///          later can lead astray.
/// Threads: as a segment; `blank` from one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"
#include "match/segment.hpp"

namespace tocsin::match {

/// Writes what is in `segment` and not removed when it is called, and `note`, which is the owner's, in place
/// of the file at `path`: a crash leaves the old file or the new one.
Status save(const std::string& path, const Segment& segment, std::string_view note,
            FileSystem& files = system_files());

class Saved {
 public:
  /// Every indicator of it is then one of `circle`.
  static Result<Saved> open(const std::string& path, CircleId circle);

  const std::shared_ptr<Segment>& segment() const { return segment_; }
  const std::string& note() const { return note_; }

  /// Overwrites an indicator where it lies, for good. Only when nobody can be reading it any more; it is
  /// removed before. Errors: unavailable.
  Status blank(std::uint32_t indicator);
  Status sync();

  /// Checks bytes as `open` does, and makes a segment over them. They outlive it.
  static Result<std::shared_ptr<Segment>> read(std::string_view bytes, CircleId circle, std::string& note,
                                               std::shared_ptr<const void> storage);

 private:
  std::unique_ptr<File> file_;
  std::shared_ptr<Segment> segment_;
  std::string note_;
  std::uint64_t sums_at_ = 0, arena_at_ = 0;  // in the file
};

/// The bytes of a file, without the file. For tests, and for `save`.
std::string saved_bytes(const Segment& segment, std::string_view note);

/// Makes the checksums of bytes fit what they are, where their sizes allow it. For the fuzzer.
void seal(std::string& bytes);

}  // namespace tocsin::match
