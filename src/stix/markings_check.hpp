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

/// The object and those of its properties that mark it; nullptr for one that is not there.
struct MarkingProperties {
  const simdjson::dom::element& json;
  const simdjson::dom::element* object_marking_refs;
  const simdjson::dom::element* granular_markings;
};

/// Fills `marking_refs` and `granular_markings` of `object`, whose id and type are known, and reports broken
/// rules.
void check_markings(const MarkingProperties& properties, Object& object, Report& report);

}  // namespace tocsin::stix
