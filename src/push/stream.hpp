#pragma once

/// A circle's live stream, from the hub's side: snapshot, then tail, of what one principal may see.
///
/// Contract: a stream is a cursor, not a queue. It reads the log when its connection can take more, so a
/// stalled
///           subscriber costs no memory and the others no time. Rights are looked at before every piece.
/// Source:   docs/formats/push.md.
/// Threads:  `Streams` from any; a stream on its connection's thread.

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "circle/sight.hpp"
#include "net/server.hpp"

namespace tocsin::push {

/// Where a client says it stands.
struct From {
  Sequence sequence;
  Hash commitment{};
};

/// All live streams: wakes those of a circle when it grew, and shares between them what they send alike.
class Streams {
 public:
  struct Options {
    std::size_t chunk_bytes_target = 64 << 10;
    std::size_t rows_per_pull = 2000;
    std::chrono::milliseconds heartbeat{15'000};
    std::size_t cached_chunks_max = 64;
  };
  /// Told of each piece that goes out: who, up to where, and when its newest entry was logged.
  using Sent =
      std::function<void(const policy::Principal&, CircleId, const std::string& sensor, Sequence, Timestamp)>;

  Streams(Options options, const log::Log& log, const policy::Directory& directory,
          const circle::Classes& classes, const Clock& clock);

  /// Asked before content goes to a principal, with the first sequence of the piece. An error ends the
  /// stream.
  using Gate = std::function<Status(const policy::Principal&, CircleId, Sequence)>;
  void ask_before(Gate gate) { gate_ = std::move(gate); }
  void on_sent(Sent sent) { sent_ = std::move(sent); }

  /// A stream for a principal that is inside the circle. `sensor` is the name it gave itself; may be empty.
  /// `keep` is let go when the stream ends.
  std::unique_ptr<net::StreamSource> open(const policy::Principal& principal, CircleId circle,
                                          std::string sensor, std::optional<From> from,
                                          std::shared_ptr<void> keep = nullptr);

  /// Wakes the streams of these circles, or all when rights changed.
  void wake(const std::set<CircleId>& circles, bool rights_changed);
  /// Ends all streams, so that the server can stop.
  void close();
  std::size_t count() const;

 private:
  friend class CircleStream;
  struct ChunkKey {
    CircleId circle;
    std::uint64_t first, last;
    auto operator<=>(const ChunkKey&) const = default;
  };
  std::uint64_t enter(CircleId circle, net::Waker waker);
  void leave(CircleId circle, std::uint64_t number);
  std::shared_ptr<const std::string> cached(const ChunkKey& key) const;
  void keep(const ChunkKey& key, std::shared_ptr<const std::string> bytes);

  const Options options_;
  const log::Log& log_;
  const policy::Directory& directory_;
  const circle::Classes& classes_;
  const Clock& clock_;
  Sent sent_;
  Gate gate_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<CircleId, std::map<std::uint64_t, net::Waker>> wakers_;
  std::uint64_t next_number_ = 1;
  std::map<ChunkKey, std::shared_ptr<const std::string>> chunks_;
  std::deque<ChunkKey> chunk_order_;
  bool closed_ = false;
};

}  // namespace tocsin::push
