#pragma once

/// Carries durable frames into the views, on a thread of its own and behind a limit.
///
/// Errors:  when the views fail, the follower stops applying and says so (`status`); the log goes on and
/// nothing is
///          lost: views are rebuilt from it.
/// Threads: push() from the sequencer; when_applied() from any.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "views/views.hpp"

namespace tocsin::circle {

/// A views::Change that owns what it points to.
struct OwnedChange {
  views::Change change;
  std::shared_ptr<const stix::Object> object;
};

class Follower {
 public:
  Follower(views::Views& views, std::size_t changes_max = 200'000);
  ~Follower();

  void start();
  /// Applies what waits, then stops. Idempotent.
  void stop();

  /// Hands over a durable frame. Waits while more than `changes_max` changes are behind: the views bound the
  /// write path, so that a restart never has much to replay.
  void push(log::Position position, std::vector<OwnedChange> changes);

  /// Calls `then` once everything up to `position` can be asked of the views (at once when it can now), or
  /// with an error when the views failed. On the follower's thread or the caller's.
  void when_applied(log::Position position, std::function<void(Status)> then);

  Status status() const;
  std::size_t behind() const;  ///< changes that wait

 private:
  void run();

  views::Views& views_;
  const std::size_t changes_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::deque<std::pair<log::Position, std::vector<OwnedChange>>> frames_;
  std::size_t behind_ = 0;
  std::deque<std::pair<log::Position, std::function<void(Status)>>> waiting_;
  Status status_;
  log::Position applied_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tocsin::circle
