#pragma once

/// Which broken rule is an error, which a warning, and which is not spoken of, at each level.
/// Threads: pure function.

#include <optional>
#include <string_view>

#include "stix/object.hpp"

namespace tocsin::stix {

/// nullopt: the rule is not asked at this level.
std::optional<Severity> severity_of(std::string_view rule, Level level);

}  // namespace tocsin::stix
