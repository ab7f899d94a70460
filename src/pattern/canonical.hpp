#pragma once

/// One form for patterns that say the same, to see that two indicators do.
///
/// Contract: the canonical form gives the verdict of the pattern on all observations, and two patterns with
///           equal forms say the same. The reverse is not promised: patterns may be equal for reasons that
///           this does not look for, or be too large to be multiplied out.
/// Source:   STIX 2.1 §9.5 and §9.6; docs/patterns.md lists the laws that are used.
/// Threads:  pure functions.

#include <string>

#include "stix/pattern.hpp"

namespace tocsin::pattern {

stix::ObservationExpression canonical(const stix::ObservationExpression& pattern);
inline std::string canonical_text(const stix::ObservationExpression& pattern) {
  return stix::print(canonical(pattern));
}
inline bool equivalent(const stix::ObservationExpression& a, const stix::ObservationExpression& b) {
  return canonical(a) == canonical(b);
}

}  // namespace tocsin::pattern
