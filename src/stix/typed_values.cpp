#include "stix/typed_values.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "stix/forms.hpp"
#include "stix/ids.hpp"
#include "stix/stix_time.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;

/// What a text of a kind must look like.
struct Form {
  bool (*holds)(std::string_view);
  std::string_view section, sentence, rule = "bad-form";
};

bool is_phase_name(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || c == '_'; });
}

const Form* form_of(Kind kind) {
  // clang-format off
  static constexpr std::pair<Kind, Form> table[] = {
      {Kind::hex, {is_hex_text, "2.7", "pairs of hexadecimal digits"}},
      {Kind::base64, {is_base64_text, "2.1", "base64 with padding"}},
      {Kind::character_set, {is_character_set, "6.7.1", "a character set of IANA's list"}},
      {Kind::cpe, {is_cpe, "6.14.1", "a CPE 2.3 formatted string"}},
      {Kind::domain_name, {is_domain_name, "6.4.1", "a domain name (RFC 1034, RFC 5890)"}},
      {Kind::email_address, {is_email_address, "6.5.1", "an address without a display name (RFC 5322)"}},
      {Kind::ipv4, {is_ipv4_or_network, "6.8.1", "an IPv4 address or network in CIDR form"}},
      {Kind::ipv6, {is_ipv6_or_network, "6.9.1", "an IPv6 address or network in CIDR form"}},
      {Kind::language, {is_language_tag, "3.2", "a language tag (RFC 5646)"}},
      {Kind::language_code, {is_language_code, "6.14.1", "a language code of ISO 639-2"}},
      {Kind::mac, {is_mac_address, "6.10.1", "six pairs of lower-case digits joined by colons"}},
      {Kind::media_type, {is_media_type, "6.1.1", "a media type such as text/html"}},
      {Kind::phase_name, {is_phase_name, "2.11", "lower case with hyphens", "kill-chain-form"}},
      {Kind::registry_key, {is_full_registry_key, "6.17.1", "a key with its whole root, such as HKEY_LOCAL_MACHINE"}},
      {Kind::relationship_type, {is_relationship_name, "5.1.1", "made of a to z, 0 to 9 and hyphens"}},
      {Kind::url, {is_uri, "6.15.1", "a URL (RFC 3986)"}},
  };
  // clang-format on
  const auto* row =
      std::find_if(std::begin(table), std::end(table), [&](const auto& r) { return r.first == kind; });
  return row == std::end(table) ? nullptr : &row->second;
}

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_capec_id(std::string_view text) {
  return text.starts_with("CAPEC-") && are_digits(text.substr(6));
}

/// A year and a number of at least four digits, filled up with zeros only to four.
bool is_cve_id(std::string_view text) {
  if (!text.starts_with("CVE-") || text.size() < 13 || text[8] != '-' || !are_digits(text.substr(4, 4)))
    return false;
  const auto number = text.substr(9);
  return are_digits(number) && (number.size() == 4 || number[0] != '0');
}

std::string stix_section(std::string_view section) {
  return "STIX 2.1 §" + std::string{section};
}

std::string names_of(const Constraint& constraint, std::size_t from, std::string_view word) {
  std::string text;
  for (std::size_t i = from; i < constraint.names.size() && !constraint.names[i].empty(); ++i) {
    if (!text.empty()) text += ' ' + std::string{word} + ' ';
    text += constraint.names[i];
  }
  return text;
}

bool is_target(const Targets& targets, std::string_view type) {
  bool any = true;
  for (const auto allowed : targets.types) {
    if (allowed.empty()) break;
    if (allowed == type) return true;
    any = false;
  }
  const bool families = targets.domain || targets.relationship || targets.observable;
  if (any && !families) return true;
  const auto* rules = rules_of(type);
  if (rules == nullptr) return type != "bundle";  // a type of somebody's own may be of any family
  return (targets.domain && rules->family == Family::domain) ||
         (targets.relationship && rules->family == Family::relationship) ||
         (targets.observable && rules->family == Family::observable);
}

std::string names_of(const Targets& targets) {
  std::string text;
  const auto add = [&](std::string_view name) { text += (text.empty() ? "" : ", ") + std::string{name}; };
  for (const auto type : targets.types)
    if (!type.empty()) add(type);
  if (targets.domain) add("a domain object");
  if (targets.relationship) add("a relationship");
  if (targets.observable) add("an observable");
  return text;
}

constexpr bool is_text(Kind kind) {
  return kind == Kind::text || (kind >= Kind::time && kind <= Kind::word) ||
         (kind >= Kind::hex && kind <= Kind::url);
}

bool is_true(const Found& found, std::size_t place) {
  bool flag = false;
  return found.has(place) && found.value(place).get_bool().get(flag) == simdjson::SUCCESS && flag;
}

}  // namespace

[[gnu::always_inline]] inline bool TypedValues::text_fits(const Type& type, std::string_view text) {
  shape_.check_length(text);
  switch (type.kind) {
    case Kind::text:
    case Kind::identifier:
      return true;
    case Kind::time:
    case Kind::precise_time:
      return time_fits(type, text);
    case Kind::reference:
      return reference_fits(type, text);
    case Kind::word:
      return word_fits(type, text);
    case Kind::spec_version:
      if (text == "2.1") return true;
      report_.broken("spec-version-unknown", "STIX 2.1 §3.2", in_quotes(text) + " is not '2.1'");
      return false;
    default:
      break;
  }
  const auto* form = form_of(type.kind);
  if (form == nullptr || form->holds(text)) return true;
  report_.broken(form->rule, stix_section(form->section),
                 in_quotes(text) + " is not " + std::string{form->sentence});
  return false;
}

[[gnu::always_inline]] inline bool TypedValues::fits(const Type& type, const element& value,
                                                     std::size_t depth) {
  // Most values are texts, and of the right type.
  if (std::string_view text;
      is_text(type.kind) && !type.list && value.get_string().get(text) == simdjson::SUCCESS)
    return text_fits(type, text);
  if (!type.list) return fits_one(type, value, depth);
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS)
    return wrong_type(type.kind == Kind::reference ? "a list of ids" : "a list", value, depth);
  if (!shape_.allows_depth(depth)) return false;
  bool all = true;
  std::size_t index = 0;
  for (const element item : list) {
    report_.enter(index++);
    all = fits_one(type, item, depth + 1) && all;
    report_.leave();
  }
  if (index == 0) report_.broken("empty-list", "STIX 2.1 §2.11", "a list must hold at least one value");
  return all && index != 0;
}

void TypedValues::read(const PropertyTable& table, std::size_t place, const element& value, std::size_t depth,
                       Found& found) {
  const auto bit = PropertyTable::Bits{1} << place;
  const auto& property = table.at(place);
  if (depth == 2) top_ = property.name;
  if ((found.present & bit) != 0)
    report_.broken("duplicate-key", "RFC 7493 §2.3",
                   "the key stands twice, so readers would disagree on its value");
  found.present |= bit;
  found.put(place, value);
  // A key that stands twice is as good as its last value, which is the one that is kept.
  if (fits(property.type, value, depth))
    found.good |= bit;
  else
    found.good &= ~bit;
}

void TypedValues::read_structure(const PropertyTable& table, const simdjson::dom::object& object,
                                 std::size_t depth, Found& found) {
  if (!shape_.allows_depth(depth)) return;
  std::vector<std::string_view> unknown;
  for (const auto field : object) {
    report_.enter(field.key);
    const auto place = table.find(field.key);
    if (place != PropertyTable::none) {
      read(table, place, field.value, depth + 1, found);
    } else if (field.key == "extension_type") {
      // §7.3: it may stand in every extension.
      shape_.walk(field.value, depth + 1, Shape::Keys::free);
    } else {
      unknown.push_back(field.key);
      shape_.walk_member(field.key, field.value, depth + 1,
                         field.key.starts_with("x_") ? Shape::Keys::own : Shape::Keys::checked);
      report_.broken(field.key.starts_with("x_") ? "custom-property" : "unknown-property",
                     stix_section(table.section()), "the standard has no such property here");
    }
    report_.leave();
  }
  if (found.present == 0 && unknown.empty())
    report_.broken("empty-dictionary", "STIX 2.1 §2.4", "a dictionary must hold at least one key");
  if (const auto twice = Shape::repeated_key(unknown); !twice.empty())
    report_.broken_at(twice, "duplicate-key", "RFC 7493 §2.3",
                      "the key stands twice, so readers would disagree on its value");
  check_whole(table, found);
}

bool TypedValues::fits_one(const Type& type, const element& value, std::size_t depth) {
  simdjson::dom::object object;
  switch (type.kind) {
    case Kind::any:
    case Kind::extensions:
      shape_.walk(value, depth, Shape::Keys::free);
      return true;
    case Kind::markings:
      shape_.walk(value, depth, Shape::Keys::checked);
      return true;
    case Kind::forbidden:
      shape_.walk(value, depth, Shape::Keys::checked);
      report_.broken("forbidden-property", "STIX 2.1 §3.2", "an object of this type has no such property");
      return false;
    case Kind::boolean:
      return value.is_bool() || wrong_type("true or false", value, depth);
    case Kind::integer: {
      std::int64_t number = 0;
      if (value.get_int64().get(number) != simdjson::SUCCESS)
        return wrong_type("a whole number", value, depth);
      shape_.walk(value, depth, Shape::Keys::checked);
      if (number >= type.minimum && number <= type.maximum) return true;
      report_.broken("value-range", "STIX 2.1 §2.10",
                     std::to_string(number) + " lies outside what the standard allows here");
      return false;
    }
    case Kind::number: {
      double number = 0;
      if (value.get_double().get(number) != simdjson::SUCCESS) return wrong_type("a number", value, depth);
      if (number >= static_cast<double>(type.minimum) && number <= static_cast<double>(type.maximum))
        return true;
      report_.broken("value-range", "STIX 2.1 §2.6", "lies outside what the standard allows here");
      return false;
    }
    case Kind::hashes:
    case Kind::dictionary:
    case Kind::open_dictionary:
    case Kind::text_dictionary:
    case Kind::text_list_dictionary:
    case Kind::scalar_dictionary:
    case Kind::structure:
    case Kind::observables:
    case Kind::language_content:
      if (value.get_object().get(object) != simdjson::SUCCESS)
        return wrong_type("a dictionary", value, depth);
      break;
    default: {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS)
        return wrong_type(type.kind == Kind::reference ? "an id" : "a text", value, depth);
      return text_fits(type, text);
    }
  }
  if (type.kind == Kind::structure) {
    Found found;
    const auto& table = table_of(*type.structure);
    read_structure(table, object, depth, found);
    if (type.structure == &external_reference) check_external_id(table, found);
    return true;
  }
  shape_.walk(value, depth, type.kind == Kind::open_dictionary ? Shape::Keys::free : Shape::Keys::checked);
  switch (type.kind) {
    case Kind::hashes:
      return hashes_fit(object, depth);
    case Kind::text_dictionary:
    case Kind::text_list_dictionary:
    case Kind::scalar_dictionary:
      return texts_fit(type, object, depth);
    case Kind::observables:
      return observables_fit(object, depth);
    case Kind::language_content:
      return language_contents_fit(object, depth);
    default:
      return true;
  }
}

bool TypedValues::wrong_type(std::string_view wanted, const element& value, std::size_t depth) {
  shape_.walk(value, depth, Shape::Keys::checked);
  report_.broken(report_.at_top() ? "wrong-type" : "wrong-nested-type", "STIX 2.1 §2",
                 "must be " + std::string{wanted});
  return false;
}

bool TypedValues::time_fits(const Type& type, std::string_view text) {
  const auto digits = timestamp_fraction_digits(text);
  if (!digits) {
    report_.broken("bad-timestamp", "STIX 2.1 §2.16",
                   in_quotes(text) + " is not a time of the form YYYY-MM-DDThh:mm:ss[.s+]Z");
    return false;
  }
  if (type.kind == Kind::precise_time && *digits < 3)
    report_.broken("timestamp-precision", "STIX 2.1 §3.2",
                   in_quotes(text) + " needs at least three digits after the second");
  return true;
}

bool TypedValues::word_fits(const Type& type, std::string_view text) {
  const auto& vocabulary = *type.vocabulary;
  if (std::find(vocabulary.words.begin(), vocabulary.words.end(), text) != vocabulary.words.end())
    return true;
  report_.broken(vocabulary.closed ? "closed-vocabulary" : "open-vocabulary",
                 stix_section(vocabulary.section),
                 in_quotes(text) + " is no word of " + std::string{vocabulary.name});
  return !vocabulary.closed;
}

bool TypedValues::reference_fits(const Type& type, std::string_view id) {
  const bool top = report_.at_top();
  if (form_of_id(id) == IdForm::bad) {
    report_.broken(top ? "bad-reference" : "bad-nested-reference", "STIX 2.1 §2.9",
                   "must be an id: type--UUID with the RFC 4122 variant");
    return false;
  }
  if (references_ != nullptr)
    references_->push_back({top ? std::string{top_} : report_.path(), std::string{id}});
  const auto target = type_of_id(id);
  if (is_target(type.targets, target)) return true;
  report_.broken("reference-target", "STIX 2.1 §3.1",
                 in_quotes(id) + " must be the id of " + names_of(type.targets));
  return false;
}

bool TypedValues::hashes_fit(const simdjson::dom::object& hashes, std::size_t depth) {
  bool all = true;
  for (const auto [algorithm, value] : hashes) {
    report_.enter(algorithm);
    std::string_view digest;
    if (value.get_string().get(digest) != simdjson::SUCCESS) {
      all = wrong_type("a text", value, depth + 1);
    } else {
      const auto& known = vocabulary::hash_algorithm.words;
      if (!is_digest_of(algorithm, digest))
        report_.broken("bad-hash", "STIX 2.1 §10.7", in_quotes(digest) + " is no digest of this algorithm");
      else if (std::find(known.begin(), known.end(), algorithm) == known.end())
        report_.broken("hash-name", "STIX 2.1 §10.7",
                       in_quotes(algorithm) + " is no word of hash-algorithm-ov");
    }
    report_.leave();
  }
  return all;
}

bool TypedValues::texts_fit(const Type& type, const simdjson::dom::object& dictionary, std::size_t depth) {
  const bool lists = type.kind == Kind::text_list_dictionary;
  const bool numbers = type.kind == Kind::scalar_dictionary;
  bool all = true;
  for (const auto [key, value] : dictionary) {
    report_.enter(key);
    simdjson::dom::array list;
    const bool fits = lists ? value.get_array().get(list) == simdjson::SUCCESS &&
                                  std::all_of(list.begin(), list.end(),
                                              [](const element& item) { return item.is_string(); })
                            : value.is_string() || (numbers && value.is_int64());
    if (!fits)
      all = wrong_type(lists     ? "a list of texts"
                       : numbers ? "a text or a whole number"
                                 : "a text",
                       value, depth + 1);
    report_.leave();
  }
  return all;
}

bool TypedValues::observables_fit(const simdjson::dom::object& dictionary, std::size_t depth) {
  report_.broken("deprecated", "STIX 2.1 §4.14",
                 "objects is deprecated: name the observables in object_refs");
  bool all = true;
  for (const auto [key, value] : dictionary) {
    report_.enter(key);
    if (!value.is_object())
      all = wrong_type("an observable", value, depth + 1);
    else if (!value.at_key("type").is_string())
      report_.broken_at("type", "missing-property", "STIX 2.1 §4.14", "an observable has a type");
    report_.leave();
  }
  return all;
}

bool TypedValues::language_contents_fit(const simdjson::dom::object& contents, std::size_t depth) {
  bool all = true;
  for (const auto [language, fields] : contents) {
    report_.enter(language);
    if (!is_language_tag(language))
      report_.broken("bad-form", "STIX 2.1 §7.1", in_quotes(language) + " is not a language tag (RFC 5646)");
    if (!fields.is_object()) all = wrong_type("a dictionary", fields, depth + 1);
    report_.leave();
  }
  return all;
}

/// What an object itself needs, and the source of a reference: a structure that lacks something spoils
/// little.
bool TypedValues::is_needed(const PropertyTable& table) const {
  return report_.at_object() || table.section() == external_reference.section;
}

void TypedValues::check_whole(const PropertyTable& table, const Found& found) {
  if (auto missing = table.required() & ~found.present; missing != 0)
    for (std::size_t place = 0; missing != 0; ++place, missing >>= 1U)
      if ((missing & 1U) != 0) {
        const auto& [name, type, presence] = table.at(place);
        if (type.kind == Kind::spec_version)
          report_.broken_at(
              name, "spec-version-missing", "STIX 2.1 §3.2",
              "without spec_version this is STIX 2.0, and only STIX 2.1 is taken: convert it first");
        else
          report_.broken_at(name, is_needed(table) ? "missing-property" : "missing-nested-property",
                            stix_section(table.section()), "'" + std::string{name} + "' is required");
      }
  for (const auto& bound : table.constraints()) check_constraint(table, bound, found);
}

void TypedValues::check_constraint(const PropertyTable& table, const PropertyTable::Bound& bound,
                                   const Found& found) {
  const auto& constraint = *bound.constraint;
  const auto section = [&] { return stix_section(table.section()); };
  const auto present = found.present & bound.all;
  switch (bound.kind) {
    case Constraint::Kind::at_least_one:
      if (present == 0)
        report_.broken("needs-one-of", section(), "needs at least one of " + names_of(constraint, 0, "or"));
      return;
    case Constraint::Kind::any_of_its_own:
      if (present == 0) report_.broken("needs-one-of", section(), "needs at least one property of its type");
      return;
    case Constraint::Kind::exactly_one:
      if (present == 0 || (present & (present - 1)) != 0)
        report_.broken("needs-exactly-one", section(),
                       "needs exactly one of " + names_of(constraint, 0, "and"));
      return;
    case Constraint::Kind::needs:
      if ((present & bound.first) != 0 && present != bound.all)
        report_.broken_at(constraint.names[0], "needs-other", section(),
                          "needs " + names_of(constraint, 1, "and"));
      return;
    case Constraint::Kind::needs_when_true:
      if (is_true(found, bound.first_at) && !found.has(bound.second_at))
        report_.broken_at(constraint.names[1], "needs-other", section(),
                          "must be there when " + std::string{constraint.names[0]} + " is true");
      return;
    case Constraint::Kind::not_when_true:
      if (is_true(found, bound.first_at) && found.has(bound.second_at))
        report_.broken_at(constraint.names[1], "not-beside", section(),
                          "must not be there when " + std::string{constraint.names[0]} + " is true");
      return;
    case Constraint::Kind::only_when_true:
      if (!is_true(found, bound.first_at) && found.has(bound.second_at))
        report_.broken_at(constraint.names[1], "not-beside", section(),
                          "may be there only when " + std::string{constraint.names[0]} + " is true");
      return;
    case Constraint::Kind::not_before:
    case Constraint::Kind::after:
      if (found.has_good(bound.first_at) && found.has_good(bound.second_at))
        check_order(bound, found, section());
      return;
  }
}

void TypedValues::check_order(const PropertyTable::Bound& bound, const Found& found,
                              const std::string& section) {
  const bool strict = bound.kind == Constraint::Kind::after;
  const auto first = found.text(bound.first_at);
  const auto last = found.text(bound.second_at);
  const int order = compare_timestamps(last, first);
  if (order > 0 || (!strict && order == 0)) return;
  const auto& names = bound.constraint->names;
  report_.broken_at(names[1], "wrong-order-of-times", section,
                    std::string{last} + (strict ? " does not lie after " : " lies before ") +
                        std::string{names[0]} + ", " + std::string{first});
}

/// §2.5: references to CAPEC and CVE have ids of their form.
void TypedValues::check_external_id(const PropertyTable& table, const Found& found) {
  const auto source = found.text(table.find("source_name"));
  if (iequals_ascii(source, "cve") && source != "cve")
    report_.broken_at("source_name", "external-id-form", "STIX 2.1 §2.5.2", "must be written 'cve'");
  const auto id = found.text(table.find("external_id"));
  struct Catalogue {
    const char* name;
    bool (*is_id)(std::string_view);
    const char* form;
  };
  for (const auto& [catalogue, is_id, form] :
       {Catalogue{"capec", is_capec_id, "CAPEC-n"}, Catalogue{"cve", is_cve_id, "CVE-YYYY-n"}}) {
    if (source == catalogue && !is_id(id))
      report_.broken_at("external_id", "external-id-form", "STIX 2.1 §2.5.2",
                        std::string{"must be of the form "} + form);
    if (is_id(id) && !iequals_ascii(source, catalogue))
      report_.broken_at("source_name", "external-id-form", "STIX 2.1 §2.5.2",
                        std::string{"must be '"} + catalogue + "' beside an id of the form " + form);
  }
}

}  // namespace tocsin::stix
