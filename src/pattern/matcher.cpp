#include "pattern/matcher.hpp"

#include <algorithm>
#include <numeric>

namespace tocsin::pattern {

Result<std::optional<Match>> Matcher::add(const Observation& observation) {
  const auto number = given_++;
  const auto held = hold(observation, number);
  if (!held) return held.error();
  if (!*held) return std::optional<Match>{};
  auto match = find();
  if (!match) {  // undecided: without this observation the others are where they were
    for (std::size_t at = 0; at < held_.size(); ++at)
      if (names_[at].number == number) forget(at, held_[at].count);
    sweep();
  }
  return match;
}

Result<bool> Matcher::hold(const Observation& observation, std::uint64_t number) {
  Budget budget{plan_->limits.steps_max};
  Held one{to_micros(observation.first), to_micros(observation.last), observation.count, {}};
  one.fulfils.resize(plan_->tests.size());
  bool useful = false;
  for (std::size_t i = 0; i < plan_->tests.size(); ++i) {
    one.fulfils[i] = plan_->tests[i].matches(observation, budget);
    useful = useful || one.fulfils[i];
  }
  if (budget.spent()) return budget.error();
  newest_ = std::max(newest_, one.last);
  forget_old();
  if (!useful) return false;
  while (when_full_ == WhenFull::drop_oldest && held_.size() >= plan_->limits.observations_max &&
         drop_oldest()) {
  }
  if (held_.size() >= plan_->limits.observations_max)
    return over_limit("observations_max", "the pattern waits for more while it holds " +
                                              std::to_string(held_.size()) + " observations");
  count(one, one.count, true);
  const auto place =
      std::upper_bound(held_.begin(), held_.end(), one.first,
                       [](std::int64_t first, const Held& other) { return first < other.first; });
  names_.insert(names_.begin() + (place - held_.begin()), {number, observation.id});
  held_.insert(place, std::move(one));
  return true;
}

Result<std::optional<Match>> Matcher::find() {
  if (!may_match(plan_->root)) return std::optional<Match>{};
  Budget budget{plan_->limits.steps_max};
  const auto bound = search(*plan_, held_, budget);
  if (!bound) return bound.error();
  if (bound->empty()) return std::optional<Match>{};
  Match match;
  for (std::size_t at = 0; at < held_.size(); ++at) {
    const auto times = (*bound)[at];
    if (times == 0) continue;
    match.push_back({names_[at].number, names_[at].id, times});
    forget(at, times);
  }
  sweep();
  std::sort(match.begin(), match.end(), [](const Bound& a, const Bound& b) { return a.number < b.number; });
  return std::optional{std::move(match)};
}

void Matcher::forget_old() {
  if (!plan_->reach_micros) return;
  const auto oldest = newest_ - *plan_->reach_micros - late_micros_;
  bool any = false;
  for (std::size_t at = 0; at < held_.size(); ++at) {
    if (held_[at].last >= oldest) continue;
    forget(at, held_[at].count);
    any = true;
  }
  if (any) sweep();
}

bool Matcher::drop_oldest() {
  if (held_.empty()) return false;
  count(held_.front(), held_.front().count, false);
  held_.erase(held_.begin());
  names_.erase(names_.begin());
  ++dropped_;
  return true;
}

void Matcher::forget(std::size_t at, std::uint64_t times) {
  count(held_[at], times, false);
  held_[at].count -= times;
}

void Matcher::sweep() {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < held_.size(); ++at) {
    if (held_[at].count == 0) continue;
    if (kept != at) {
      held_[kept] = std::move(held_[at]);
      names_[kept] = std::move(names_[at]);
    }
    ++kept;
  }
  held_.resize(kept);
  names_.resize(kept);
}

void Matcher::count(const Held& one, std::uint64_t supplied, bool more) {
  for (std::size_t choice = 0; choice < supplied_.size(); ++choice) {
    const auto& tests = plan_->choices[choice];
    if (std::none_of(tests.begin(), tests.end(), [&](auto test) { return one.fulfils[test]; })) continue;
    supplied_[choice] = more ? supplied_[choice] + supplied : supplied_[choice] - supplied;
  }
}

/// Whether there is enough of everything, with no regard to time and to who else wants the same.
bool Matcher::may_match(std::uint32_t at) const {
  const auto& node = plan_->nodes[at];
  if (node.kind == PlanNode::Kind::slot) return supplied_[node.choice] >= node.demand;
  const auto part_may = [this](std::uint32_t part) { return may_match(part); };
  return node.kind == PlanNode::Kind::any_of ? std::any_of(node.parts.begin(), node.parts.end(), part_may)
                                             : std::all_of(node.parts.begin(), node.parts.end(), part_may);
}

Result<std::optional<Match>> match(const std::shared_ptr<const Plan>& plan,
                                   std::span<const Observation> observations) {
  // Nothing is forgotten for its age: all are here.
  constexpr std::chrono::microseconds for_ever{INT64_MAX / 4};
  Matcher matcher{plan, for_ever};
  std::vector<std::size_t> by_time(observations.size());
  std::iota(by_time.begin(), by_time.end(), std::size_t{0});
  std::stable_sort(by_time.begin(), by_time.end(), [&](std::size_t a, std::size_t b) {
    return observations[a].first < observations[b].first;
  });
  for (const auto number : by_time)
    if (const auto held = matcher.hold(observations[number], number); !held) return held.error();
  return matcher.find();
}

}  // namespace tocsin::pattern
