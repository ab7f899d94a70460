#pragma once

/// Decides the patterns that a record has woken: builds the record's graph, asks each, and keeps for patterns
/// over several records what they wait for.
///
/// Contract: a record is evaluated by each pattern once, in the order in which records come. A match over
///           several records is reported with the one that completed it, and names all that it bound; what
///           was bound is not used again.
/// Limits:   `rule_limits` for each pattern, `held_max` records held in all: the oldest are dropped, and
/// counted.
///           What is held is forgotten when the program ends, or when its pattern gets a new version.
/// Threads:  belongs to one.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "match/pattern_set.hpp"
#include "pattern/matcher.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

/// How an alert names the record at this place of what is scanned. Only asked for patterns over several.
using RecordName = std::function<std::string(std::size_t record)>;

class PatternScanner {
 public:
  static constexpr std::size_t held_max = 200'000;

  /// Records may come later than others of a later time by `late_max`.
  explicit PatternScanner(std::chrono::microseconds late_max = std::chrono::minutes{5})
      : late_max_{late_max} {}

  struct Woken {
    std::uint32_t record, observed;  ///< `observed`: the value that woke it
    PatternHandle pattern;
  };
  struct Match {
    std::uint32_t record, observed;
    PatternHandle pattern;
    std::vector<std::string> records;  ///< of a pattern over several: the names of those that it bound
  };
  struct Totals {
    std::uint64_t evaluated = 0;  ///< records by patterns
    std::uint64_t undecided = 0;  ///< of these: given up at a limit
    std::uint64_t dropped = 0;    ///< held and forgotten for want of room
    std::size_t held = 0;
  };

  /// Adds patterns that values of these records wake through the view.
  void wake(const PatternView& view, std::span<const stix::Observation> records, std::vector<Woken>& woken);
  /// Evaluates and empties `woken`. `now` is the time of a record without one.
  void evaluate(std::vector<Woken>& woken, std::span<const stix::Observation> records, Timestamp now,
                const RecordName& name, std::vector<Match>& matches);
  const Totals& totals() const { return totals_; }

 private:
  struct State {
    PatternHandle pattern;
    pattern::Matcher matcher;
  };
  std::optional<std::vector<std::string>> ask(const PatternHandle& pattern,
                                              const pattern::Observation& graph);
  void make_room();
  void sweep();

  std::chrono::microseconds late_max_;
  std::unordered_map<const Pattern*, State> states_;
  std::size_t asked_since_sweep_ = 0;
  TextScratch scratch_;
  std::vector<std::uint32_t> owners_;
  std::string buffer_;
  Totals totals_;
};

}  // namespace tocsin::match
