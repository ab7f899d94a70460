#include "stix/marking_terms.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "stix/report.hpp"

namespace tocsin::stix {
namespace {

constexpr std::string_view acs_extension = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce";
constexpr std::string_view iep_extension = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a";
constexpr std::string_view tlp_2_extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

// No real marking comes near; each rule costs at every object that carries the marking.
constexpr std::size_t list_items_max = 256;

constexpr std::array<std::string_view, 5> action_names{
    "none", "contact-for-instruction", "internally-visible-actions", "externally-visible-indirect-actions",
    "externally-visible-direct-actions"};

std::string_view key_of(const json::Object::value_type& field) {
  return {field.key().data(), field.key().size()};
}

Error not_read(std::string_view where, std::string_view what) {
  return Error{Errc::invalid_input, std::string{where} + ": " + std::string{what}};
}

template <std::size_t Size>
Status only(const json::Object& object, std::string_view where,
            const std::array<std::string_view, Size>& known) {
  for (const auto& field : object)
    if (std::ranges::find(known, key_of(field)) == known.end())
      return not_read(where, "has the unknown property " + in_quotes(key_of(field)));
  return {};
}

Result<std::vector<std::string>> list(const json::Object& object, std::string_view key) {
  auto texts = json::texts(object, key);
  if (!texts) return texts;
  if (texts->size() > list_items_max) return not_read(key, "has more than 256 items");
  return texts;
}

/// A list of objects; absent is empty.
Result<std::vector<const json::Object*>> objects(const json::Object& object, std::string_view key) {
  std::vector<const json::Object*> out;
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr) return out;
  if (!value->is_array() || value->get_array().size() > list_items_max)
    return not_read(key, "must be a list of at most 256 rules");
  for (const auto& item : value->get_array()) {
    if (!item.is_object()) return not_read(key, "must hold objects");
    out.push_back(&item.get_object());
  }
  return out;
}

/// A choice between two words: true for the first.
Result<bool> either(const json::Object& object, std::string_view key, std::string_view yes,
                    std::string_view no) {
  auto text = json::text(object, key);
  if (!text) return std::move(text).error();
  if (*text == yes) return true;
  if (*text == no) return false;
  return not_read(key, "must be " + std::string{yes} + " or " + std::string{no});
}

Result<AcsScope> acs_scope(const json::Object& object) {
  AcsScope scope;
  for (const auto& [key, into] : {std::pair{"permitted_nationalities", &scope.nationalities},
                                  {"permitted_organizations", &scope.organizations},
                                  {"shareability", &scope.shareability},
                                  {"entity", &scope.entities}}) {
    auto items = list(object, key);
    if (!items) return std::move(items).error();
    // An empty list would say "nobody" to one reader and "no limit" to another.
    if (items->empty() && object.contains(key)) return not_read(key, "is empty");
    *into = *std::move(items);
  }
  return scope;
}

Status acs_policy(const json::Object& extension, AcsTerms& terms) {
  auto reference = json::text(extension, "policy_reference");
  if (!reference) return std::move(reference).error();
  constexpr std::string_view name = "urn:isa:policy:acs:ns:v3.0?privdefault=";
  constexpr std::string_view between = "&sharedefault=";
  terms.privileges_permitted = terms.sharing_permitted = true;
  std::size_t policies = 0;
  for (auto policy : split(*reference, ' ')) {
    if (policy.empty()) continue;
    ++policies;
    const auto at = policy.find(between);
    if (!policy.starts_with(name) || at == std::string_view::npos || at < name.size())
      return not_read("policy_reference", "is not of ACS 3.0");
    for (const auto& [word, permitted] :
         {std::pair{policy.substr(name.size(), at - name.size()), &terms.privileges_permitted},
          {policy.substr(at + between.size()), &terms.sharing_permitted}}) {
      if (word != "permit" && word != "deny") return not_read("policy_reference", "has an unknown default");
      *permitted = *permitted && word == "permit";
    }
  }
  return policies == 0 ? Status{not_read("policy_reference", "is empty")} : Status{};
}

Status acs_control_set(const json::Object& extension, AcsTerms& terms) {
  const auto* value = extension.if_contains("control_set");
  if (value == nullptr || !value->is_object()) return not_read("control_set", "is missing");
  const auto& control = value->get_object();
  TOCSIN_TRY(
      only(control, "control_set",
           std::array<std::string_view, 10>{"classification", "sci_controls", "logical_authority_category",
                                            "formal_determination", "caveat", "sensitivity", "shareability",
                                            "entity", "permitted_nationalities", "permitted_organizations"}));
  auto classification = json::text(control, "classification");
  if (!classification) return std::move(classification).error();
  terms.classification = *std::move(classification);
  for (const auto& [key, into] : {std::pair{"formal_determination", &terms.formal_determination},
                                  {"caveat", &terms.caveat},
                                  {"sensitivity", &terms.sensitivity}}) {
    auto items = list(control, key);
    if (!items) return std::move(items).error();
    *into = *std::move(items);
  }
  auto scope = acs_scope(control);
  if (!scope) return std::move(scope).error();
  terms.control = *std::move(scope);
  terms.more_controls = control.contains("sci_controls") || control.contains("logical_authority_category") ||
                        extension.contains("resource_disposition");
  return {};
}

Status acs_privileges(const json::Object& extension, AcsTerms& terms) {
  auto rules = objects(extension, "access_privilege");
  if (!rules) return std::move(rules).error();
  for (const auto* rule : *rules) {
    TOCSIN_TRY(only(*rule, "access_privilege",
                    std::array<std::string_view, 3>{"privilege_action", "privilege_scope", "rule_effect"}));
    auto action = json::text(*rule, "privilege_action");
    if (!action) return std::move(action).error();
    auto permit = either(*rule, "rule_effect", "permit", "deny");
    if (!permit) return std::move(permit).error();
    const auto* scope = rule->if_contains("privilege_scope");
    if (scope == nullptr || !scope->is_object()) return not_read("privilege_scope", "is missing");
    TOCSIN_TRY(only(scope->get_object(), "privilege_scope",
                    std::array<std::string_view, 4>{"permitted_nationalities", "permitted_organizations",
                                                    "shareability", "entity"}));
    if (scope->get_object().empty()) return not_read("privilege_scope", "is empty");
    auto whom = acs_scope(scope->get_object());
    if (!whom) return std::move(whom).error();
    terms.privileges.push_back({*std::move(action), *std::move(whom), *permit});
  }
  return {};
}

Status acs_sharing(const json::Object& extension, AcsTerms& terms) {
  auto rules = objects(extension, "further_sharing");
  if (!rules) return std::move(rules).error();
  for (const auto* rule : *rules) {
    TOCSIN_TRY(
        only(*rule, "further_sharing", std::array<std::string_view, 2>{"sharing_scope", "rule_effect"}));
    auto scope = list(*rule, "sharing_scope");
    if (!scope) return std::move(scope).error();
    if (scope->empty()) return not_read("sharing_scope", "is missing or empty");
    auto permit = either(*rule, "rule_effect", "permit", "deny");
    if (!permit) return std::move(permit).error();
    terms.sharing.push_back({*std::move(scope), *permit});
  }
  return {};
}

Result<AcsTerms> acs_terms(const json::Object& extension) {
  AcsTerms terms;
  TOCSIN_TRY(only(
      extension, "ACS",
      std::array<std::string_view, 16>{
          "extension_type", "identifier", "name", "create_date_time", "responsible_entity_custodian",
          "responsible_entity_originator", "authority_reference", "policy_reference",
          "original_classification", "derivative_classification", "declassification", "resource_disposition",
          "public_release", "access_privilege", "further_sharing", "control_set"}));
  TOCSIN_TRY(acs_policy(extension, terms));
  TOCSIN_TRY(acs_control_set(extension, terms));
  TOCSIN_TRY(acs_privileges(extension, terms));
  TOCSIN_TRY(acs_sharing(extension, terms));
  return terms;
}

Status iep_date(const json::Object& extension, std::string_view key, std::optional<Timestamp>& out) {
  auto text = json::optional_text(extension, key);
  if (!text) return std::move(text).error();
  if (!*text) return {};
  auto time = parse_rfc3339(**text);
  if (!time) return not_read(key, "is no timestamp");
  out = *time;
  return {};
}

bool is_version_2(const json::Value& version) {
  if (version.is_double()) return version.get_double() == 2.0;
  if (version.is_int64()) return version.get_int64() == 2;
  return version.is_string() &&
         (json::view(version.get_string()) == "2.0" || json::view(version.get_string()) == "2");
}

Result<IepTerms> iep_terms(const json::Object& extension) {
  IepTerms terms;
  TOCSIN_TRY(only(extension, "IEP",
                  std::array<std::string_view, 13>{
                      "extension_type", "encrypt_in_transit", "permitted_actions",
                      "affected_party_notifications", "tlp", "provider_attribution", "unmodified_resale",
                      "iep_id", "iep_version", "description", "start_date", "end_date", "name"}));
  const auto* version = extension.if_contains("iep_version");
  if (version == nullptr || !is_version_2(*version)) return not_read("iep_version", "is not 2.0");
  auto tlp = json::text(extension, "tlp");
  if (!tlp) return std::move(tlp).error();
  const auto level = parse_tlp(*tlp);
  if (!level) return not_read("tlp", "is no level");
  terms.tlp = *level;
  auto actions = json::text(extension, "permitted_actions");
  if (!actions) return std::move(actions).error();
  const auto permitted = parse_permitted_actions(*actions);
  if (!permitted) return not_read("permitted_actions", "is unknown");
  terms.actions = *permitted;
  for (const auto& [key, yes, no, into] :
       {std::tuple{"encrypt_in_transit", "must", "may", &terms.encrypt},
        {"affected_party_notifications", "may", "must-not", &terms.may_notify},
        {"unmodified_resale", "may", "must-not", &terms.may_resell}}) {
    auto flag = either(extension, key, yes, no);
    if (!flag) return std::move(flag).error();
    *into = *flag;
  }
  auto attribution = json::text(extension, "provider_attribution");
  if (!attribution) return std::move(attribution).error();
  using enum IepTerms::Attribution;
  if (*attribution != "may" && *attribution != "must" && *attribution != "must-not")
    return not_read("provider_attribution", "is unknown");
  terms.attribution = *attribution == "may" ? may : *attribution == "must" ? must : must_not;
  TOCSIN_TRY(iep_date(extension, "start_date", terms.start));
  TOCSIN_TRY(iep_date(extension, "end_date", terms.end));
  return terms;
}

std::optional<AisConsent> parse_consent(std::string_view text) {
  if (iequals_ascii(text, "none")) return AisConsent::none;
  if (iequals_ascii(text, "usg") || iequals_ascii(text, "government")) return AisConsent::government;
  if (iequals_ascii(text, "everyone")) return AisConsent::everyone;
  return std::nullopt;
}

Result<AisTerms> ais_terms(const json::Object& definition) {
  AisTerms terms;
  TOCSIN_TRY(only(definition, "ais", std::array<std::string_view, 3>{"consent", "tlp", "proprietary"}));
  auto consent = json::text(definition, "consent");
  if (!consent) return std::move(consent).error();
  const auto parsed = parse_consent(*consent);
  if (!parsed) return not_read("consent", "must be none, government (usg) or everyone");
  terms.consent = *parsed;
  auto level = json::optional_text(definition, "tlp");
  if (!level) return std::move(level).error();
  if (*level) {
    terms.tlp = parse_tlp(**level);
    if (!terms.tlp) return not_read("tlp", "is no level");
  }
  auto proprietary = json::optional_flag(definition, "proprietary");
  if (!proprietary) return std::move(proprietary).error();
  return terms;
}

/// Takes what was read, or why it was not.
template <class Terms>
void take(Result<Terms> read, std::optional<Terms>& into, MarkingTerms& all) {
  if (read)
    into = *std::move(read);
  else
    all.not_understood = read.error().detail;
}

void read_definition(const json::Object& document, MarkingTerms& terms) {
  const auto kind = json::text_or(document, "definition_type");
  const auto* definition = document.if_contains("definition");
  if (kind.empty() && definition == nullptr) return;
  if (kind == "statement" || kind == "tlp") return;  // for people, and said by the id
  if (kind == "ais" && definition != nullptr && definition->is_object())
    take(ais_terms(definition->get_object()), terms.ais, terms);
  else
    terms.not_understood = "its definition_type " + in_quotes(kind) + " is unknown";
}

void read_extensions(const json::Object& extensions, MarkingTerms& terms) {
  for (const auto& field : extensions) {
    if (!field.value().is_object()) {
      terms.not_understood = "an extension is no object";
      continue;
    }
    const auto& extension = field.value().get_object();
    if (key_of(field) == acs_extension)
      take(acs_terms(extension), terms.acs, terms);
    else if (key_of(field) == iep_extension)
      take(iep_terms(extension), terms.iep, terms);
    else if (key_of(field) != tlp_2_extension)
      terms.not_understood = "its extension " + in_quotes(key_of(field)) + " is unknown";
  }
}

}  // namespace

std::string_view name(PermittedActions actions) {
  return action_names[static_cast<std::size_t>(actions)];
}

std::optional<PermittedActions> parse_permitted_actions(std::string_view text) {
  const auto* found = std::ranges::find(action_names, text);
  if (found == action_names.end()) return std::nullopt;
  return static_cast<PermittedActions>(found - action_names.begin());
}

MarkingTerms marking_terms(const Object& definition) {
  MarkingTerms terms;
  const auto document = json::parse_object(definition.bytes);
  if (!document || definition.type != "marking-definition") {
    terms.not_understood = "it is no marking definition";
    return terms;
  }
  const auto* extensions = document->if_contains("extensions");
  if (extensions != nullptr && !extensions->is_object())
    terms.not_understood = "its extensions are no object";
  else if (extensions != nullptr)
    read_extensions(extensions->get_object(), terms);
  read_definition(*document, terms);
  return terms;
}

std::optional<AisConsent> ais_consent_of_labels(const Object& object) {
  constexpr std::string_view label_2_0 = "ais-consent-";
  constexpr std::string_view label_misp = "ais-marking:AISConsent=";
  // Nearly no object has such a label, so nearly none is parsed again.
  if (object.bytes.find("\"ais-") == std::string::npos) return std::nullopt;
  const auto document = json::parse_object(object.bytes);
  const auto labels = document ? json::texts(*document, "labels")
                               : Result<std::vector<std::string>>{std::vector<std::string>{}};
  if (!labels) return std::nullopt;
  std::optional<AisConsent> strictest;
  for (const std::string_view label : *labels) {
    std::string_view said;
    if (label.starts_with(label_2_0))
      said = label.substr(label_2_0.size());
    else if (label.starts_with(label_misp))
      said = label.substr(label_misp.size());
    else
      continue;
    if (said.size() >= 2 && said.front() == '"' && said.back() == '"') said = said.substr(1, said.size() - 2);
    if (said == "everyone-cisa-proprietary") said = "everyone";
    const auto consent = parse_consent(said).value_or(AisConsent::none);
    strictest = strictest ? std::min(*strictest, consent) : consent;
  }
  return strictest;
}

}  // namespace tocsin::stix
