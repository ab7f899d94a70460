#pragma once

/// The patterns of a sensor that tables of exact values cannot decide: which are in force, and what wakes
/// them.
///
/// Path:    a pattern is in force as soon as `put` returns. LIKE and MATCHES wait beside the compiled indexes
///          until a thread of the set's own has built them into one, some dozens at a time; until then a
///          value on their path is enough to wake them. Exact conditions lie in the segments of the
///          `IndicatorSet`, which names the pattern by circle and id.
/// Limits:  `patterns_max` in all, `always_max` of those that most records wake (`Rule::weak`).
/// Threads: all functions from any.

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/result.hpp"
#include "match/indicator.hpp"
#include "match/rule.hpp"
#include "match/text_index.hpp"

namespace tocsin::match {

inline constexpr std::size_t patterns_max = 20'000;
inline constexpr std::size_t always_max = 100;

/// An indicator whose pattern is evaluated.
struct Pattern {
  CircleId circle;
  Sequence sequence;
  std::string id, name;
  std::optional<std::uint8_t> confidence;
  std::uint32_t from_second = 0, until_second = UINT32_MAX;
  std::shared_ptr<const Rule> rule;
  mutable std::atomic<bool> removed = false;
};
using PatternHandle = std::shared_ptr<const Pattern>;

/// What wakes patterns beside the tables: what a scan reads from its begin to its end.
struct PatternView {
  struct Level {
    std::shared_ptr<const TextIndex> texts;  ///< its owners are places in `patterns`
    std::vector<PatternHandle> patterns;
  };
  std::vector<std::shared_ptr<const Level>> levels;              ///< the largest first
  std::array<std::vector<PatternHandle>, Paths{}.size()> loose;  ///< woken by any value on a path
  Paths watched;                                                 ///< by either
};

class PatternSet {
 public:
  PatternSet();
  ~PatternSet();
  PatternSet(const PatternSet&) = delete;
  PatternSet& operator=(const PatternSet&) = delete;

  /// Each in place of what stood under the same circle and id. Errors, one for each: overloaded names the
  /// limit; what stood there is then gone.
  std::vector<Status> put(std::span<const std::shared_ptr<Pattern>> patterns);
  bool remove(CircleId circle, std::string_view id);
  PatternHandle find(CircleId circle, std::string_view id) const;

  bool empty() const { return count_.load(std::memory_order_acquire) == 0; }
  std::shared_ptr<const PatternView> pin() const { return published_.pin(); }

  struct Stats {
    std::size_t patterns = 0, always = 0, indexed = 0, waiting = 0;
    std::size_t index_bytes = 0;
    std::vector<std::string> always_ids;  ///< of the first twenty
  };
  Stats stats() const;
  /// Waits until nothing is to be built into the index. For tests and measurements.
  void settle();

 private:
  using Key = std::pair<CircleId, std::string>;
  Status put_one(const std::shared_ptr<Pattern>& pattern);  // under mutex_
  bool erase(const Key& key);                               // under mutex_
  void publish();                                           // under mutex_
  bool is_build_due() const;                                // under mutex_
  void work();

  Published<PatternView> published_;
  std::atomic<std::size_t> count_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::map<Key, std::shared_ptr<Pattern>> all_;  // guarded by mutex_, as is all that follows
  std::vector<std::shared_ptr<const PatternView::Level>> levels_;
  std::vector<PatternHandle> waiting_, refused_;
  std::map<Key, PatternHandle> always_;
  std::size_t indexed_ = 0, indexed_removed_ = 0;  // in levels, and of these
  bool building_ = false, stopping_ = false, settling_ = false;
  std::thread worker_;  // begins with the first expression
};

}  // namespace tocsin::match
