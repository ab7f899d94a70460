#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace tocsin {

/// A queue with a limit and a word for "full". Many producers, one consumer.
/// Threads: all functions may be called from any thread.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t items_max) : items_max_{items_max} {}

  /// False when the queue is full or closed; `item` is then untouched, so that the caller can refuse it.
  [[nodiscard]] bool try_push(T&& item) {
    {
      std::scoped_lock lock{mutex_};
      if (closed_ || items_.size() >= items_max_) return false;
      items_.push_back(std::move(item));
    }
    filled_.notify_one();
    return true;
  }

  /// Waits for at least one item and takes up to `most` in order. Empty only once closed and drained.
  std::vector<T> pop_many(std::size_t most) {
    std::unique_lock lock{mutex_};
    filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
    std::vector<T> taken;
    while (!items_.empty() && taken.size() < most) {
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return taken;
  }

  /// No more items go in; the consumer drains what is there.
  void close() {
    {
      std::scoped_lock lock{mutex_};
      closed_ = true;
    }
    filled_.notify_all();
  }

  std::size_t size() const {
    std::scoped_lock lock{mutex_};
    return items_.size();
  }

 private:
  const std::size_t items_max_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<T> items_;  // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

}  // namespace tocsin
