#pragma once

/// The log: all circles in one sequence of segment files, with a row per entry beside it.
///
/// Writing: one thread calls append(); one call is one frame and one fdatasync, written only after the one
///          before it succeeded. Once append() returns a value its entries are durable and readable.
/// Reading: any thread, while another appends. A row leads from a sequence to its bytes in O(1).
/// Errors:  corrupt names file and offset; unavailable is the disk. After a failed write or sync the log is
///          broken: every later append answers unavailable until the program starts again. Reading goes on.
/// Source:  docs/formats/log.md.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "log/entry.hpp"

namespace tocsin::log {

/// A place in the physical log: after how many frames. Strictly increasing over all circles.
struct Position {
  std::uint64_t frame = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// A fixed row of a circle's sidecar.
struct Row {
  std::uint32_t segment = 0;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
  std::uint64_t frame = 0;  ///< the entry's place in the physical log
  Timestamp date_added{};
  std::uint32_t marking_class = 0;
  Kind kind = Kind::object;
  bool superseded = false;
  bool withdrawn = false;
  bool erased = false;
};

/// The last entry of a circle; sequence 0 and zero hash when it has none.
struct Head {
  Sequence sequence{};
  Timestamp date_added{};
  Hash commitment{};
};

/// What append() made of one draft.
struct Appended {
  Sequence sequence{};
  Timestamp date_added{};
  Hash commitment{};
  Hash author_commitment{};
  Salt salt{};
};

class Log {
 public:
  struct Options {
    std::string folder;
    std::uint64_t segment_bytes_max = 256ULL << 20;
    /// date_added never jumps forward by more than this against the monotonic clock.
    std::chrono::microseconds jump_max = std::chrono::seconds{10};
    /// After so much new log the sidecars are made durable in the background.
    std::uint64_t checkpoint_bytes = 64ULL << 20;
    FileSystem* files = &system_files();
    const Clock* clock = &system_clock();
  };

  /// Opens or creates. Cuts a bad last frame; refuses (corrupt, with file and offset) a bad frame that valid
  /// ones follow. Brings the sidecars up to the log. Then calls `replay` for every entry of the frames after
  /// `from`, in log order, so that followers can catch up.
  using Replay = std::function<Status(const Entry&, Position)>;
  static Result<std::unique_ptr<Log>> open(Options options, Position from, const Replay& replay);
  virtual ~Log() = default;

  /// Appends all drafts as one frame. Sequences, dates and commitments are assigned in order.
  /// Errors: invalid_input when the drafts together are larger than a frame may be (64 MiB), a row change
  ///         names no earlier entry, or the clock jumped; unavailable when the disk failed.
  virtual Result<std::vector<Appended>> append(std::span<const Draft> drafts) = 0;

  /// Where the log ends: the position of the last durable frame.
  virtual Position end() const = 0;
  virtual Head head(CircleId circle) const = 0;
  virtual std::vector<CircleId> circles() const = 0;  ///< those with at least one entry

  /// Errors: not_found past the head, corrupt.
  virtual Result<Row> row(CircleId circle, Sequence sequence) const = 0;
  /// Rows from `first` on, at most `most`; fewer at the head. The hot path of pages and push.
  virtual Result<std::vector<Row>> rows(CircleId circle, Sequence first, std::size_t most) const = 0;
  /// The first sequence with date_added > `after`; head + 1 when there is none.
  virtual Result<Sequence> first_after(CircleId circle, Timestamp after) const = 0;

  /// The whole entry. An erased entry comes back with `erased` set.
  virtual Result<Entry> read(CircleId circle, Sequence sequence) const = 0;

  /// The contents of entries whose rows the caller has, in the order given; nullopt for an erased one.
  /// Entries that stand close together in the files come in one read, so this is how pages are made.
  struct Wanted {
    Sequence sequence{};
    Row row{};
  };
  virtual Result<std::vector<std::optional<std::string>>> contents(CircleId circle,
                                                                   std::span<const Wanted> wanted) const = 0;

  /// Zeroes the erasable block of an entry in place (docs/formats/log.md) and marks its row. The entry that
  /// records the act must have been appended before: an entry of the last frame is refused (conflict).
  /// Durable when it returns. Idempotent. The row changes that the entry made stay in force: they name
  /// sequences only, and an erased withdrawal must not bring an object back.
  virtual Status erase(CircleId circle, Sequence sequence) = 0;

  /// Calls `visit` for every entry of the frames after `from`, in log order, up to the end at the time of the
  /// call.
  virtual Status scan(Position from, const Replay& visit) const = 0;

  /// Makes the sidecars durable up to end(), so that the next open replays only what came after.
  virtual Status checkpoint() = 0;
};

}  // namespace tocsin::log
