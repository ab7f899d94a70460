#include "stix/type_rules.hpp"

#include <algorithm>

namespace tocsin::stix {
namespace {

constexpr Ordering seen{"first_seen", "last_seen"};
constexpr auto domain = Family::domain;
constexpr auto observable = Family::observable;

// Sorted by type. Columns: type, family, section, required, timestamps, ordering.
// clang-format off
constexpr TypeRules table[] = {
    {"artifact", observable, "6.1", {}, {}, {}},
    {"attack-pattern", domain, "4.1", {"name"}, {}, {}},
    {"autonomous-system", observable, "6.2", {"number"}, {}, {}},
    {"campaign", domain, "4.2", {"name"}, {"first_seen", "last_seen"}, seen},
    {"course-of-action", domain, "4.3", {"name"}, {}, {}},
    {"directory", observable, "6.3", {"path"}, {"ctime", "mtime", "atime"}, {}},
    {"domain-name", observable, "6.4", {"value"}, {}, {}},
    {"email-addr", observable, "6.5", {"value"}, {}, {}},
    {"email-message", observable, "6.6", {"is_multipart"}, {"date"}, {}},
    {"extension-definition", Family::extension, "7.3",
     {"created_by_ref", "name", "schema", "version", "extension_types"}, {}, {}},
    {"file", observable, "6.7", {}, {"ctime", "mtime", "atime"}, {}},
    {"grouping", domain, "4.4", {"context", "object_refs"}, {}, {}},
    {"identity", domain, "4.5", {"name"}, {}, {}},
    {"incident", domain, "4.6", {"name"}, {}, {}},
    {"indicator", domain, "4.7", {"pattern", "pattern_type", "valid_from"}, {"valid_from", "valid_until"},
     {"valid_from", "valid_until", true}},
    {"infrastructure", domain, "4.8", {"name"}, {"first_seen", "last_seen"}, seen},
    {"intrusion-set", domain, "4.9", {"name"}, {"first_seen", "last_seen"}, seen},
    {"ipv4-addr", observable, "6.8", {"value"}, {}, {}},
    {"ipv6-addr", observable, "6.9", {"value"}, {}, {}},
    {"language-content", Family::language, "7.1", {"object_ref", "contents"}, {"object_modified"}, {}},
    {"location", domain, "4.10", {}, {}, {}},
    {"mac-addr", observable, "6.10", {"value"}, {}, {}},
    {"malware", domain, "4.11", {"is_family"}, {"first_seen", "last_seen"}, seen},
    {"malware-analysis", domain, "4.12", {"product"}, {"submitted", "analysis_started", "analysis_ended"}, {}},
    {"marking-definition", Family::marking, "7.2.1", {}, {}, {}},
    {"mutex", observable, "6.11", {"name"}, {}, {}},
    {"network-traffic", observable, "6.12", {"protocols"}, {"start", "end"}, {"start", "end"}},
    {"note", domain, "4.13", {"content", "object_refs"}, {}, {}},
    {"observed-data", domain, "4.14", {"first_observed", "last_observed", "number_observed"},
     {"first_observed", "last_observed"}, {"first_observed", "last_observed"}},
    {"opinion", domain, "4.15", {"opinion", "object_refs"}, {}, {}},
    {"process", observable, "6.13", {}, {"created_time"}, {}},
    {"relationship", Family::relationship, "5.1", {"relationship_type", "source_ref", "target_ref"},
     {"start_time", "stop_time"}, {"start_time", "stop_time", true}},
    {"report", domain, "4.16", {"name", "published", "object_refs"}, {"published"}, {}},
    {"sighting", Family::relationship, "5.2", {"sighting_of_ref"}, {"first_seen", "last_seen"}, seen},
    {"software", observable, "6.14", {"name"}, {}, {}},
    {"threat-actor", domain, "4.17", {"name"}, {"first_seen", "last_seen"}, seen},
    {"tool", domain, "4.18", {"name"}, {}, {}},
    {"url", observable, "6.15", {"value"}, {}, {}},
    {"user-account", observable, "6.16", {},
     {"account_created", "account_expires", "credential_last_changed", "account_first_login", "account_last_login"}, {}},
    {"vulnerability", domain, "4.19", {"name"}, {}, {}},
    {"windows-registry-key", observable, "6.17", {}, {"modified_time"}, {}},
    {"x509-certificate", observable, "6.18", {}, {"validity_not_before", "validity_not_after"}, {}},
};
// clang-format on

constexpr bool by_type(const TypeRules& a, const TypeRules& b) {
  return a.type < b.type;
}
static_assert(std::size(table) == 42);
static_assert(std::is_sorted(std::begin(table), std::end(table), by_type));

}  // namespace

const TypeRules* rules_of(std::string_view type) {
  const auto* found =
      std::lower_bound(std::begin(table), std::end(table), type,
                       [](const TypeRules& rules, std::string_view wanted) { return rules.type < wanted; });
  return found != std::end(table) && found->type == type ? found : nullptr;
}

}  // namespace tocsin::stix
