#pragma once

/// The rules of each STIX type that a table can hold. A new rule of this kind is a new cell, not new code.
///
/// Source:  STIX 2.1 §4 (domain objects), §5 (relationships), §6 (observables), §7 (meta objects).
/// Threads: constant data.

#include <array>
#include <cstdint>
#include <string_view>

namespace tocsin::stix {

enum class Family : std::uint8_t { domain, relationship, observable, marking, language, extension };

/// `later` must not lie before `earlier`; with `strict`, it must lie after it.
struct Ordering {
  std::string_view earlier, later;
  bool strict = false;
};

/// Empty cells are unused ones.
struct TypeRules {
  std::string_view type;
  Family family{};
  std::string_view section;
  std::array<std::string_view, 5> required{};    ///< besides the common properties of its family
  std::array<std::string_view, 5> timestamps{};  ///< besides created and modified
  Ordering ordering{};
};

/// The rules of one of the 42 types; nullptr for a type that the standard does not define.
const TypeRules* rules_of(std::string_view type);

}  // namespace tocsin::stix
