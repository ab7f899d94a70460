#pragma once

/// How the standard's tables of properties are written down here: a row is a property, its type and whether
/// it must be there; a line below the rows is what holds between several of them. The tables themselves stand
/// in types_common.cpp, types_sdo.cpp, types_sco.cpp, types_meta.cpp and extensions.cpp.
///
/// Source:  STIX 2.1 §2 (types of values), §3 to §7 (tables).
/// Threads: constant data.

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace tocsin::stix {

/// The words that a property of that vocabulary holds.
struct Vocabulary {
  std::string_view name, section;
  bool closed = false;  ///< no other word may stand there; else others may, and should not
  std::span<const std::string_view> words;
};

enum class Family : std::uint8_t { domain, relationship, observable, marking, language, extension };

/// What an id may name: types by name, and whole families. Types of somebody's own always may be named.
struct Targets {
  std::array<std::string_view, 4> types{};
  bool domain = false, relationship = false, observable = false;
};

struct Structure;

/// What stands at a property. Those with a form of their own are texts.
enum class Kind : std::uint8_t {
  any,
  text,
  boolean,
  integer,
  number,
  time,          ///< §2.16
  precise_time,  ///< with at least three digits after the second, §3.2
  identifier,
  reference,
  word,             ///< of a vocabulary
  hashes,           ///< §2.8
  dictionary,       ///< §2.4
  open_dictionary,  ///< with keys of any form
  text_dictionary,
  text_list_dictionary,  ///< each value a list of texts
  scalar_dictionary,     ///< each value a text or a whole number
  structure,
  extensions,   ///< checked by the object's type
  markings,     ///< checked by markings_check.cpp
  observables,  ///< the deprecated observed-data:objects
  language_content,
  hex,
  base64,
  character_set,
  cpe,
  domain_name,
  email_address,
  ipv4,
  ipv6,
  language,
  language_code,
  mac,
  media_type,
  phase_name,
  registry_key,
  relationship_type,
  spec_version,
  url,
  forbidden,  ///< the standard says that an object of this family has no such property
};

struct Type {
  Kind kind = Kind::any;
  bool list = false;
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  const Vocabulary* vocabulary = nullptr;  ///< of a word
  Targets targets{};                       ///< of a reference
  const Structure* structure = nullptr;    ///< of a structure
};

enum class Presence : bool { optional, required };

struct Property {
  std::string_view name;
  Type type;
  Presence presence = Presence::optional;
};

/// What holds between properties of one object. `names` is filled from the front.
struct Constraint {
  enum class Kind : std::uint8_t {
    at_least_one,     ///< of the names
    any_of_its_own,   ///< at least one property of this table
    exactly_one,      ///< of the names
    needs,            ///< the first needs all others
    not_before,       ///< the second time does not lie before the first
    after,            ///< the second time lies after the first
    needs_when_true,  ///< when the first is true, the second must be there
    not_when_true,    ///< when the first is true, the second must not be there
    only_when_true,   ///< the second may be there only when the first is true
  };
  Kind kind;
  std::array<std::string_view, 4> names{};
};

/// One table of the standard.
struct Structure {
  std::string_view name, section;
  std::span<const Property> properties;
  std::span<const Constraint> constraints;
};

/// One of the 42 types. The common properties of its family come on top of its own.
struct TypeRules {
  Family family{};
  Structure own;
  std::span<const std::string_view> id_contributing{};  ///< §2.9, of observables
};

/// A predefined extension: the type on which it stands.
struct Extension {
  std::string_view host;
  Structure own;
};

// ---- the tables ----
std::span<const TypeRules> domain_types();      // types_sdo.cpp, with the two relationship types
std::span<const TypeRules> observable_types();  // types_sco.cpp
std::span<const TypeRules> meta_types();        // types_meta.cpp
std::span<const Extension> predefined_extensions();
std::span<const Property> common_properties(Family family);

extern const Structure external_reference, kill_chain_phase;

/// The rules of one of the 42 types; nullptr for a type that the standard does not define.
const TypeRules* rules_of(std::string_view type);

/// Whether the standard lists this relationship (Appendix B, and §3.7 for those between any two).
bool is_listed_relationship(std::string_view source, std::string_view relationship, std::string_view target);

// ---- words of the tables ----
namespace schema {

inline constexpr Presence required = Presence::required;

constexpr Type of(Kind kind) {
  return {.kind = kind};
}
constexpr Type list_of(Type type) {
  type.list = true;
  return type;
}
inline constexpr Type text = of(Kind::text);
inline constexpr Type texts = list_of(text);
inline constexpr Type boolean = of(Kind::boolean);
inline constexpr Type time = of(Kind::time);
inline constexpr Type hashes = of(Kind::hashes);
inline constexpr Type dictionary = of(Kind::dictionary);
inline constexpr Type hex = of(Kind::hex);

constexpr Type integer(std::int64_t minimum = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t maximum = std::numeric_limits<std::int64_t>::max()) {
  return {.kind = Kind::integer, .minimum = minimum, .maximum = maximum};
}
constexpr Type number(std::int64_t minimum = std::numeric_limits<std::int64_t>::min(),
                      std::int64_t maximum = std::numeric_limits<std::int64_t>::max()) {
  return {.kind = Kind::number, .minimum = minimum, .maximum = maximum};
}
constexpr Type word_of(const Vocabulary& vocabulary) {
  return {.kind = Kind::word, .vocabulary = &vocabulary};
}
constexpr Type words_of(const Vocabulary& vocabulary) {
  return list_of(word_of(vocabulary));
}
constexpr Type id_of(Targets targets) {
  return {.kind = Kind::reference, .targets = targets};
}
constexpr Type id_of(std::string_view a, std::string_view b = {}, std::string_view c = {},
                     std::string_view d = {}) {
  return id_of(Targets{.types = {a, b, c, d}});
}
constexpr Type ids_of(Targets targets) {
  return list_of(id_of(targets));
}
constexpr Type ids_of(std::string_view a, std::string_view b = {}, std::string_view c = {},
                      std::string_view d = {}) {
  return list_of(id_of(a, b, c, d));
}
constexpr Type a(const Structure& structure) {
  return {.kind = Kind::structure, .structure = &structure};
}
constexpr Type list_of(const Structure& structure) {
  return list_of(a(structure));
}

inline constexpr Targets anything{};
inline constexpr Targets domain_objects{.domain = true};
inline constexpr Targets observables{.observable = true};
inline constexpr Targets domain_or_observable{.domain = true, .observable = true};
inline constexpr Targets observed{.relationship = true, .observable = true};

constexpr Constraint at_least_one(std::string_view a, std::string_view b, std::string_view c = {},
                                  std::string_view d = {}) {
  return {Constraint::Kind::at_least_one, {a, b, c, d}};
}
inline constexpr Constraint any_of_its_own{Constraint::Kind::any_of_its_own, {}};
constexpr Constraint exactly_one(std::string_view a, std::string_view b) {
  return {Constraint::Kind::exactly_one, {a, b}};
}
constexpr Constraint needs(std::string_view a, std::string_view b, std::string_view c = {}) {
  return {Constraint::Kind::needs, {a, b, c}};
}
constexpr Constraint not_before(std::string_view earlier, std::string_view later) {
  return {Constraint::Kind::not_before, {earlier, later}};
}
constexpr Constraint after(std::string_view earlier, std::string_view later) {
  return {Constraint::Kind::after, {earlier, later}};
}
constexpr Constraint needs_when_true(std::string_view flag, std::string_view name) {
  return {Constraint::Kind::needs_when_true, {flag, name}};
}
constexpr Constraint not_when_true(std::string_view flag, std::string_view name) {
  return {Constraint::Kind::not_when_true, {flag, name}};
}
constexpr Constraint only_when_true(std::string_view flag, std::string_view name) {
  return {Constraint::Kind::only_when_true, {flag, name}};
}

}  // namespace schema
}  // namespace tocsin::stix
