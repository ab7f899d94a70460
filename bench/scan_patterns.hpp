#pragma once

/// Patterns for the benchmark of scans. Apart from it, because the limit that it measures depends on what the
/// compiler makes of the whole file.

#include "match/indicator.hpp"

namespace tocsin::bench {

/// Makes it a pattern, LIKE or MATCHES, that no line fulfils.
void make_pattern(match::Indicator& indicator, std::uint64_t number);

}  // namespace tocsin::bench
