#pragma once

/// One parsed JSON object against the rules of STIX 2.1, and what the hub keeps of it.
///
/// Source:  STIX 2.1 §2 to §7; the tables of single types stand in types_*.cpp and extensions.cpp.
/// Threads: pure function.

#include <string_view>

#include "stix/object.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// `json` is a JSON object. Fills all of `out` but `Object::bytes`; `out` must be empty. Problems carry the
/// object's id, or `fallback_id` when it has none that can be read.
void check_object(const simdjson::dom::element& json, std::string_view fallback_id, const Limits& limits,
                  Level level, Parsed& out);

}  // namespace tocsin::stix
