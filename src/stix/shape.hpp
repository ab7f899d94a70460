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
  /// References that are found go to `references`, where it is given.
  Shape(const Limits& limits, Report& report, std::vector<Reference>* references)
      : limits_{limits}, report_{report}, references_{references} {}

  /// How strictly the keys and containers below a property are read. What stands under a name of somebody's
  /// own (x_) follows that somebody's rules: real feeds put empty lists there.
  enum class Keys { checked, free, own };

  /// Walks the value of a top-level property that no table has. The report's path must stand at it.
  void walk_property(std::string_view name, const simdjson::dom::element& value);
  /// Walks a member of an object that lies further down, its key included.
  void walk_member(std::string_view key, const simdjson::dom::element& value, std::size_t depth, Keys keys);
  /// Walks a value; `depth` is that of a container that it may be, the object itself being 1.
  void walk(const simdjson::dom::element& value, std::size_t depth, Keys keys);
  /// False, and reported, when a container at this depth is nested too deep.
  bool allows_depth(std::size_t depth) { return depth <= limits_.depth_max || too_deep(); }
  /// Reports a text that is too long.
  void check_length(std::string_view text) {
    if (text.size() > limits_.string_bytes_max) too_long();
  }

  /// A key that stands in `keys` twice, else an empty text; `keys` may be reordered.
  static std::string_view repeated_key(std::span<std::string_view> keys);

 private:
  bool too_deep();
  void too_long();
  void walk_object(const simdjson::dom::object& object, std::size_t depth, Keys keys);
  void note_reference(std::string_view name, const simdjson::dom::element& value, bool top);
  void note_target(std::string_view name, const simdjson::dom::element& target, bool top);

  const Limits& limits_;
  Report& report_;
  std::vector<Reference>* references_;
  std::vector<std::string_view> keys_;  // of the objects that are open, the innermost last
};

}  // namespace tocsin::stix
