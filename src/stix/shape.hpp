#pragma once

/// What every JSON value inside a STIX object must keep, whatever the object's type: no key twice, no empty
/// list or dictionary, no null, whole numbers that every reader understands, limits of depth and length.
///
/// Source:  STIX 2.1 §2 (types), §3.1 (names); RFC 7493 (I-JSON).
/// Threads: belongs to one.

#include <span>
#include <string_view>
#include <vector>

#include "stix/report.hpp"

namespace simdjson::dom {
class element;
class object;
}  // namespace simdjson::dom

namespace tocsin::stix {

/// True when the two ends of a property name make it a reference: *_ref or *_refs.
bool is_reference_name(std::string_view name);

class Shape {
 public:
  Shape(const Limits& limits, Report& report) : limits_{limits}, report_{report} { keys_.reserve(16); }

  /// Walks the value of a top-level property. The report's path must stand at it.
  void walk_property(std::string_view name, const simdjson::dom::element& value);

  /// A key that stands in `keys` twice, else an empty text; `keys` may be reordered.
  static std::string_view repeated_key(std::span<std::string_view> keys);

  std::vector<Reference> take_references() { return std::move(references_); }

 private:
  /// How strictly the keys and containers below a property are read. What stands under a name of somebody's
  /// own (x_) follows that somebody's rules: real feeds put empty lists there.
  enum class Keys { checked, free, own };

  void walk(const simdjson::dom::element& value, std::size_t depth, Keys keys);
  void walk_object(const simdjson::dom::object& object, std::size_t depth, Keys keys);
  void note_reference(std::string_view name, const simdjson::dom::element& value, bool top);
  void note_target(std::string_view name, const simdjson::dom::element& target, bool top);

  const Limits& limits_;
  Report& report_;
  std::vector<Reference> references_;
  std::vector<std::string_view> keys_;  // of the objects that are open, the innermost last
};

}  // namespace tocsin::stix
