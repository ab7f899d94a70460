#pragma once

/// Finds different observations for everything that a plan asks for.
///
/// A condition on time is met by guessing its moment: the earliest end in a WITHIN, the latest start on the
/// left of a FOLLOWEDBY. With the moments fixed, each slot asks for observations of its own span of time, and
/// whether they can all be different is a matching in a bipartite graph, found by augmenting paths. So a
/// pattern without conditions on time is decided at once, one with a single condition in a pass over the
/// observations.
///
/// Errors:  overloaded: the budget is spent.
/// Threads: belongs to one.

#include <cstdint>
#include <vector>

#include "pattern/limits.hpp"
#include "pattern/plan.hpp"

namespace tocsin::pattern {

/// An observation once its objects have been tested.
struct Held {
  std::int64_t first = 0, last = 0;  ///< microseconds since 1970
  std::uint64_t count = 1;           ///< how many observations it supplies
  std::vector<bool> fulfils;         ///< by test of the plan
};

/// How many of each are bound, in the order of `held`; empty when there is no match. `held` is sorted by
/// `first`.
Result<std::vector<std::uint64_t>> search(const Plan& plan, const std::vector<Held>& held, Budget& budget);

}  // namespace tocsin::pattern
