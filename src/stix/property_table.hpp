#pragma once

/// A table of the standard made ready for checking: properties are found by name, and what holds between them
/// is asked of bits, one a property.
/// Threads: constant once built.

#include <cstdint>
#include <string_view>
#include <vector>

#include "stix/name_index.hpp"
#include "stix/schema.hpp"

namespace tocsin::stix {

class PropertyTable {
 public:
  using Bits = std::uint64_t;  // a property is the bit at its place
  static constexpr std::size_t none = NameIndex::none;

  struct Bound {
    Constraint::Kind kind;
    Bits first, all;                  ///< of the first name; of all names
    std::size_t first_at, second_at;  ///< places; `none` where there is none
    const Constraint* constraint;
  };

  PropertyTable(std::span<const Property> common, const Structure& own);

  [[gnu::always_inline]] std::size_t find(std::string_view name, std::size_t guess = none) const {
    return index_.find(name, guess);
  }
  const Property& at(std::size_t place) const { return *properties_[place]; }
  std::size_t size() const { return properties_.size(); }
  Bits required() const { return required_; }
  std::span<const Bound> constraints() const { return constraints_; }
  std::string_view section() const { return section_; }

 private:
  std::vector<const Property*> properties_;
  NameIndex index_;
  Bits required_ = 0;
  std::vector<Bound> constraints_;
  std::string_view section_;
};

/// An object's table, and the places of what is kept of every object.
struct TypeTable {
  TypeTable(const TypeRules* rules_or_none, Family family_of_object);

  const TypeRules* rules;  ///< nullptr for a type of somebody's own
  Family family;
  PropertyTable properties;
  std::size_t type, id, created, modified, created_by_ref, revoked, name, extensions, object_marking_refs,
      granular_markings, pattern, pattern_type, valid_from, valid_until;
};

/// The table of one of the 42 types; nullptr for others.
const TypeTable* table_of(std::string_view type);
/// The table of a type of somebody's own: the common properties of its family.
const TypeTable& own_table_of(Family family);
/// The table of a structure of schema.hpp. The structure must be one of the standard's.
const PropertyTable& table_of(const Structure& structure);
/// A predefined extension by its name, and its table; nullptr for others.
struct ExtensionTable {
  const Extension* extension;
  PropertyTable properties;
};
const ExtensionTable* extension_table_of(std::string_view name);

}  // namespace tocsin::stix
