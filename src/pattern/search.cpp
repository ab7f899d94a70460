#include "pattern/search.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace tocsin::pattern {
namespace {

using Kind = PlanNode::Kind;

constexpr std::int64_t far = INT64_MAX / 4;
constexpr std::int64_t infeasible = INT64_MIN;

/// What an observation must keep: to end at `end_min` or later, to begin at `begin_max` or earlier.
struct Span {
  std::int64_t end_min = -far, begin_max = far;
};

/// The observations that may fill the slots of one choice.
struct Candidates {
  std::vector<std::uint32_t> held;     // by first
  std::vector<std::int64_t> begins;    // theirs
  std::vector<std::uint64_t> counted;  // how many observations the ones before each supply; one entry more
};

struct Range {
  std::size_t begin, end;
};

class Search {
 public:
  Search(const Plan& plan, const std::vector<Held>& held, Budget& budget)
      : plan_{plan},
        held_{held},
        budget_{budget},
        candidates_(plan.choices.size()),
        decided_(plan.nodes.size(), infeasible),
        used_(held.size(), 0),
        seen_(held.size(), 0) {
    for (std::uint32_t i = 0; i < held.size(); ++i)
      longest_ = std::max(longest_, held[i].last - held[i].first);
    for (std::size_t choice = 0; choice < plan.choices.size(); ++choice) gather(choice);
  }

  bool run() {
    const Span any;
    if (latest(plan_.root, any.begin_max) == infeasible) return false;
    const Goal whole{plan_.root, any, nullptr};
    return found(&whole);
  }
  std::vector<std::uint64_t> bound() const { return used_; }

 private:
  /// What is still to be found; the list lives in the frames of the recursion.
  struct Goal {
    std::uint32_t node;
    Span span;
    const Goal* next;
    std::size_t part = 0;  // of FOLLOWEDBY: those before it are placed
  };
  struct Slot {
    std::uint32_t choice;
    Span span;
    std::map<std::uint32_t, std::uint64_t> bound;  // held → how many
  };

  // ---- candidates ----
  void gather(std::size_t choice) {
    auto& all = candidates_[choice];
    all.counted.push_back(0);
    for (std::uint32_t i = 0; i < held_.size(); ++i) {
      const auto& tests = plan_.choices[choice];
      if (!budget_.take(tests.size())) return;
      if (std::none_of(tests.begin(), tests.end(), [&](auto test) { return held_[i].fulfils[test]; }))
        continue;
      all.held.push_back(i);
      all.begins.push_back(held_[i].first);
      all.counted.push_back(all.counted.back() + held_[i].count);
    }
  }

  /// All that keep the span lie in it; when every observation is an instant, nothing else does.
  Range range(const Candidates& all, const Span& span) const {
    const auto begin = std::lower_bound(all.begins.begin(), all.begins.end(), span.end_min - longest_);
    const auto end = std::upper_bound(begin, all.begins.end(), span.begin_max);
    return {static_cast<std::size_t>(begin - all.begins.begin()),
            static_cast<std::size_t>(end - all.begins.begin())};
  }

  /// An upper bound for the moment from which on `node` can still be found among what begins at `begin_max`
  /// or earlier, with no regard to who else wants the same observations.
  std::int64_t latest(std::uint32_t at, std::int64_t begin_max) {
    if (!budget_.take()) return infeasible;
    const auto& node = plan_.nodes[at];
    switch (node.kind) {
      case Kind::slot: {
        const auto& all = candidates_[node.choice];
        const auto end = range(all, {-far, begin_max}).end;
        if (all.counted[end] < node.demand) return infeasible;
        const auto enough =
            std::upper_bound(all.counted.begin(), all.counted.end(), all.counted[end] - node.demand);
        return all.begins[static_cast<std::size_t>(enough - all.counted.begin()) - 1] + longest_;
      }
      case Kind::all_of: {
        auto all = far;
        for (const auto part : node.parts) all = std::min(all, latest(part, begin_max));
        return all;
      }
      case Kind::any_of: {
        auto best = infeasible;
        for (const auto part : node.parts) best = std::max(best, latest(part, begin_max));
        return best;
      }
      case Kind::followed_by:
        return latest_from(node, 0, begin_max);
      case Kind::within:
        return latest(node.parts.front(), begin_max);
      case Kind::window: {
        const auto inner = latest(node.parts.front(), std::min(begin_max, node.stop - 1));
        return inner < node.start ? infeasible : inner;
      }
    }
    return infeasible;
  }
  std::int64_t latest_from(const PlanNode& node, std::size_t part, std::int64_t begin_max) {
    auto all = far;
    for (auto i = node.parts.size(); i-- > part && all != infeasible;) {
      all = std::min(all, latest(node.parts[i], begin_max));
      begin_max = std::min(begin_max, all);
    }
    return all;
  }

  // ---- moments ----
  enum class Edge : std::uint8_t { begins, ends };
  using Moments = std::vector<std::int64_t>;

  void choices_below(std::uint32_t at, std::vector<bool>& choices) const {
    const auto& node = plan_.nodes[at];
    if (node.kind == Kind::slot) choices[node.choice] = true;
    for (const auto part : node.parts) choices_below(part, choices);
  }

  /// Where candidates of what stands below begin or end: sorted, each once.
  const Moments& moments(std::uint32_t at, Edge edge) {
    auto& known = moments_of_[{at, edge}];
    if (known == nullptr) known = &gathered_moments(at, edge);
    return *known;
  }

  /// Copies of a group have the same.
  const Moments& gathered_moments(std::uint32_t at, Edge edge) {
    std::vector<bool> choices(plan_.choices.size());
    choices_below(at, choices);
    const auto [place, is_new] = moments_.try_emplace({std::move(choices), edge});
    auto& all = place->second;
    if (!is_new) return all;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!place->first.first[i]) continue;
      for (const auto one : candidates_[i].held)
        all.push_back(edge == Edge::begins ? held_[one].first : held_[one].last);
      if (!budget_.take(candidates_[i].held.size())) return all;
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  // ---- decisions ----
  bool found(const Goal* goal) {
    if (goal == nullptr) return true;
    if (!budget_.take()) return false;
    const auto& node = plan_.nodes[goal->node];
    switch (node.kind) {
      case Kind::slot:
        return slot(node, *goal);
      case Kind::all_of: {
        std::vector<Goal> parts;
        parts.reserve(node.parts.size());
        if (!budget_.take(node.parts.size())) return false;
        const Goal* next = goal->next;
        for (auto i = node.parts.size(); i-- > 0;) {
          parts.push_back({node.parts[i], goal->span, next});
          next = &parts.back();
        }
        return found(next);
      }
      case Kind::any_of:
        return any_of(node, *goal);
      case Kind::followed_by:
        return followed_by(node, *goal);
      case Kind::within:
        return within(node, *goal);
      case Kind::window: {
        const Goal part{
            node.parts.front(),
            {std::max(goal->span.end_min, node.start), std::min(goal->span.begin_max, node.stop - 1)},
            goal->next};
        return found(&part);
      }
    }
    return false;
  }

  /// Copies of a group are alike, so it is enough to look at those in the order of their first decision.
  std::int64_t twins(const PlanNode& node) const {
    return node.twin == no_node ? infeasible : decided_[node.twin];
  }

  bool any_of(const PlanNode& node, const Goal& goal) {
    const auto from = std::max<std::int64_t>(0, twins(node));
    for (auto i = static_cast<std::size_t>(from); i < node.parts.size(); ++i) {
      decided_[goal.node] = static_cast<std::int64_t>(i);
      const Goal part{node.parts[i], goal.span, goal.next};
      if (found(&part)) return true;
    }
    return false;
  }

  bool within(const PlanNode& node, const Goal& goal) {
    const auto part = node.parts.front();
    const auto& all = moments(part, Edge::ends);
    auto moment = std::lower_bound(all.begin(), all.end(), std::max(goal.span.end_min, twins(node)));
    for (; moment != all.end() && budget_.take(); ++moment) {
      const auto begin_max = std::min(goal.span.begin_max, *moment + node.micros - 1);
      if (latest(part, begin_max) < *moment) continue;
      decided_[goal.node] = *moment;
      const Goal inner{part, {*moment, begin_max}, goal.next};
      if (found(&inner)) return true;
    }
    return false;
  }

  /// Places one part. The moment is where the last observation placed so far begins.
  bool followed_by(const PlanNode& node, const Goal& goal) {
    const auto part = node.parts[goal.part];
    const bool is_first = goal.part == 0;
    if (goal.part + 1 == node.parts.size()) {
      const Goal rest{part, goal.span, goal.next};
      return found(&rest);
    }
    const auto place = [&](std::int64_t moment) {
      if (is_first) decided_[goal.node] = moment;
      const Goal rest{
          goal.node, {std::max(goal.span.end_min, moment), goal.span.begin_max}, goal.next, goal.part + 1};
      const Goal one{part, {goal.span.end_min, std::min(goal.span.begin_max, moment)}, &rest};
      return found(&one);
    };
    const auto last = latest_from(node, goal.part + 1, goal.span.begin_max);
    const auto from = is_first ? std::max(twins(node), goal.span.end_min - longest_) : goal.span.end_min;
    if (last < from) return false;
    const auto to = std::min(last, goal.span.begin_max);
    // Nothing of this part may begin behind what was placed before it.
    if (!is_first && place(from)) return true;
    const auto& all = moments(part, Edge::begins);
    auto moment = is_first ? std::lower_bound(all.begin(), all.end(), from)
                           : std::upper_bound(all.begin(), all.end(), from);
    for (; moment != all.end() && *moment <= to && budget_.take(); ++moment)
      if (place(*moment)) return true;
    return false;
  }

  // ---- different observations ----
  bool slot(const PlanNode& node, const Goal& goal) {
    const auto& all = candidates_[node.choice];
    const auto [begin, end] = range(all, goal.span);
    if (begin >= end || all.counted[end] - all.counted[begin] < node.demand) return false;
    slots_.push_back({node.choice, goal.span, {}});
    const bool placed = place(slots_.size() - 1, node.demand);
    if (placed && found(goal.next)) return true;
    for (const auto& [one, count] : slots_.back().bound) used_[one] -= count;
    slots_.pop_back();
    return false;
  }

  bool place(std::size_t slot, std::uint64_t demand) {
    const auto [begin, end] = range(candidates_[slots_[slot].choice], slots_[slot].span);
    const auto& all = candidates_[slots_[slot].choice].held;
    for (auto i = begin; i < end && demand != 0; ++i) {
      if (!budget_.take()) return false;
      if (held_[all[i]].last < slots_[slot].span.end_min) continue;
      const auto taken = std::min(demand, held_[all[i]].count - used_[all[i]]);
      if (taken != 0) bind(slot, all[i], taken);
      demand -= taken;
    }
    while (demand != 0) {
      const auto moved = augment(slot, demand);
      if (moved == 0) return false;
      demand -= moved;
    }
    return true;
  }

  void bind(std::size_t slot, std::uint32_t one, std::uint64_t count) {
    slots_[slot].bound[one] += count;
    used_[one] += count;
  }
  void release(std::size_t slot, std::uint32_t one, std::uint64_t count) {
    const auto place = slots_[slot].bound.find(one);
    place->second -= count;
    if (place->second == 0) slots_[slot].bound.erase(place);
    used_[one] -= count;
  }

  /// Gives `wanting` up to `demand` observations by moving other slots to others. 0: there is no way.
  std::uint64_t augment(std::size_t wanting, std::uint64_t demand) {
    struct Reached {
      std::size_t slot, from;  // from: index into reached
      std::uint32_t through;   // what the slot would give away to the one it was reached from
    };
    std::vector<Reached> reached{{wanting, 0, 0}};
    std::vector<bool> slot_reached(slots_.size());
    slot_reached[wanting] = true;
    ++round_;
    for (std::size_t at = 0; at < reached.size(); ++at) {
      const auto slot = reached[at].slot;
      const auto& all = candidates_[slots_[slot].choice].held;
      const auto [begin, end] = range(candidates_[slots_[slot].choice], slots_[slot].span);
      for (auto i = begin; i < end; ++i) {
        const auto one = all[i];
        if (!budget_.take()) return 0;
        if (seen_[one] == round_ || held_[one].last < slots_[slot].span.end_min) continue;
        seen_[one] = round_;
        if (used_[one] < held_[one].count) {
          auto moved = std::min(demand, held_[one].count - used_[one]);
          for (auto step = at; step != 0; step = reached[step].from)
            moved = std::min(moved, slots_[reached[step].slot].bound[reached[step].through]);
          auto taken = one;
          for (auto step = at;; step = reached[step].from) {
            if (step != 0) release(reached[step].slot, reached[step].through, moved);
            bind(reached[step].slot, taken, moved);
            if (step == 0) return moved;
            taken = reached[step].through;
          }
        }
        if (!budget_.take(slots_.size())) return 0;
        for (std::size_t other = 0; other < slots_.size(); ++other)
          if (!slot_reached[other] && slots_[other].bound.contains(one)) {
            slot_reached[other] = true;
            reached.push_back({other, at, one});
          }
      }
    }
    return 0;
  }

  const Plan& plan_;
  const std::vector<Held>& held_;
  Budget& budget_;
  std::vector<Candidates> candidates_;
  std::map<std::pair<std::vector<bool>, Edge>, Moments> moments_;
  std::map<std::pair<std::uint32_t, Edge>, const Moments*> moments_of_;  // by node
  std::int64_t longest_ = 0;                                             // from first to last
  std::vector<std::int64_t> decided_;                                    // by node
  std::vector<Slot> slots_;                                              // placed, the newest last
  std::vector<std::uint64_t> used_;                                      // by held
  std::vector<std::uint32_t> seen_;  // by held: the round that saw it last
  std::uint32_t round_ = 0;
};

}  // namespace

Result<std::vector<std::uint64_t>> search(const Plan& plan, const std::vector<Held>& held, Budget& budget) {
  Search search{plan, held, budget};
  const bool found = search.run();
  if (budget.spent()) return budget.error();
  return found ? search.bound() : std::vector<std::uint64_t>{};
}

}  // namespace tocsin::pattern
