#include "policy/types.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"
#include "stix/value_kind.hpp"

namespace tocsin::policy {
namespace {

template <class Value, std::size_t Size>
using Names = std::array<std::pair<Value, std::string_view>, Size>;

constexpr Names<MemberKind, 4> member_kinds{{{MemberKind::company, "company"},
                                             {MemberKind::government, "government"},
                                             {MemberKind::association, "association"},
                                             {MemberKind::researcher, "researcher"}}};
constexpr Names<GovernmentRole, 5> government_roles{{{GovernmentRole::none, "none"},
                                                     {GovernmentRole::cert, "cert"},
                                                     {GovernmentRole::regulator, "regulator"},
                                                     {GovernmentRole::law_enforcement, "law-enforcement"},
                                                     {GovernmentRole::intelligence, "intelligence"}}};
constexpr Names<Standing, 3> standings{
    {{Standing::active, "active"}, {Standing::suspended, "suspended"}, {Standing::removed, "removed"}}};
constexpr Names<Scope, 6> scopes_by_name{{{Scope::read, "read"},
                                          {Scope::share, "share"},
                                          {Scope::sight, "sight"},
                                          {Scope::administer, "administer"},
                                          {Scope::steward, "steward"},
                                          {Scope::operate, "operate"}}};
constexpr Names<Attribution, 2> attributions{
    {{Attribution::unnamed, "unnamed"}, {Attribution::named, "named"}}};
constexpr Names<SightingRule, 3> sighting_rules{
    {{SightingRule::off, "off"}, {SightingRule::count, "count"}, {SightingRule::named, "named"}}};
constexpr Names<ContextRule, 2> context_rules{{{ContextRule::none, "none"}, {ContextRule::any, "any"}}};
constexpr Names<MarkingClass::Shape, 5> shapes{{{MarkingClass::Shape::content, "content"},
                                                {MarkingClass::Shape::governance, "governance"},
                                                {MarkingClass::Shape::held, "held"},
                                                {MarkingClass::Shape::sighting, "sighting"},
                                                {MarkingClass::Shape::direct, "direct"}}};

template <class Value, std::size_t Size>
std::string_view name_in(const Names<Value, Size>& names, Value value) {
  for (const auto& [known, text] : names)
    if (known == value) return text;
  return "unknown";
}

template <class Value, std::size_t Size>
std::optional<Value> value_in(const Names<Value, Size>& names, std::string_view text) {
  for (const auto& [known, name] : names)
    if (name == text) return known;
  return std::nullopt;
}

template <class Value, std::size_t Size>
std::string choices(const Names<Value, Size>& names) {
  std::string out;
  for (const auto& [value, name] : names) out += (out.empty() ? "" : ", ") + std::string{name};
  return out;
}

/// Reads an optional field whose text is one of `names` into `out`.
template <class Value, std::size_t Size>
Status take_named(const json::Object& object, std::string_view key, const Names<Value, Size>& names,
                  Value& out) {
  auto text = json::optional_text(object, key);
  if (!text) return std::move(text).error();
  if (!*text) return {};
  const auto value = value_in(names, **text);
  if (!value)
    return Error{Errc::invalid_input, "'" + std::string{key} + "' must be one of: " + choices(names)};
  out = *value;
  return {};
}

template <class Value, std::size_t Size>
Status take_named_set(const json::Object& object, std::string_view key, const Names<Value, Size>& names,
                      std::set<Value>& out) {
  if (!object.contains({key.data(), key.size()})) return {};
  auto texts = json::texts(object, key);
  if (!texts) return std::move(texts).error();
  out.clear();
  for (const auto& text : *texts) {
    const auto value = value_in(names, text);
    if (!value)
      return Error{Errc::invalid_input,
                   "'" + std::string{key} + "' may hold: " + choices(names) + "; not '" + text + "'"};
    out.insert(*value);
  }
  return {};
}

Status take_tlp(const json::Object& object, std::string_view key, stix::Tlp& out) {
  auto text = json::optional_text(object, key);
  if (!text) return std::move(text).error();
  if (!*text) return {};
  const auto level = stix::parse_tlp(**text);
  if (!level)
    return Error{Errc::invalid_input,
                 "'" + std::string{key} + "' must be one of: clear, green, amber, amber+strict, red"};
  out = *level;
  return {};
}

Status take_flag(const json::Object& object, std::string_view key, bool& out) {
  auto flag = json::optional_flag(object, key);
  if (!flag) return std::move(flag).error();
  if (*flag) out = **flag;
  return {};
}

Status take_policy_text(const json::Object& object, std::string_view key, std::string& out) {
  constexpr std::size_t bytes_max = 16 << 10;
  auto text = json::optional_text(object, key);
  if (!text) return std::move(text).error();
  if (*text && (*text)->size() > bytes_max)
    return Error{Errc::invalid_input,
                 "'" + std::string{key} + "' is longer than " + std::to_string(bytes_max) + " bytes"};
  if (*text) out = **text;
  return {};
}

/// A whole number up to `most`.
Status take_count(const json::Object& object, std::string_view key, std::uint32_t most, std::uint32_t& out) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr) return {};
  if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > most)
    return Error{Errc::invalid_input, "'" + std::string{key} + "' must be 0 to " + std::to_string(most)};
  out = static_cast<std::uint32_t>(value->get_int64());
  return {};
}

/// The same, and null for no limit.
Status take_optional_count(const json::Object& object, std::string_view key,
                           std::optional<std::uint32_t>& out) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr) return {};
  if (value->is_null()) {
    out.reset();
    return {};
  }
  std::uint32_t number = 0;
  TOCSIN_TRY(take_count(object, key, 1'000'000'000, number));
  out = number;
  return {};
}

json::Value number_or_null(const std::optional<std::uint32_t>& number) {
  return number ? json::Value(*number) : json::Value(nullptr);
}

using DaysByKind = std::map<std::string, std::uint32_t>;

Status take_days(const json::Object& object, std::string_view key, DaysByKind& out) {
  const auto* given = object.if_contains({key.data(), key.size()});
  if (given == nullptr) return {};
  if (!given->is_object()) return Error{Errc::invalid_input, "'" + std::string{key} + "' must be an object"};
  out.clear();
  for (const auto& [kind, days] : given->get_object()) {
    if (!days.is_int64() || days.get_int64() < 1 || days.get_int64() > 36'500)
      return Error{Errc::invalid_input,
                   "'" + std::string{key} + '.' + std::string{kind} + "' must be 1 to 36500"};
    out[std::string{kind}] = static_cast<std::uint32_t>(days.get_int64());
  }
  return {};
}

json::Object days_json(const DaysByKind& days_by_kind) {
  json::Object out;
  for (const auto& [kind, days] : days_by_kind) out[kind] = days;
  return out;
}

json::Array names_array(const std::set<std::string>& texts) {
  json::Array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

Audience audience_of(const Rules& rules) {
  Audience audience;
  for (const auto kind : rules.kinds)
    audience.kinds |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  for (const auto role : rules.government_roles)
    audience.government_roles |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
  audience.sectors = rules.sectors;
  return audience;
}

/// Whom both let in. An empty set of sectors means any.
Audience common(const Audience& a, const Audience& b) {
  Audience both{static_cast<std::uint8_t>(a.kinds & b.kinds),
                static_cast<std::uint8_t>(a.government_roles & b.government_roles),
                {}};
  if (a.sectors.empty() || b.sectors.empty()) {
    both.sectors = a.sectors.empty() ? b.sectors : a.sectors;
    return both;
  }
  std::set_intersection(a.sectors.begin(), a.sectors.end(), b.sectors.begin(), b.sectors.end(),
                        std::inserter(both.sectors, both.sectors.end()));
  if (both.sectors.empty()) both.kinds = 0;  // no sector is in both: nobody, which an empty set could not say
  return both;
}

}  // namespace

std::string_view name(MemberKind kind) {
  return name_in(member_kinds, kind);
}
std::string_view name(GovernmentRole role) {
  return name_in(government_roles, role);
}
std::string_view name(Standing standing) {
  return name_in(standings, standing);
}
std::string_view name(Scope scope) {
  return name_in(scopes_by_name, scope);
}
std::optional<MemberKind> parse_member_kind(std::string_view text) {
  return value_in(member_kinds, text);
}
std::optional<GovernmentRole> parse_government_role(std::string_view text) {
  return value_in(government_roles, text);
}
std::optional<Scope> parse_scope(std::string_view text) {
  return value_in(scopes_by_name, text);
}

std::vector<std::string_view> names_of(Scopes scopes) {
  std::vector<std::string_view> out;
  for (const auto& [scope, text] : scopes_by_name)
    if ((scopes & scope_bit(scope)) != 0) out.push_back(text);
  return out;
}

Audience audience_at(const Circle& circle, Timestamp time) {
  Audience audience;
  bool first = true;
  for (const auto& version : circle.rules) {
    if (version.logged > time) break;
    const Audience next = audience_of(version.rules);
    const bool in_force = first || time >= version.logged + widening_delay;
    audience = in_force ? next : common(next, audience);
    first = false;
  }
  return audience;
}

std::string to_json(const Rules& rules) {
  json::Array kinds;
  for (const auto kind : rules.kinds) kinds.emplace_back(name(kind));
  json::Array roles;
  for (const auto role : rules.government_roles) roles.emplace_back(name(role));
  return json::dump(json::Object{{"tlp_max", stix::name(rules.tlp_max)},
                                 {"tlp_default", stix::name(rules.tlp_default)},
                                 {"kinds", kinds},
                                 {"government_roles", roles},
                                 {"sectors", names_array(rules.sectors)},
                                 {"newcomers_see_history", rules.newcomers_see_history},
                                 {"attribution", name_in(attributions, rules.attribution)},
                                 {"sightings", name_in(sighting_rules, rules.sightings)},
                                 {"sightings_to_government", rules.sightings_to_government},
                                 {"lifetime_days", days_json(rules.lifetime_days)},
                                 {"screening", rules.screening},
                                 {"screen_policy", rules.screen_policy},
                                 {"government_screen_policy", rules.government_screen_policy},
                                 {"decay_days", days_json(rules.decay_days)},
                                 {"decay_floor", rules.decay_floor},
                                 {"end_expired", rules.end_expired},
                                 {"flood", number_or_null(rules.flood)},
                                 {"newcomer_flood", number_or_null(rules.newcomer_flood)},
                                 {"newcomer_days", rules.newcomer_days},
                                 {"context", name_in(context_rules, rules.context)}});
}

Result<Rules> parse_rules(std::string_view json_text, const Rules& base) {
  auto object = json::parse_object(json_text);
  if (!object) return std::move(object).error();
  for (const auto& [key, value] : *object) {
    constexpr std::array<std::string_view, 20> known{"tlp_max",
                                                     "tlp_default",
                                                     "kinds",
                                                     "government_roles",
                                                     "sectors",
                                                     "newcomers_see_history",
                                                     "attribution",
                                                     "sightings",
                                                     "sightings_to_government",
                                                     "lifetime_days",
                                                     "screening",
                                                     "screen_policy",
                                                     "government_screen_policy",
                                                     "decay_days",
                                                     "decay_floor",
                                                     "end_expired",
                                                     "flood",
                                                     "newcomer_flood",
                                                     "newcomer_days",
                                                     "context"};
    if (std::find(known.begin(), known.end(), std::string_view{key.data(), key.size()}) == known.end())
      return Error{Errc::invalid_input, "rules have no field '" + std::string{key} + "'"};
  }
  Rules rules = base;
  TOCSIN_TRY(take_tlp(*object, "tlp_max", rules.tlp_max));
  if (!object->contains("tlp_default")) rules.tlp_default = std::min(rules.tlp_default, rules.tlp_max);
  TOCSIN_TRY(take_tlp(*object, "tlp_default", rules.tlp_default));
  if (rules.tlp_default > rules.tlp_max)
    return Error{Errc::invalid_input, "'tlp_default' is stricter than 'tlp_max' allows"};
  TOCSIN_TRY(take_named_set(*object, "kinds", member_kinds, rules.kinds));
  TOCSIN_TRY(take_named_set(*object, "government_roles", government_roles, rules.government_roles));
  if (object->contains("sectors")) {
    auto sectors = json::texts(*object, "sectors");
    if (!sectors) return std::move(sectors).error();
    rules.sectors = {sectors->begin(), sectors->end()};
  }
  TOCSIN_TRY(take_flag(*object, "newcomers_see_history", rules.newcomers_see_history));
  TOCSIN_TRY(take_named(*object, "attribution", attributions, rules.attribution));
  TOCSIN_TRY(take_named(*object, "sightings", sighting_rules, rules.sightings));
  TOCSIN_TRY(take_flag(*object, "sightings_to_government", rules.sightings_to_government));
  TOCSIN_TRY(take_flag(*object, "screening", rules.screening));
  TOCSIN_TRY(take_policy_text(*object, "screen_policy", rules.screen_policy));
  TOCSIN_TRY(take_policy_text(*object, "government_screen_policy", rules.government_screen_policy));
  TOCSIN_TRY(take_days(*object, "lifetime_days", rules.lifetime_days));
  TOCSIN_TRY(take_days(*object, "decay_days", rules.decay_days));
  for (const auto& [kind, days] : rules.decay_days)
    if (!stix::parse_value_kind(kind))
      return Error{Errc::invalid_input, "'decay_days." + kind + "': there is no such kind of value"};
  TOCSIN_TRY(take_count(*object, "decay_floor", 99, rules.decay_floor));
  TOCSIN_TRY(take_flag(*object, "end_expired", rules.end_expired));
  TOCSIN_TRY(take_optional_count(*object, "flood", rules.flood));
  TOCSIN_TRY(take_optional_count(*object, "newcomer_flood", rules.newcomer_flood));
  TOCSIN_TRY(take_count(*object, "newcomer_days", 3650, rules.newcomer_days));
  TOCSIN_TRY(take_named(*object, "context", context_rules, rules.context));
  return rules;
}

std::string to_json(const MarkingClass& value) {
  json::Array recipients;
  for (const auto member : value.recipients) recipients.emplace_back(member.value());
  std::string out = json::dump(json::Object{{"shape", name_in(shapes, value.shape)},
                                            {"tlp", stix::name(value.tlp)},
                                            {"kinds", value.audience.kinds},
                                            {"government_roles", value.audience.government_roles},
                                            {"sectors", names_array(value.audience.sectors)},
                                            {"recipients", recipients},
                                            {"author", value.author.value()},
                                            {"sightings_to_government", value.sightings_to_government}});
  // Written only where there is one: the classes of older logs keep their text.
  if (value.handling != Handling{}) {
    out.pop_back();
    out += R"(,"handling":)" + to_json(value.handling) + '}';
  }
  return out;
}

Result<MarkingClass> parse_marking_class(std::string_view json_text) {
  auto object = json::parse_object(json_text);
  if (!object) return std::move(object).error();
  MarkingClass value;
  TOCSIN_TRY(take_named(*object, "shape", shapes, value.shape));
  TOCSIN_TRY(take_tlp(*object, "tlp", value.tlp));
  value.audience.kinds = static_cast<std::uint8_t>(json::number_or(*object, "kinds"));
  value.audience.government_roles = static_cast<std::uint8_t>(json::number_or(*object, "government_roles"));
  auto sectors = json::texts(*object, "sectors");
  if (!sectors) return std::move(sectors).error();
  value.audience.sectors = {sectors->begin(), sectors->end()};
  if (const auto* recipients = object->if_contains("recipients");
      recipients != nullptr && recipients->is_array())
    for (const auto& member : recipients->get_array())
      if (member.is_int64())
        value.recipients.insert(MemberId{static_cast<std::uint64_t>(member.get_int64())});
  value.author = MemberId{json::number_or(*object, "author")};
  TOCSIN_TRY(take_flag(*object, "sightings_to_government", value.sightings_to_government));
  if (const auto* handling = object->if_contains("handling")) {
    auto parsed = parse_handling(json::dump(*handling));
    if (!parsed) return std::move(parsed).error();
    value.handling = *std::move(parsed);
  }
  return value;
}

}  // namespace tocsin::policy
