#pragma once

/// The rules of markings, on objects that carry them and on marking definitions.
///
/// Source:  STIX 2.1 §7.2; TLP 2.0 extension.
/// Threads: pure function.

#include "stix/object.hpp"
#include "stix/report.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// Fills `marking_refs` and `granular_markings` of `object`, whose id and type are known, and reports broken
/// rules.
void check_markings(const simdjson::dom::element& json, Object& object, Report& report);

}  // namespace tocsin::stix
