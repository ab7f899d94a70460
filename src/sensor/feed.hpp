#pragma once

/// One circle's stream, followed by a thread of its own into what the sensor knows of it.
///
/// Path:    push::Subscription → `Circle::apply` → acknowledged, once it is in the set and the journal.
/// Threads: start() and stop() from one; standing() from any.

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "push/follow.hpp"
#include "sensor/circle.hpp"

namespace tocsin::sensor {

class Feed final : public push::Listener {
 public:
  /// `options` say how to reach the hub, and under which name to acknowledge. `circle` is opened already and
  /// outlives the feed.
  Feed(Circle& circle, push::Subscription::Options options, const Clock& clock = system_clock());
  ~Feed() override { stop(); }

  void start();
  void stop();  ///< the position is on disk when it returns

  push::State standing() const;

  /// Follows in the caller's thread until the circle is live, or cannot be followed, and returns how it
  /// stands.
  push::State fetch();

  void on_event(const push::Event& event) override;
  void on_reset(std::string_view reason) override;
  void on_state(const push::State& state) override;
  void on_position(const push::Position& position) override;

 private:
  void acknowledge(bool urgent);

  Circle& circle_;
  push::Subscription subscription_;
  bool live_ = false;  // of the thread
  bool once_ = false;
  std::chrono::steady_clock::time_point saved_{};
  mutable std::mutex mutex_;
  push::State standing_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tocsin::sensor
