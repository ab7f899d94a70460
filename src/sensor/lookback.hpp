#pragma once

/// Looks back: every indicator that comes is asked for in the history, at once and in the background.
///
/// Path:    an indicator takes effect in the set, then its id is told here; a thread asks the history for
/// some
///          thousands together, and what was seen waits for `take`. What the scanner saw before the indicator
///          took effect is in the history by then, what it sees after is a live hit: nothing falls between.
/// Once:    an indicator is told once for a value while the sensor runs, however often it comes again. Which
/// were
///          asked for is on disk (STATE/history/asked), so what a kill cuts short is asked for after the
///          next start.
/// Limits:  `waiting_max` ids; who tells one more waits for room.
/// Threads: any.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "history/store.hpp"
#include "match/indicator_set.hpp"
#include "sensor/past_search.hpp"

namespace tocsin::sensor {

/// What was told live in the last seconds, so that it is not told as the past too. Belongs to one thread.
class LiveHits {
 public:
  static constexpr std::size_t hits_max = 100'000;
  static constexpr std::chrono::seconds kept{10};

  void add(CircleId circle, std::string_view id, std::string_view value);
  /// Takes them off the count, and sources off the hit of which nothing is left.
  void take_out(PastHit& hit) const;
  void forget_old(std::chrono::steady_clock::time_point now);

 private:
  using Counts = std::unordered_map<std::uint64_t, std::uint64_t>;  // by hash of indicator and value
  Counts now_, before_;
  std::chrono::steady_clock::time_point since_{};
};

class Lookback {
 public:
  struct Options {
    std::string asked;                             ///< the file
    std::map<std::uint64_t, std::string> circles;  ///< names, by number
    std::function<void()> on_hits = [] {};         ///< something waits for `take`
  };
  static constexpr std::size_t waiting_max = 200'000;

  /// Both outlive it.
  Lookback(Options options, history::Store& store, const match::IndicatorSet& set,
           const Clock& clock = system_clock());
  ~Lookback();
  Lookback(const Lookback&) = delete;
  Lookback& operator=(const Lookback&) = delete;

  /// At a start, before the first `tell`: what a circle held that was not asked for. `sequence`: where it
  /// stands.
  void resume(CircleId circle, Sequence sequence);
  void tell(CircleId circle, Sequence sequence, std::string_view id);
  std::vector<PastHit> take();

  struct Counts {
    std::uint64_t asked = 0, undecided = 0, left_out = 0;
    std::size_t waiting = 0;
  };
  Counts counts() const;
  /// Waits until all that was told has been asked for.
  void settle();

 private:
  struct Told {
    CircleId circle;
    Sequence sequence;
    std::string id;
  };
  void work();
  void ask(const std::vector<Told>& some);
  void save();

  const Options options_;
  history::Store& store_;
  const match::IndicatorSet& set_;
  const Clock& clock_;
  std::unordered_set<std::uint64_t> said_;        // of the thread: hashes of indicator and value
  std::map<std::string, std::uint64_t> on_disk_;  // of the thread: sequences, by circle
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::map<std::string, std::uint64_t> asked_;
  std::deque<Told> waiting_;
  std::vector<PastHit> hits_;
  Counts counts_;
  bool stopping_ = false, busy_ = false;
  std::thread thread_;
};

}  // namespace tocsin::sensor
