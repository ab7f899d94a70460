#pragma once

#include <memory>
#include <mutex>

namespace tocsin {

/// One writer replaces, many readers pin: a scan that began on set 41 ends on set 41.
/// Threads: all functions may be called from any thread.
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> first) : current_{std::move(first)} {}

  std::shared_ptr<const T> pin() const {
    std::scoped_lock lock{mutex_};
    return current_;
  }

  void replace(std::shared_ptr<const T> next) {
    std::scoped_lock lock{mutex_};
    // Swap, not assign: `next` carries the old value out, and it dies in the caller, after the lock.
    // Freeing a million patterns under the lock would stall every scanner.
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;  // guarded by mutex_
};

}  // namespace tocsin
