#pragma once

/// One parsed JSON object against the rules of STIX 2.1, and what the hub keeps of it.
///
/// Source:  STIX 2.1 §2 to §7; the tables of single types stand in types_*.cpp and extensions.cpp.
/// Threads: pure function.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "stix/object.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// What problems call the object at `index` when it has no id that can be read.
std::string fallback_id(std::size_t index);

/// Whether an object is kept, or only what is to be said of it. Then only what problems need is read of it.
enum class Keeps : bool { verdict, object };

/// Where the properties of the object before stood in their table, in their order: those of the next often
/// stand alike.
using Layout = std::array<std::uint8_t, 32>;

/// `json` is a JSON object, the one at `index` of its submission. Fills all of `out` but `Object::bytes`.
/// What `out` held before is forgotten; its memory is used again.
void check_object(const simdjson::dom::element& json, std::size_t index, const Limits& limits, Level level,
                  Keeps keeps, Layout& layout, Parsed& out);

}  // namespace tocsin::stix
