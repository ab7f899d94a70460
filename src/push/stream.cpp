#include "push/stream.hpp"

#include "base/bytes.hpp"
#include "push/event.hpp"

namespace tocsin::push {
namespace {

std::string position_json(Sequence sequence, const Hash& commitment) {
  return R"({"sequence":)" + std::to_string(sequence.value()) + R"(,"commitment":")" + to_hex(commitment) +
         '"';
}

}  // namespace

class CircleStream final : public net::StreamSource {
 public:
  CircleStream(Streams& streams, const policy::Principal& principal, CircleId circle, std::string sensor,
               std::optional<From> from, std::shared_ptr<void> keep)
      : streams_{streams},
        keep_{std::move(keep)},
        sight_{streams.directory_, streams.classes_, streams.clock_, principal, circle},
        circle_id_{circle},
        sensor_{std::move(sensor)},
        catch_up_to_{streams.log_.head(circle).sequence} {
    if (!from) return;
    const auto entry = streams.log_.read(circle, from->sequence);
    const bool start = from->sequence == Sequence{};
    if (start || (entry && entry->commitment == from->commitment)) {
      position_ = from->sequence;
      commitment_ = from->commitment;
      resuming_ = !start;
    } else {
      preface_ = event_text({}, "reset", R"({"reason":"another-log"})");
    }
  }

  ~CircleStream() override {
    if (number_ != 0) streams_.leave(circle_id_, number_);
  }

  void start(net::Waker waker) override { number_ = streams_.enter(circle_id_, std::move(waker)); }

  Chunk pull() override {
    {
      std::scoped_lock lock{streams_.mutex_};
      if (streams_.closed_) return {nullptr, {}, true};
    }
    if (sight_.refresh())
      return {std::make_shared<const std::string>(event_text({}, "reset", R"({"reason":"rights-changed"})")),
              {},
              true};
    std::string out = std::exchange(preface_, {});
    const Sequence first{position_.value() + 1};
    const auto head = streams_.log_.head(circle_id_);
    if (position_ < head.sequence) {
      if (streams_.gate_ && !streams_.gate_(sight_.principal(), circle_id_, first))
        return {nullptr, {}, true};
      if (out.empty() && live_) {
        // In the tail most streams send the same bytes: the first to get there writes them for all.
        if (auto same = shared_tail(first, head))
          return {std::move(same), wait(streams_.options_.heartbeat), false};
      }
      walk(out);
    }
    if (!live_ && position_ >= catch_up_to_) {
      live_ = true;
      out += event_text(position_, "live", position_json(position_, commitment_) + '}');
    }
    if (out.empty() && position_ < streams_.log_.head(circle_id_).sequence)
      return {nullptr, std::chrono::milliseconds{0}, false};  // rows that it may not see: look on
    const auto now = streams_.clock_.steady_now();
    if (out.empty() && now - last_said_ >= streams_.options_.heartbeat)
      out = event_text(
          position_, "heartbeat",
          position_json(position_, commitment_) + R"(,"time":")" + to_rfc3339(streams_.clock_.now()) + "\"}");
    if (out.empty()) {
      return {nullptr,
              wait(std::chrono::duration_cast<std::chrono::milliseconds>(streams_.options_.heartbeat -
                                                                         (now - last_said_))),
              false};
    }
    last_said_ = now;
    return {std::make_shared<const std::string>(std::move(out)), wait(streams_.options_.heartbeat), false};
  }

 private:
  /// How long nothing needs to be asked: until the heartbeat is due or the credentials end.
  std::chrono::milliseconds wait(std::chrono::milliseconds until_heartbeat) const {
    const auto expires = sight_.expires();
    if (!expires) return std::max(until_heartbeat, std::chrono::milliseconds{1});
    const auto until_end = std::chrono::ceil<std::chrono::milliseconds>(*expires - streams_.clock_.now()) +
                           std::chrono::milliseconds{1};
    return std::max(std::min(until_heartbeat, until_end), std::chrono::milliseconds{1});
  }

  /// Whether an entry is left out while catching up: what has ended by now needs no saying.
  bool left_out(const log::Row& row, Sequence sequence) const {
    if (event_name(row.kind).empty()) return true;
    if (sequence > catch_up_to_) return false;
    if (row.kind == log::Kind::object) return row.superseded || row.withdrawn;
    // A fresh snapshot holds nothing that a withdrawal could end.
    return !resuming_ && (row.kind == log::Kind::withdrawal || row.kind == log::Kind::erasure);
  }

  /// Appends the events from the position on, up to a chunk's size, and moves the position.
  void walk(std::string& out) {
    auto rows =
        streams_.log_.rows(circle_id_, Sequence{position_.value() + 1}, streams_.options_.rows_per_pull);
    if (!rows) return;
    all_visible_ = true;
    Timestamp newest{};
    std::optional<Sequence> last_skipped;
    for (const auto& row : *rows) {
      if (out.size() >= streams_.options_.chunk_bytes_target) break;
      const Sequence sequence{position_.value() + 1};
      if (left_out(row, sequence) || !sight_.sees(sequence, row)) {
        all_visible_ = false;
        last_skipped = position_ = sequence;
        continue;
      }
      const auto entry = streams_.log_.read(circle_id_, sequence);
      if (!entry) return;  // named by the log's own checks; the stream stands still rather than skip
      out += event_text(sequence, event_name(entry->kind), entry_json(*entry, sight_.circle()->uuid));
      position_ = sequence;
      commitment_ = entry->commitment;
      newest = row.date_added;
      last_skipped.reset();
    }
    if (last_skipped)
      if (const auto entry = streams_.log_.read(circle_id_, *last_skipped)) commitment_ = entry->commitment;
    if (newest != Timestamp{} && streams_.sent_)
      streams_.sent_(sight_.principal(), circle_id_, sensor_, position_, newest);
  }

  std::shared_ptr<const std::string> shared_tail(Sequence first, const log::Head& head) {
    const Streams::ChunkKey key{circle_id_, first.value(), head.sequence.value()};
    if (auto bytes = streams_.cached(key)) {
      auto rows = streams_.log_.rows(circle_id_, first, streams_.options_.rows_per_pull);
      if (!rows || rows->size() < head.sequence.value() - first.value() + 1) return nullptr;
      Sequence sequence = first;
      for (const auto& row : *rows) {
        if (sequence > head.sequence) break;
        if (event_name(row.kind).empty() || !sight_.sees(sequence, row)) return nullptr;
        sequence = Sequence{sequence.value() + 1};
      }
      position_ = head.sequence;
      commitment_ = head.commitment;
      last_said_ = streams_.clock_.steady_now();
      if (streams_.sent_) streams_.sent_(sight_.principal(), circle_id_, sensor_, position_, head.date_added);
      return bytes;
    }
    std::string out;
    walk(out);
    if (out.empty()) return nullptr;
    auto bytes = std::make_shared<const std::string>(std::move(out));
    if (all_visible_ && position_ == head.sequence) streams_.keep(key, bytes);
    last_said_ = streams_.clock_.steady_now();
    return bytes;
  }

  Streams& streams_;
  std::shared_ptr<void> keep_;
  circle::Sight sight_;
  CircleId circle_id_;
  std::string sensor_;
  Sequence catch_up_to_;  // the head when the stream opened
  bool resuming_ = false;
  Sequence position_;
  Hash commitment_{};
  std::string preface_;
  bool live_ = false;
  bool all_visible_ = true;
  std::uint64_t number_ = 0;
  std::chrono::steady_clock::time_point last_said_{};
};

Streams::Streams(Options options, const log::Log& log, const policy::Directory& directory,
                 const circle::Classes& classes, const Clock& clock)
    : options_{options}, log_{log}, directory_{directory}, classes_{classes}, clock_{clock} {}

std::unique_ptr<net::StreamSource> Streams::open(const policy::Principal& principal, CircleId circle,
                                                 std::string sensor, std::optional<From> from,
                                                 std::shared_ptr<void> keep) {
  return std::make_unique<CircleStream>(*this, principal, circle, std::move(sensor), from, std::move(keep));
}

void Streams::wake(const std::set<CircleId>& circles, bool rights_changed) {
  std::scoped_lock lock{mutex_};
  for (const auto& [circle, wakers] : wakers_)
    if (rights_changed || circles.contains(circle))
      for (const auto& [number, waker] : wakers) waker();
}

void Streams::close() {
  std::scoped_lock lock{mutex_};
  closed_ = true;
  for (const auto& [circle, wakers] : wakers_)
    for (const auto& [number, waker] : wakers) waker();
}

std::size_t Streams::count() const {
  std::scoped_lock lock{mutex_};
  std::size_t total = 0;
  for (const auto& [circle, wakers] : wakers_) total += wakers.size();
  return total;
}

std::uint64_t Streams::enter(CircleId circle, net::Waker waker) {
  std::scoped_lock lock{mutex_};
  wakers_[circle].emplace(next_number_, std::move(waker));
  return next_number_++;
}

void Streams::leave(CircleId circle, std::uint64_t number) {
  std::scoped_lock lock{mutex_};
  wakers_[circle].erase(number);
}

std::shared_ptr<const std::string> Streams::cached(const ChunkKey& key) const {
  std::scoped_lock lock{mutex_};
  const auto it = chunks_.find(key);
  return it == chunks_.end() ? nullptr : it->second;
}

void Streams::keep(const ChunkKey& key, std::shared_ptr<const std::string> bytes) {
  std::scoped_lock lock{mutex_};
  if (!chunks_.emplace(key, std::move(bytes)).second) return;
  chunk_order_.push_back(key);
  while (chunk_order_.size() > options_.cached_chunks_max) {
    chunks_.erase(chunk_order_.front());
    chunk_order_.pop_front();
  }
}

}  // namespace tocsin::push
