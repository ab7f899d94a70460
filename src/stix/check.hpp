#pragma once

/// One parsed JSON object against the rules of STIX 2.1, and what the hub keeps of it.
///
/// Source:  STIX 2.1 §2, §3, §7; the rules of single types stand in type_rules.cpp.
/// Threads: pure function.

#include <string_view>

#include "stix/object.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// `json` is a JSON object. Gives all but `Object::bytes`. Problems carry the object's id, or `fallback_id`
/// when it has none that can be read.
Parsed check_object(const simdjson::dom::element& json, std::string_view fallback_id, const Limits& limits);

}  // namespace tocsin::stix
