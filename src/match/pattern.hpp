#pragma once

/// STIX patterns as alternatives that a set can match.
/// Source:  STIX 2.1 §9.5. Threads: pure functions.

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "match/indicator.hpp"
#include "stix/atoms.hpp"

namespace tocsin::match {

/// OR pulled out of AND: `[a AND (b OR c)] OR [d]` becomes {a,b}, {a,c}, {d}.
/// Errors: invalid_input when that gives more comparisons than `indicator_values_max`.
Result<std::vector<Conjunction>> alternatives_of(const stix::AtomPattern& pattern);

/// The same from text. Errors: invalid_input, as the parser and `stix::atoms_of` say; the detail is the
/// reason to list an indicator with (`Unevaluable`).
Result<std::vector<Conjunction>> alternatives_of(std::string_view pattern);

/// A STIX indicator as it goes into a set; what the object's summary lacks (confidence, the circle's
/// lifetime) is for the caller to add. What `alternatives_of` cannot say becomes a `Rule`. Errors:
/// invalid_input or overloaded with the reason to list it with: another pattern type, or as `rule_of`.
Result<Indicator> indicator_of(const stix::Object& object, CircleId circle, Sequence sequence);

}  // namespace tocsin::match
