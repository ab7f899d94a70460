#pragma once

/// Carries erasures out, on a thread of its own: first the views forget, then the log's bytes become zero.
///
/// Contract: what the log says is to be erased is erased once, also when the hub died in between. Deletions
///           whose grace is over are written as erasures first.
/// Errors:   a failed step is tried again a minute later; when_done() tells why it waits.
/// Threads:  start(), stop() one owner; the rest any.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

class Eraser {
 public:
  Eraser(log::Log& log, views::Views& views, Follower& follower, Sequencer& sequencer, Erasures& erasures,
         const Clock& clock);
  ~Eraser();

  void start();
  /// Ends what is under way, then stops. Idempotent.
  void stop();
  /// Looks for work now.
  void wake();

  /// Calls `then` once all of these are carried out, or with the reason why not yet. On the eraser's thread.
  void when_done(CircleId circle, std::vector<Sequence> entries, std::function<void(Status)> then);

 private:
  void run();
  Status carry_out();
  Status erase_due();
  Status erase_rest(CircleId circle, const std::string& id);
  Status submit(Erasures::Place place, Erasures::Deletion deletion);
  void tell(const Status& status);

  log::Log& log_;
  views::Views& views_;
  Follower& follower_;
  Sequencer& sequencer_;
  Erasures& erasures_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  bool stopping_ = false;
  bool woken_ = true;
  std::vector<std::pair<std::vector<Erasures::Place>, std::function<void(Status)>>> waiting_;
  std::thread thread_;
};

}  // namespace tocsin::circle
