#pragma once

/// The indicators of a sensor: added and removed one by one while others scan.
///
/// A set is a list of immutable segments. A new indicator goes into a small segment that is rebuilt with it
/// and published; full ones are merged into larger ones by a thread of the set's own. A removal marks the
/// indicator where it lies. So a change takes effect in well under a millisecond whatever the size of the
/// set, and no scanner ever waits for more than the copy of a pointer.
///
/// Beside them a set takes segments that lie in files (`saved.hpp`): they are asked last, never merged, and
/// what stands in one of them word for word is dropped from memory.
///
/// An indicator whose pattern is evaluated lies in a segment as the others do, with the exact values that
/// wake it; the pattern itself, made ready, is kept in a `PatternSet`.
///
/// Threads: all functions may be called from any thread; changes wait for each other, scanners for nobody.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/result.hpp"
#include "match/indicator.hpp"
#include "match/pattern_set.hpp"
#include "match/segment.hpp"

namespace tocsin::match {

/// Lives as long as a snapshot that was taken before the next `IndicatorSet::renew`.
struct Epoch {
  std::shared_ptr<const Epoch> newer;  // so that it outlives all that are older
};

/// What a scan reads from its begin to its end. Removals reach it all the same.
struct Snapshot {
  std::shared_ptr<const Epoch> epoch;
  std::vector<std::shared_ptr<const Segment>> segments;  ///< newest first
  Features features;                                     ///< of all segments
};

class IndicatorSet {
 public:
  IndicatorSet();
  ~IndicatorSet();
  IndicatorSet(const IndicatorSet&) = delete;
  IndicatorSet& operator=(const IndicatorSet&) = delete;

  /// Takes the place of what stood under the same circle and id.
  /// Errors: invalid_input, as `compile`, or overloaded, as `PatternSet::put`; the indicator is then listed
  /// as unevaluable and replaces all the same.
  Status add(const Indicator& indicator);
  /// The same for many at once, at a fraction of the cost. Of two with the same circle and id the later one
  /// counts. Returns how many can match; the others are listed as unevaluable.
  std::size_t add(std::span<const Indicator> indicators);
  /// Keeps an indicator that cannot be evaluated, with the reason.
  void add(Unevaluable indicator);
  /// The same for what was compiled, each of another id.
  std::size_t add(std::vector<Compiled> indicators);
  /// False when there was none.
  bool remove(CircleId circle, std::string_view id);

  /// Takes a saved segment, in place of `former` when that is one of the set's. Nothing in it may be older
  /// than what the set holds of the same id. The first one lends the set its seed; one of another seed is
  /// copied into memory. What it makes superfluous is dropped in the background.
  void adopt(std::shared_ptr<Segment> saved, const Segment* former = nullptr);
  /// Gives a saved segment up, with all that is in it.
  void drop(const Segment* saved);
  /// Expires once nobody reads in a snapshot from before the call, and so nobody in what was removed by then.
  std::weak_ptr<const Epoch> renew();

  /// An indicator that can match, as it was added last.
  struct Found {
    Sequence sequence;
    std::string note;
  };
  std::optional<Found> find(CircleId circle, std::string_view id) const;

  std::shared_ptr<const Snapshot> pin() const { return published_.pin(); }
  std::uint64_t seed() const { return seed_; }  ///< of the hashes of its keys
  const PatternSet& patterns() const { return patterns_; }

  struct Stats {
    std::size_t indicators = 0;  ///< those that can match, expired ones included
    std::size_t unevaluable = 0;
    std::size_t keys = 0;  ///< of removed indicators too, until a merge drops them
    std::size_t segments = 0;
    std::size_t memory_bytes = 0;
    std::size_t mapped_bytes = 0;  ///< beside it, in files, read when a value is hit or an indicator changes
    std::size_t text_bytes =
        0;  ///< part of the memory: compiled bytes, that is ids, names and values with their framing
  };
  Stats stats() const;
  std::vector<Unevaluable> unevaluable() const;  ///< by circle and id

  /// Waits until no merge is due and no index of expressions. For tests, measurements and an orderly save.
  void settle();

 private:
  using Segments = std::vector<std::shared_ptr<Segment>>;
  using Key = std::pair<CircleId, std::string>;

  /// Puts patterns in force; what is refused is listed, and is no longer in `fresh`.
  void admit(std::vector<Compiled>& fresh);                                             // under mutex_
  void insert(std::span<const Compiled> fresh);                                         // under mutex_
  void insert_portions(std::span<const Compiled> fresh);                                // under mutex_
  void list(Unevaluable indicator);                                                     // under mutex_
  void take_patterns(const std::shared_ptr<Segment>& saved);                            // under mutex_
  void publish();                                                                       // under mutex_
  bool remove_everywhere(CircleId circle, std::string_view id, const Segment* except);  // under mutex_
  void seal_head();                                                                     // under mutex_
  std::pair<std::size_t, std::size_t> due_merge() const;  // under mutex_: positions [first, last)
  std::shared_ptr<Segment> merged(std::span<const std::shared_ptr<Segment>> inputs,
                                  const Segments& saved) const;
  void replace_segments(const Segments& inputs, std::shared_ptr<Segment> output);  // under mutex_
  void work();

  std::atomic<std::uint64_t> seed_;  // changes at most once, before anything is in the set
  Published<Snapshot> published_;
  PatternSet patterns_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  Segments segments_;       // newest first; guarded by mutex_, as is all that follows
  bool head_open_ = false;  // segments_[0] takes further indicators
  std::shared_ptr<Epoch> epoch_ = std::make_shared<Epoch>();
  Segments saved_;                          // in files
  Segments unswept_;                        // of segments_: may hold what is saved as well
  Segments merging_;                        // what the worker reads just now
  std::vector<Key> removed_while_merging_;  // from merging_: to be repeated on what comes out
  Segments retired_;                        // freed here, by the worker, never by a scanner
  std::map<Key, Unevaluable> unevaluable_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace tocsin::match
