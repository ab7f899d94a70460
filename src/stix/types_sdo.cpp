/// The domain objects (STIX 2.1 §4) and the relationship objects (§5), one table each, in the standard's
/// order.

#include "stix/schema.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using namespace schema;
namespace words = vocabulary;

constexpr Type kill_chain_phases = list_of(kill_chain_phase);
constexpr Constraint seen_in_order[] = {not_before("first_seen", "last_seen")};

// clang-format off
constexpr Property attack_pattern[] = {
    {"name", text, required},
    {"description", text},
    {"aliases", texts},
    {"kill_chain_phases", kill_chain_phases},
};

constexpr Property campaign[] = {
    {"name", text, required},
    {"description", text},
    {"aliases", texts},
    {"first_seen", time},
    {"last_seen", time},
    {"objective", text},
};

constexpr Property course_of_action[] = {
    {"name", text, required},
    {"description", text},
};

constexpr Property grouping[] = {
    {"name", text},
    {"description", text},
    {"context", word_of(words::grouping_context), required},
    {"object_refs", ids_of(anything), required},
};

constexpr Property identity[] = {
    {"name", text, required},
    {"description", text},
    {"roles", texts},
    {"identity_class", word_of(words::identity_class)},
    {"sectors", words_of(words::industry_sector)},
    {"contact_information", text},
};

constexpr Property incident[] = {
    {"name", text, required},
    {"description", text},
};

constexpr Property indicator[] = {
    {"name", text},
    {"description", text},
    {"indicator_types", words_of(words::indicator_type)},
    {"pattern", text, required},
    {"pattern_type", word_of(words::pattern_type), required},
    {"pattern_version", text},
    {"valid_from", time, required},
    {"valid_until", time},
    {"kill_chain_phases", kill_chain_phases},
};
constexpr Constraint indicator_constraints[] = {after("valid_from", "valid_until")};

constexpr Property infrastructure[] = {
    {"name", text, required},
    {"description", text},
    {"infrastructure_types", words_of(words::infrastructure_type)},
    {"aliases", texts},
    {"kill_chain_phases", kill_chain_phases},
    {"first_seen", time},
    {"last_seen", time},
};

constexpr Property intrusion_set[] = {
    {"name", text, required},
    {"description", text},
    {"aliases", texts},
    {"first_seen", time},
    {"last_seen", time},
    {"goals", texts},
    {"resource_level", word_of(words::attack_resource_level)},
    {"primary_motivation", word_of(words::attack_motivation)},
    {"secondary_motivations", words_of(words::attack_motivation)},
};

constexpr Property location[] = {
    {"name", text},
    {"description", text},
    {"latitude", number(-90, 90)},
    {"longitude", number(-180, 180)},
    {"precision", number()},
    {"region", word_of(words::region)},
    {"country", text},
    {"administrative_area", text},
    {"city", text},
    {"street_address", text},
    {"postal_code", text},
};
constexpr Constraint location_constraints[] = {
    at_least_one("region", "country", "latitude", "longitude"),
    needs("latitude", "longitude"),
    needs("longitude", "latitude"),
    needs("precision", "latitude", "longitude"),
};

constexpr Property malware[] = {
    {"name", text},
    {"description", text},
    {"malware_types", words_of(words::malware_type)},
    {"is_family", boolean, required},
    {"aliases", texts},
    {"kill_chain_phases", kill_chain_phases},
    {"first_seen", time},
    {"last_seen", time},
    {"operating_system_refs", ids_of("software")},
    {"architecture_execution_envs", words_of(words::processor_architecture)},
    {"implementation_languages", words_of(words::implementation_language)},
    {"capabilities", words_of(words::malware_capability)},
    {"sample_refs", ids_of("artifact", "file")},
};
constexpr Constraint malware_constraints[] = {
    not_before("first_seen", "last_seen"),
    needs_when_true("is_family", "name"),
};

constexpr Property malware_analysis[] = {
    {"product", text, required},
    {"version", text},
    {"host_vm_ref", id_of("software")},
    {"operating_system_ref", id_of("software")},
    {"installed_software_refs", ids_of("software")},
    {"configuration_version", text},
    {"modules", texts},
    {"analysis_engine_version", text},
    {"analysis_definition_version", text},
    {"submitted", time},
    {"analysis_started", time},
    {"analysis_ended", time},
    {"result_name", text},
    {"result", word_of(words::malware_result)},
    {"analysis_sco_refs", ids_of(observables)},
    {"sample_ref", id_of("artifact", "file", "network-traffic")},
};
constexpr Constraint malware_analysis_constraints[] = {at_least_one("result", "analysis_sco_refs")};

constexpr Property note[] = {
    {"abstract", text},
    {"content", text, required},
    {"authors", texts},
    {"object_refs", ids_of(anything), required},
};

constexpr Property observed_data[] = {
    {"first_observed", time, required},
    {"last_observed", time, required},
    {"number_observed", integer(1, 999'999'999), required},
    {"objects", of(Kind::observables)},
    {"object_refs", ids_of(observed)},
};
constexpr Constraint observed_data_constraints[] = {
    not_before("first_observed", "last_observed"),
    exactly_one("objects", "object_refs"),
};

constexpr Property opinion[] = {
    {"explanation", text},
    {"authors", texts},
    {"opinion", word_of(words::opinion), required},
    {"object_refs", ids_of(anything), required},
};

constexpr Property report[] = {
    {"name", text, required},
    {"description", text},
    {"report_types", words_of(words::report_type)},
    {"published", time, required},
    {"object_refs", ids_of(anything), required},
};

constexpr Property threat_actor[] = {
    {"name", text, required},
    {"description", text},
    {"threat_actor_types", words_of(words::threat_actor_type)},
    {"aliases", texts},
    {"first_seen", time},
    {"last_seen", time},
    {"roles", words_of(words::threat_actor_role)},
    {"goals", texts},
    {"sophistication", word_of(words::threat_actor_sophistication)},
    {"resource_level", word_of(words::attack_resource_level)},
    {"primary_motivation", word_of(words::attack_motivation)},
    {"secondary_motivations", words_of(words::attack_motivation)},
    {"personal_motivations", words_of(words::attack_motivation)},
};

constexpr Property tool[] = {
    {"name", text, required},
    {"description", text},
    {"tool_types", words_of(words::tool_type)},
    {"aliases", texts},
    {"kill_chain_phases", kill_chain_phases},
    {"tool_version", text},
};

constexpr Property vulnerability[] = {
    {"name", text, required},
    {"description", text},
};

constexpr Property relationship[] = {
    {"relationship_type", of(Kind::relationship_type), required},
    {"description", text},
    {"source_ref", id_of(domain_or_observable), required},
    {"target_ref", id_of(domain_or_observable), required},
    {"start_time", time},
    {"stop_time", time},
};
constexpr Constraint relationship_constraints[] = {after("start_time", "stop_time")};

constexpr Property sighting[] = {
    {"description", text},
    {"first_seen", time},
    {"last_seen", time},
    {"count", integer(0, 999'999'999)},
    {"sighting_of_ref", id_of(domain_objects), required},
    {"observed_data_refs", ids_of("observed-data")},
    {"where_sighted_refs", ids_of("identity", "location")},
    {"summary", boolean},
};

const TypeRules table[] = {
    {Family::domain, {"attack-pattern", "4.1", attack_pattern, {}}},
    {Family::domain, {"campaign", "4.2", campaign, seen_in_order}},
    {Family::domain, {"course-of-action", "4.3", course_of_action, {}}},
    {Family::domain, {"grouping", "4.4", grouping, {}}},
    {Family::domain, {"identity", "4.5", identity, {}}},
    {Family::domain, {"incident", "4.6", incident, {}}},
    {Family::domain, {"indicator", "4.7", indicator, indicator_constraints}},
    {Family::domain, {"infrastructure", "4.8", infrastructure, seen_in_order}},
    {Family::domain, {"intrusion-set", "4.9", intrusion_set, seen_in_order}},
    {Family::domain, {"location", "4.10", location, location_constraints}},
    {Family::domain, {"malware", "4.11", malware, malware_constraints}},
    {Family::domain, {"malware-analysis", "4.12", malware_analysis, malware_analysis_constraints}},
    {Family::domain, {"note", "4.13", note, {}}},
    {Family::domain, {"observed-data", "4.14", observed_data, observed_data_constraints}},
    {Family::domain, {"opinion", "4.15", opinion, {}}},
    {Family::domain, {"report", "4.16", report, {}}},
    {Family::domain, {"threat-actor", "4.17", threat_actor, seen_in_order}},
    {Family::domain, {"tool", "4.18", tool, {}}},
    {Family::domain, {"vulnerability", "4.19", vulnerability, {}}},
    {Family::relationship, {"relationship", "5.1", relationship, relationship_constraints}},
    {Family::relationship, {"sighting", "5.2", sighting, seen_in_order}},
};
// clang-format on

}  // namespace

std::span<const TypeRules> domain_types() {
  return table;
}

}  // namespace tocsin::stix
