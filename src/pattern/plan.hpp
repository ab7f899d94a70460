#pragma once

/// A pattern made ready: its object tests, each once, and a tree of what must be found for them and when.
///
/// REPEATS of one observation is a number; REPEATS of a group that holds conditions of its own is written
/// out. Source:  STIX 2.1 §9.5 (observation expressions, qualifiers, operators, precedence). Errors:
/// invalid_input as ObjectTest's; overloaded names a limit. Threads: never changed once made; share it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pattern/comparison.hpp"
#include "pattern/limits.hpp"
#include "stix/pattern.hpp"

namespace tocsin::pattern {

inline constexpr std::uint32_t no_node = UINT32_MAX;

struct PlanNode {
  enum class Kind : std::uint8_t {
    slot,         ///< `demand` different observations, each of which fulfils one of the tests of `choice`
    all_of,       ///< every part
    any_of,       ///< one part
    followed_by,  ///< every part, none before those on its left
    within,       ///< the one part, all observations less than `micros` apart
    window,       ///< the one part, every observation from `start` and before `stop`
  };
  Kind kind = Kind::slot;
  std::uint32_t choice = 0;  ///< index into Plan::choices
  std::uint64_t demand = 1;
  std::int64_t micros = 0;
  std::int64_t start = 0, stop = 0;
  std::vector<std::uint32_t> parts{};
  /// The same node of the copy before, when a group was written out: copies may be ordered by it.
  std::uint32_t twin = no_node;
};

struct Plan {
  std::vector<ObjectTest> tests;
  std::vector<std::vector<std::uint32_t>> choices;  ///< each a sorted set of indexes into tests
  std::vector<PlanNode> nodes;
  std::uint32_t root = 0;
  /// Observations further apart than this are never in one match. nullopt: any distance.
  std::optional<std::int64_t> reach_micros;
  Limits limits;
};

Result<std::shared_ptr<const Plan>> compile(const stix::ObservationExpression& pattern,
                                            const Limits& limits = {});
/// The same from the text; errors of the parser as they are.
Result<std::shared_ptr<const Plan>> compile(std::string_view pattern, const Limits& limits = {});

}  // namespace tocsin::pattern
