#pragma once

/// Evaluates one pattern over observations: one after the other as they are made, or all at once.
///
/// Contract: STIX 2.1 §12.7 level 3. A matcher reports a match as soon as the observations that it was given
///           make one, and then forgets those that it bound: an observation is part of one match at most.
///           What fulfils nothing in the pattern is not held.
/// Order:    observations may come late by `late_max`; beyond it, those that they would have matched may be
///           forgotten. Only patterns whose matches have a bounded length (WITHIN, START and STOP) forget by
///           time.
/// Errors:   overloaded names the limit: steps_max of Limits, observations_max held (unless the oldest is
///           dropped then, and counted). The observation at hand is then not held; the next may be given.
/// Threads:  a matcher belongs to one; plans are shared.

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pattern/observation.hpp"
#include "pattern/plan.hpp"
#include "pattern/search.hpp"

namespace tocsin::pattern {

struct Bound {
  std::uint64_t number = 0;  ///< of the observation, in the order given, from 0
  std::string id;            ///< may be empty
  std::uint64_t times = 1;   ///< how many of those that it supplies
};
using Match = std::vector<Bound>;  ///< in the order given

class Matcher {
 public:
  enum class WhenFull : std::uint8_t { refuse, drop_oldest };
  explicit Matcher(std::shared_ptr<const Plan> plan,
                   std::chrono::microseconds late_max = std::chrono::minutes{5},
                   WhenFull when_full = WhenFull::refuse)
      : plan_{std::move(plan)},
        late_micros_{late_max.count()},
        when_full_{when_full},
        supplied_(plan_->choices.size(), 0) {}

  Result<std::optional<Match>> add(const Observation& observation);
  std::size_t held() const { return held_.size(); }
  /// Forgets the one that began first. False when none is held.
  bool drop_oldest();
  std::uint64_t dropped() const { return dropped_; }  ///< forgotten for want of room, not for their age

 private:
  friend Result<std::optional<Match>> match(const std::shared_ptr<const Plan>& plan,
                                            std::span<const Observation> observations);
  struct Name {
    std::uint64_t number = 0;
    std::string id;
  };
  /// True when the observation fulfils anything and is held.
  Result<bool> hold(const Observation& observation, std::uint64_t number);
  Result<std::optional<Match>> find();
  void forget_old();
  void forget(std::size_t at, std::uint64_t times);
  void sweep();  ///< takes out those of which nothing is left
  void count(const Held& one, std::uint64_t supplied, bool more);
  bool may_match(std::uint32_t node) const;

  std::shared_ptr<const Plan> plan_;
  std::int64_t late_micros_;
  WhenFull when_full_;
  std::uint64_t dropped_ = 0;
  std::vector<Held> held_;               // by first
  std::vector<Name> names_;              // beside held_
  std::vector<std::uint64_t> supplied_;  // by choice of the plan, over all held
  std::int64_t newest_ = INT64_MIN;
  std::uint64_t given_ = 0;
};

/// All at once: the match among them, if there is one.
Result<std::optional<Match>> match(const std::shared_ptr<const Plan>& plan,
                                   std::span<const Observation> observations);

}  // namespace tocsin::pattern
