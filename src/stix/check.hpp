#pragma once

/// One parsed JSON object against the rules of STIX 2.1, and what the hub keeps of it.
///
/// Source:  STIX 2.1 §2 to §7; the tables of single types stand in types_*.cpp and extensions.cpp.
/// Threads: pure function.

#include <cstddef>
#include <string>

#include "stix/object.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// What problems call the object at `index` when it has no id that can be read.
std::string fallback_id(std::size_t index);

/// `json` is a JSON object, the one at `index` of its submission. Fills all of `out` but `Object::bytes`;
/// `out` must be empty.
void check_object(const simdjson::dom::element& json, std::size_t index, const Limits& limits, Level level,
                  Parsed& out);

}  // namespace tocsin::stix
