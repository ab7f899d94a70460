#pragma once

/// A circle's live stream, from the member's side: every event once, in order, across broken connections.
///
/// Path:    connect → Server-Sent Events → parsed and checked against its commitment → `Listener::on_event` →
///          position moves → acknowledged to the hub. After a break: connect anew from the position, after a
///          random wait that doubles up to 30 s.
/// Checks:  each entry's bytes, attributes and salt must open its commitment, sequences must rise, and where
///          two entries are neighbours the second must name the first's commitment. An event that fails is
///          never delivered: the state `distrusted` says why, and the stream is tried again from before it.
/// Source:  docs/formats/push.md; the commitment's formula stands in log/entry.hpp.
/// Errors:  none to the caller of run(): a follower of a hub that is away waits for it and says how stale it
/// is. Threads: run() belongs to one thread, which makes all calls of the listener; stop(), position() and
/// applied()
///          may be called from any.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "push/client_event.hpp"

namespace tocsin::push {

/// How the stream stands. `since` is when it began to be so (for `stale`: when the hub was last heard).
enum class Condition : std::uint8_t {
  connecting,  ///< the first try is under way
  connected,   ///< bytes arrive; the snapshot or the catching up is under way
  live,        ///< everything up to the position is known; what comes now is new
  stale,       ///< the connection is lost; a new one will be tried after `retry_in`
  denied,      ///< the hub answers 401, 403 or 404: rights are gone or never were; tried again all the same
  distrusted,  ///< an event broke its commitment or the order; tried again from before it
};
std::string_view name(Condition condition);
struct State {
  Condition condition = Condition::connecting;
  Timestamp since{};
  std::chrono::milliseconds retry_in{0};
  std::string detail;  ///< for a person; may hold text from the hub, so print it through printable()
};

class Listener {
 public:
  virtual ~Listener() = default;
  /// When it returns, the event counts as applied (unless Options::acknowledge_by_hand).
  virtual void on_event(const Event& event) = 0;
  /// Drop everything held for this circle; a snapshot follows. `reason` is the hub's.
  virtual void on_reset(std::string_view reason) = 0;
  /// The stream's condition changed. May call Subscription::stop().
  virtual void on_state(const State& state) = 0;
  /// Nothing new up to here, and the hub lives: after a heartbeat and after `live`.
  virtual void on_position(const Position&) {}
};

class Subscription {
 public:
  struct Options {
    net::ClientOptions client;         ///< how to reach the hub
    std::string circle;                ///< name or UUID
    std::string sensor;                ///< the name under which positions are acknowledged; empty: none are
    std::optional<Position> from;      ///< absent: begin with a snapshot
    bool acknowledge_by_hand = false;  ///< only applied() moves what is acknowledged
    std::chrono::milliseconds silence_max{45'000};
    std::chrono::milliseconds wait_first{250};  ///< the waits are random between half and all of these
    std::chrono::milliseconds wait_max{30'000};
    std::chrono::milliseconds acknowledge_interval{1'000};  ///< withdrawals and erasures do not wait for it
  };

  /// `listener` and `clock` must outlive the subscription.
  Subscription(Options options, Listener& listener, const Clock& clock = system_clock());
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// Follows until stop(). What was applied but not yet acknowledged is acknowledged once more before it
  /// returns, when the hub can be reached.
  void run();
  /// Makes run() return soon (100 ms; when an acknowledgement is on its way to a hub that hangs, 2 s), also
  /// one that has not begun.
  void stop();

  /// The last position delivered: what to keep, together with what was applied, in order to resume. Absent
  /// before the first event and after a reset.
  std::optional<Position> position() const;
  /// With acknowledge_by_hand: everything up to `position` is applied. `urgent` for withdrawals.
  void applied(const Position& position, bool urgent = false);

 private:
  struct Run;
  std::unique_ptr<Run> run_;
};

}  // namespace tocsin::push
