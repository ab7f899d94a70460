#pragma once

/// A thread for what would hold up the threads that serve: a file that must be durable, a look-up elsewhere.
///
/// Contract: errands run one after the other, in their order. At the end the one that runs is finished; those
///           that wait are dropped.
/// Errors:   overloaded when too many wait.
/// Threads:  any.

#include <atomic>
#include <functional>
#include <thread>

#include "base/bounded_queue.hpp"
#include "base/result.hpp"

namespace tocsin::serve {

class Errands {
 public:
  explicit Errands(std::size_t waiting_max) : waiting_{waiting_max}, thread_{[this] { run(); }} {}
  ~Errands() {
    stopping_ = true;
    waiting_.close();
    thread_.join();
  }
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  Status run_later(std::function<void()> errand) {
    if (waiting_.try_push(std::move(errand))) return {};
    return Error{Errc::overloaded, "too many such requests wait; try again"};
  }

 private:
  void run() {
    for (;;) {
      const auto errands = waiting_.pop_many(1);
      if (errands.empty()) return;
      if (!stopping_) errands.front()();
    }
  }

  std::atomic<bool> stopping_{false};
  BoundedQueue<std::function<void()>> waiting_;
  std::thread thread_;
};

}  // namespace tocsin::serve
