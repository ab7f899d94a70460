#pragma once

/// Follows growing files: every line once, through rotations and restarts.
///
/// What is followed is the file, not the name: a renamed file is read to its end by its inode, then the new
/// one under the name from its start; a truncated one is read again from its start, after the rest of its
/// copy when there is one. A line is handed out once its line feed is there. Positions (device, inode,
/// offset, fingerprint of the first bytes) move only behind lines that the caller has confirmed, and are on
/// disk after `save`. After a kill, lines confirmed since the last `save` come once more; none is skipped.
/// Errors:  unavailable when positions cannot be saved; a file that cannot be read is tried again.
/// Threads: one thread; `wake` may be called from any.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::sensor {

struct TailOptions {
  /// Where a file starts that exists at the first start and has no position; one that appears later starts at
  /// 0.
  enum class Start : std::uint8_t { end, beginning } start = Start::end;
  /// How long a file that lost its name is still watched for late lines.
  std::chrono::milliseconds grace{10'000};
  /// Without inotify (network file systems, exhausted watches) files are looked at this often.
  std::chrono::milliseconds poll{5};
  bool use_inotify = true;
};

class Tail {
 public:
  /// `positions` is a file of ours; absent at the first start. A damaged one is told and read as absent.
  static Result<std::unique_ptr<Tail>> open(std::vector<std::string> paths, std::string positions,
                                            TailOptions options = {});
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  struct Chunk {
    std::size_t path = 0;     ///< index in `paths`
    std::uint64_t file = 0;   ///< another number: another file took the name, and a new Reader is due
    std::string_view header;  ///< first chunk of a file resumed inside: its leading '#' lines, to read first
    std::string_view lines;   ///< whole lines, followed by observe::Reader::padding_bytes; empty: none came
    std::uint64_t end_bytes = 0;  ///< where in the file they end
  };
  /// The next lines of any file, waiting up to `timeout` for them. Views are good until the next call.
  Chunk next(std::chrono::milliseconds timeout);
  /// All lines of this file up to this chunk's end are handled: its position may move there.
  void confirm(const Chunk& chunk);
  /// Puts the confirmed positions on disk, atomically. Cheap when nothing moved.
  Status save();

  /// Makes a waiting `next` return at once. Any thread.
  void wake();
  /// What could not be followed, since the last call: for the operator's log.
  std::vector<std::string> take_warnings();

 private:
  struct State;
  explicit Tail(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::sensor
