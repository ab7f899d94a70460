/// The meta objects (STIX 2.1 §7), one table each.

#include "stix/schema.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using namespace schema;
namespace words = vocabulary;

// clang-format off
constexpr Property language_content[] = {
    {"object_ref", id_of(anything), required},
    {"object_modified", time},
    {"contents", of(Kind::language_content), required},
};

// What definition holds, and that it or extensions must be there, markings_check.cpp knows.
constexpr Property marking_definition[] = {
    {"name", text},
    {"definition_type", word_of(words::marking_type)},
    {"definition", of(Kind::open_dictionary)},
};
constexpr Constraint marking_definition_constraints[] = {
    needs("definition_type", "definition"),
    needs("definition", "definition_type"),
};

constexpr Property extension_definition[] = {
    {"name", text, required},
    {"description", text},
    {"schema", text, required},
    {"version", text, required},
    {"extension_types", words_of(words::extension_type), required},
    {"extension_properties", texts},
};

const TypeRules table[] = {
    {Family::language, {"language-content", "7.1", language_content, {}}},
    {Family::marking, {"marking-definition", "7.2.1", marking_definition, marking_definition_constraints}},
    {Family::extension, {"extension-definition", "7.3", extension_definition, {}}},
};
// clang-format on

}  // namespace

std::span<const TypeRules> meta_types() {
  return table;
}

}  // namespace tocsin::stix
