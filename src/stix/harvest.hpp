#pragma once

/// Takes the observable values out of objects, for look-up.
/// Source:  STIX 2.1 §6 (observables), §9 (patterns).
/// Threads: pure functions.

#include <string_view>
#include <vector>

#include "stix/object.hpp"

namespace simdjson::dom {
class object;
}

namespace tocsin::stix {

/// The values of one observable of `type`, or of the observables inside a deprecated observed-data:objects.
void harvest_object(std::string_view type, const simdjson::dom::object& object, std::vector<Value>& values);

/// Sorts and drops repeats.
void tidy(std::vector<Value>& values);

}  // namespace tocsin::stix
