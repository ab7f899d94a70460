#include "stix/property_table.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace tocsin::stix {
namespace {

constexpr std::size_t properties_max = 64;

std::vector<const Property*> joined(std::span<const Property> common, std::span<const Property> own) {
  std::vector<const Property*> all;
  for (const auto& property : common) all.push_back(&property);
  for (const auto& property : own) all.push_back(&property);
  TOCSIN_CHECK(all.size() <= properties_max, "a property is a bit of 64");
  return all;
}

std::vector<std::string_view> names_of(const std::vector<const Property*>& properties) {
  std::vector<std::string_view> names;
  for (const auto* property : properties) names.push_back(property->name);
  return names;
}

const Structure no_structure{"", "3.2", {}, {}};

/// Every structure that a property of `rows` holds, at any depth.
void collect(std::span<const Property> rows, std::unordered_map<const Structure*, PropertyTable>& tables) {
  for (const auto& row : rows)
    if (const auto* structure = row.type.structure; structure != nullptr && !tables.contains(structure)) {
      tables.emplace(structure, PropertyTable{{}, *structure});
      collect(structure->properties, tables);
    }
}

struct Tables {
  std::deque<TypeTable> types;
  std::unordered_map<const Structure*, PropertyTable> structures;
  std::deque<ExtensionTable> extensions;
  NameIndex type_index{names_of_types()};
  NameIndex extension_index{names_of_extensions()};

  Tables() {
    for (const auto family : {Family::domain, Family::observable, Family::marking, Family::extension})
      collect(common_properties(family), structures);
    for (const auto table : {domain_types(), observable_types(), meta_types()})
      for (const auto& rules : table) {
        types.emplace_back(&rules, rules.family);
        collect(rules.own.properties, structures);
      }
    for (const auto& extension : predefined_extensions()) {
      extensions.push_back({&extension, PropertyTable{{}, extension.own}});
      collect(extension.own.properties, structures);
    }
  }

  static std::vector<std::string_view> names_of_types() {
    std::vector<std::string_view> names;
    for (const auto table : {domain_types(), observable_types(), meta_types()})
      for (const auto& rules : table) names.push_back(rules.own.name);
    return names;
  }
  static std::vector<std::string_view> names_of_extensions() {
    std::vector<std::string_view> names;
    for (const auto& extension : predefined_extensions()) names.push_back(extension.own.name);
    return names;
  }
};

const Tables& tables() {
  static const Tables all;
  return all;
}

}  // namespace

PropertyTable::PropertyTable(std::span<const Property> common, const Structure& own)
    : properties_{joined(common, own.properties)}, index_{names_of(properties_)}, section_{own.section} {
  const auto bit = [this](std::string_view name) {
    const auto place = find(name);
    TOCSIN_CHECK(place != none, "a rule names a property of its table");
    return Bits{1} << place;
  };
  for (std::size_t place = 0; place < properties_.size(); ++place)
    if (properties_[place]->presence == Presence::required) required_ |= Bits{1} << place;
  for (const auto& constraint : own.constraints) {
    Bound bound{constraint.kind, 0, 0, none, none, &constraint};
    for (const auto name : constraint.names) {
      if (name.empty()) break;
      bound.all |= bit(name);
      if (bound.first == 0) {
        bound.first = bit(name);
        bound.first_at = find(name);
      } else if (bound.second_at == none) {
        bound.second_at = find(name);
      }
    }
    if (constraint.kind == Constraint::Kind::any_of_its_own) {
      for (const auto& property : own.properties) bound.all |= bit(property.name);
      if (find("extensions") != none) bound.all |= bit("extensions");
    }
    constraints_.push_back(bound);
  }
}

TypeTable::TypeTable(const TypeRules* rules_or_none, Family family_of_object)
    : rules{rules_or_none},
      family{family_of_object},
      properties{common_properties(family_of_object), rules != nullptr ? rules->own : no_structure},
      type{properties.find("type")},
      id{properties.find("id")},
      created{properties.find("created")},
      modified{properties.find("modified")},
      created_by_ref{properties.find("created_by_ref")},
      revoked{properties.find("revoked")},
      name{properties.find("name")},
      extensions{properties.find("extensions")},
      object_marking_refs{properties.find("object_marking_refs")},
      granular_markings{properties.find("granular_markings")},
      pattern{properties.find("pattern")},
      pattern_type{properties.find("pattern_type")},
      valid_from{properties.find("valid_from")},
      valid_until{properties.find("valid_until")} {}

const TypeTable* table_of(std::string_view type) {
  const auto at = tables().type_index.find(type);
  return at == NameIndex::none ? nullptr : &tables().types[at];
}

const TypeTable& own_table_of(Family family) {
  static const TypeTable domain{nullptr, Family::domain};
  static const TypeTable observable{nullptr, Family::observable};
  return family == Family::observable ? observable : domain;
}

const PropertyTable& table_of(const Structure& structure) {
  const auto found = tables().structures.find(&structure);
  TOCSIN_CHECK(found != tables().structures.end(), "a structure of the standard");
  return found->second;
}

const ExtensionTable* extension_table_of(std::string_view name) {
  const auto at = tables().extension_index.find(name);
  return at == NameIndex::none ? nullptr : &tables().extensions[at];
}

const TypeRules* rules_of(std::string_view type) {
  const auto* table = table_of(type);
  return table != nullptr ? table->rules : nullptr;
}

}  // namespace tocsin::stix
