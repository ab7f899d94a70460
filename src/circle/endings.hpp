#pragma once

/// Sees to it that what ends by a circle's rules is ended in the log, on a thread of its own.
///
/// Contract: an indicator is ended once, also when the hub died in between: what the log says is ended is not
///           looked at again, and the sequencer decides. Holds 16 bytes for each indicator of circles whose
///           rules end any.
/// Errors:   a failed step is tried again at the next look.
/// Threads:  start(), stop() one owner.

#include <condition_variable>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "circle/ending.hpp"

namespace tocsin::circle {

class Endings {
 public:
  Endings(const log::Log& log, const views::Views& views, Sequencer& sequencer,
          const policy::Directory& directory, const Clock& clock,
          std::chrono::milliseconds look_interval = std::chrono::seconds{5});
  ~Endings();

  void start();
  /// Ends what is under way, then stops. Idempotent.
  void stop();

 private:
  using Due = std::pair<Timestamp, Sequence>;
  struct Plan {
    std::uint32_t rules_version = 0;
    Sequence seen;  ///< indicators up to here are in `due`, or need not be
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  };

  void run();
  Status look();
  Status learn(const policy::Circle& circle, Plan& plan);
  Status end_due(CircleId circle, Plan& plan);
  bool stopping();

  const log::Log& log_;
  const views::Views& views_;
  Sequencer& sequencer_;
  const policy::Directory& directory_;
  const Clock& clock_;
  const std::chrono::milliseconds look_interval_;
  std::map<CircleId, Plan> plans_;  // the thread's
  stix::Parser parser_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tocsin::circle
