#pragma once

/// The log over segment files: what stands behind `Log`.
///
/// Writing takes `appending_` and touches the published state only at the end, under `mutex_`, after the
/// frame is on stable storage and its rows are written. Readers pin what is published and read files without
/// a lock; a reader that meets a block in the middle of its erasure looks again under `erasing_`.
/// Locks are taken in the order appending_, erasing_, mutex_.
///
/// Source:  docs/formats/log.md.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "log/erasure.hpp"
#include "log/frame.hpp"
#include "log/log.hpp"
#include "log/sidecar.hpp"

namespace tocsin::log {

/// A window over a file that grows while it is walked: few large reads instead of many small ones.
class Window {
 public:
  explicit Window(const File& file) : file_{&file} {}
  /// Up to `size` bytes at `offset`, fewer at the end of the file. Valid until the next call.
  Result<std::string_view> at(std::uint64_t offset, std::uint64_t size);
  void drop() { bytes_.clear(); }

 private:
  const File* file_;
  std::uint64_t start_ = 0;
  std::string bytes_;
};

/// Where a frame begins or would begin.
struct Place {
  std::uint64_t frame = 1;
  std::uint32_t segment = 1;
  std::uint64_t offset = 0;
};

/// What one frame does to the sidecars of all its circles.
using Updates = std::map<CircleId, SidecarUpdate>;

class SegmentLog final : public Log {
 public:
  explicit SegmentLog(Options options);
  ~SegmentLog() override;

  /// Recovery (recovery.cpp): afterwards all that the segments hold is published.
  Status start();

  Result<std::vector<Appended>> append(std::span<const Draft> drafts) override;
  Position end() const override;
  Head head(CircleId circle) const override;
  std::vector<CircleId> circles() const override;
  Result<Row> row(CircleId circle, Sequence sequence) const override;
  Result<std::vector<Row>> rows(CircleId circle, Sequence first, std::size_t most) const override;
  Result<Sequence> first_after(CircleId circle, Timestamp after) const override;
  Result<Entry> read(CircleId circle, Sequence sequence) const override;
  Result<std::vector<std::optional<std::string>>> contents(CircleId circle,
                                                           std::span<const Wanted> wanted) const override;
  Status erase(CircleId circle, Sequence sequence) override;
  Status scan(Position from, const Replay& visit) const override;
  Status checkpoint() override;

 private:
  struct Circle {
    std::unique_ptr<Sidecar> sidecar;
    Head head;  // guarded by mutex_
  };
  /// A pinned circle: its rows up to `head` exist.
  struct View {
    const Sidecar* sidecar = nullptr;
    Head head;
  };

  std::string segment_path(std::uint32_t segment) const;
  Error corrupt(std::uint32_t segment, std::uint64_t offset, std::string_view why) const;
  /// Puts the names of new files on stable storage.
  Status sync_names();

  // Recovery (recovery.cpp), before there are readers.
  Status open_segments();
  Result<Place> load_checkpoint();
  Status forget_sidecars();
  Status replay_rows(Place from);
  Status replay_segment(Window& window, bool last);
  Status replay_frame(const FrameHeader& header, std::span<const FrameEntry> entries);
  Status handle_bad_frame(Window& window, bool last, bool erased);
  Result<bool> frame_follows(std::uint64_t offset);
  Result<bool> intact_frame_after(std::uint64_t offset);
  Status cut();
  Status finish_erasure();
  Status mark_erased_row();
  Status settle();

  // Writing.
  Status check_drafts(std::span<const Draft> drafts, std::uint64_t& length) const;
  Status check_clock(Timestamp now, std::chrono::microseconds offset) const;
  Status roll(std::uint64_t length);
  Status open_segment(std::uint32_t segment);
  Result<Circle*> circle_for_writing(CircleId id);
  Status apply(const Updates& updates);
  Error break_with(Error error);
  void run_checkpoints();

  // Reading.
  Place next() const;
  View view(CircleId circle) const;
  Error distrust(Error error) const;
  const File* segment_file(std::uint32_t segment) const;
  static std::size_t gathered(std::span<const Wanted> wanted);
  Result<Entry> read_once(CircleId circle, Sequence sequence, const Sidecar& sidecar) const;
  Result<std::vector<Entry>> load_frame(Window& window, const Place& at, const FrameHeader& header) const;
  Status expect_erased(const FrameEntry& entry, const Place& at) const;
  Place mark_before(std::uint64_t frame) const;
  void mark(const Place& place) const;

  const Options options_;
  std::uint64_t log_id_ = 0;

  std::mutex appending_;  // one writer: append, and recovery before there are readers
  std::mutex checkpointing_;
  mutable std::mutex erasing_;
  std::atomic<bool> broken_ = false;
  mutable std::atomic<bool> rows_distrusted_ = false;  // a damaged row was met: no checkpoint stands for it
  // The wall clock minus the monotonic one, the highest that an append accepted. Guarded by appending_.
  std::chrono::microseconds clock_offset_{};
  std::uint64_t last_frame_bytes_ = 0;  // recovery: of the last frame that was replayed
  bool sidecars_damaged_ = false;       // recovery: rows and checkpoint must be made anew

  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<File>> segments_;          // guarded by mutex_; segment n at n - 1
  std::map<CircleId, std::unique_ptr<Circle>> circles_;  // guarded by mutex_; a Circle stays where it is
  Place next_;                                           // guarded by mutex_: where the next frame goes
  mutable std::map<std::uint64_t, Place> marks_;         // guarded by mutex_: some frames' places, for scan()

  // Checkpoints happen beside the appends, so that no append waits for them.
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::uint64_t bytes_since_checkpoint_ = 0;  // guarded by wake_mutex_
  bool stopping_ = false;                     // guarded by wake_mutex_
  std::thread checkpointer_;
};

}  // namespace tocsin::log
