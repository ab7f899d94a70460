#pragma once

/// Keeps lists and rule files on disk as the indicators are, to the second, and tells those who read them.
///
/// Path:    the set, the allow list or the rules change, or a validity begins or ends → what is in force now
/// → each
///          target writes what differs → the commands of their forms run.
/// Meaning: a change is written within a second; while changes go on, a list is not made more often than
/// every half
///          second, nor for more than a sixth of the time. While a circle's snapshot comes nothing is
///          written, for at most a minute: half of it must not replace a whole list.
/// Errors:  of the disk and the commands stand in the status.
/// Threads: two of its own; the functions from any.

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "match/indicator_set.hpp"
#include "sensor/emit_target.hpp"

namespace tocsin::sensor {

class Emitter {
 public:
  struct Options {
    std::vector<std::string> targets;  ///< as EmitTarget::parse reads them
    std::vector<std::string> reloads;  ///< "FORM=PROGRAM ARGUMENT…"
    InForceOptions in_force;
    bool simulate = false;                                 ///< count only
    std::function<bool()> is_whole = [] { return true; };  ///< no snapshot is on its way
    std::chrono::milliseconds reload_limit{30'000};
  };
  /// `set`, `harmless` and `shelf` outlive it. Errors: invalid_input.
  static Result<std::unique_ptr<Emitter>> open(Options options, const match::IndicatorSet& set,
                                               const Harmless& harmless, const RuleShelf& shelf,
                                               const Clock& clock);
  ~Emitter() { stop(); }
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  void start();
  void stop();
  json::Object status() const;

 private:
  struct Reload {
    std::string form;
    std::vector<std::string> words;
    std::uint64_t runs = 0, failures = 0;
    std::string problem{};
    bool due = false;
  };
  Emitter(Options options, const match::IndicatorSet& set, const Harmless& harmless, const RuleShelf& shelf,
          const Clock& clock)
      : options_{std::move(options)}, set_{set}, harmless_{harmless}, shelf_{shelf}, clock_{clock} {}
  bool has_changed();
  void run();
  void build();
  void run_reloads();

  const Options options_;
  const match::IndicatorSet& set_;
  const Harmless& harmless_;
  const RuleShelf& shelf_;
  const Clock& clock_;
  // Of the first thread. Weak: nothing that was removed is held back for it.
  std::weak_ptr<const match::Snapshot> seen_;
  std::array<std::uint64_t, 3> seen_versions_{};
  std::optional<Timestamp> next_change_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_:
  std::vector<EmitTarget> targets_;
  std::vector<Reload> reloads_;
  json::Object counts_;
  std::thread thread_, reload_thread_;
};

}  // namespace tocsin::sensor
