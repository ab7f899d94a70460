#include "rules_options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>

#include "base/file.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

void put_text(json::Object& rules, std::string_view key, const std::string& text) {
  if (!text.empty()) rules[{key.data(), key.size()}] = text;
}
void put_flag(json::Object& rules, std::string_view key, const std::string& text) {
  if (!text.empty()) rules[{key.data(), key.size()}] = text == "yes";
}
/// The text of a file; `none` takes the policy away.
Status put_file(json::Object& rules, std::string_view key, const std::string& path) {
  if (path.empty()) return {};
  constexpr std::uint64_t bytes_max = 16 << 10;
  auto text = path == "none" ? Result<std::string>{std::string{}} : read_file(path, bytes_max);
  if (!text) return in_context(path, std::move(text).error());
  rules[{key.data(), key.size()}] = *std::move(text);
  return {};
}
void put_list(json::Object& rules, std::string_view key, const std::vector<std::string>& given) {
  if (given.empty()) return;
  json::Array list;
  for (const auto& part : split_list(given))
    if (part != "none" && part != "any") list.emplace_back(part);
  rules[{key.data(), key.size()}] = std::move(list);
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  return bad == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}
/// "100", "100/hour", or "none", which is null.
Status put_number(json::Object& rules, std::string_view key, std::string_view option,
                  const std::string& given) {
  if (given.empty()) return {};
  std::string_view text = given;
  constexpr std::string_view per_hour = "/hour";
  if (text.ends_with(per_hour)) text.remove_suffix(per_hour.size());
  const auto number = number_in(text);
  if (!number && given != "none")
    return Error{Errc::invalid_input, std::string{option} + " takes a number, not '" + given + "'"};
  rules[{key.data(), key.size()}] = number ? json::Value(*number) : json::Value(nullptr);
  return {};
}
/// KIND=DAYS; "none" alone takes all away.
Status put_days(json::Object& rules, std::string_view key, std::string_view option,
                const std::vector<std::string>& given) {
  if (given.empty()) return {};
  json::Object days_by_kind;
  for (const auto& part : split_list(given)) {
    if (part == "none") continue;
    const auto equals = part.find('=');
    const auto days = equals == std::string::npos ? std::nullopt : number_in(part.substr(equals + 1));
    if (!days || *days == 0)
      return Error{Errc::invalid_input, std::string{option} + " takes KIND=DAYS, not '" + part + "'"};
    days_by_kind[part.substr(0, equals)] = *days;
  }
  rules[{key.data(), key.size()}] = std::move(days_by_kind);
  return {};
}

}  // namespace

void add_rules_options(CLI::App& verb, RulesOptions& options) {
  const auto yes_or_no = CLI::IsMember({"yes", "no"});
  const auto levels = CLI::IsMember({"clear", "green", "amber", "amber+strict", "red"});
  const char* group = "Rules";
  verb.add_option("--tlp-max", options.tlp_max, "the strictest marking that may be shared")
      ->type_name("LEVEL")
      ->check(levels)
      ->group(group);
  verb.add_option("--tlp-default", options.tlp_default, "of objects without a TLP marking")
      ->type_name("LEVEL")
      ->check(levels)
      ->group(group);
  verb.add_option("--kinds", options.kinds, "company, association, researcher, government")
      ->type_name("K,…")
      ->allow_extra_args(false)
      ->group(group);
  verb.add_option("--roles", options.roles, "government roles: cert, regulator, …; none")
      ->type_name("R,…")
      ->allow_extra_args(false)
      ->group(group);
  verb.add_option("--sectors", options.sectors, "sectors that may belong; any")
      ->type_name("S,…")
      ->allow_extra_args(false)
      ->group(group);
  verb.add_option("--newcomers-see-history", options.history)
      ->type_name("yes|no")
      ->check(yes_or_no)
      ->group(group);
  verb.add_option("--attribution", options.attribution, "when the sharer says nothing")
      ->type_name("named|unnamed")
      ->check(CLI::IsMember({"named", "unnamed"}))
      ->group(group);
  verb.add_option("--sightings", options.sightings)
      ->type_name("off|count|named")
      ->check(CLI::IsMember({"off", "count", "named"}))
      ->group(group);
  verb.add_option("--sightings-to-government", options.sightings_to_government)
      ->type_name("yes|no")
      ->check(yes_or_no)
      ->group(group);
  verb.add_option("--screening", options.screening,
                  "the hub refuses what may point at a person or into a house")
      ->type_name("yes|no")
      ->check(yes_or_no)
      ->group(group);
  verb.add_option("--screen-policy", options.screen_policy,
                  "what the circle's screen has beyond the hub's, TOML")
      ->type_name("FILE")
      ->group(group);
  verb.add_option("--government-policy", options.government_screen_policy,
                  "government reads only what passes this, too")
      ->type_name("FILE")
      ->group(group);
  verb.add_option("--lifetime", options.lifetimes, "how long a kind of value matches, e.g. ipv4=30,domain=90")
      ->type_name("KIND=DAYS,…")
      ->allow_extra_args(false)
      ->group(group);
  verb.add_option("--decay", options.decays,
                  "in how many days a kind of value loses half its freshness, e.g. ipv4=30,domain=90; none")
      ->type_name("KIND=DAYS,…")
      ->allow_extra_args(false)
      ->group(group);
  verb.add_option("--decay-floor", options.decay_floor,
                  "below this freshness an indicator is ended for everybody; 0: never")
      ->type_name("PERCENT")
      ->group(group);
  verb.add_option("--end-expired", options.end_expired,
                  "what is past its valid_until or lifetime is ended in the log, too, for those who poll")
      ->type_name("yes|no")
      ->check(yes_or_no)
      ->group(group);
  verb.add_option("--flood", options.flood,
                  "objects an hour that pass from one member; what is above is held")
      ->type_name("N/hour|none")
      ->group(group);
  verb.add_option("--newcomer-flood", options.newcomer_flood, "the same while a member is new; 0 holds all")
      ->type_name("N/hour|none")
      ->group(group);
  verb.add_option("--newcomer-days", options.newcomer_days, "how long a member is new")
      ->type_name("DAYS")
      ->group(group);
  verb.add_option("--context", options.context,
                  "any: an indicator needs a confidence, a kill chain phase or a sentence")
      ->type_name("none|any")
      ->check(CLI::IsMember({"none", "any"}))
      ->group(group);
}

Result<json::Object> rules_json(const RulesOptions& options) {
  json::Object rules;
  put_text(rules, "tlp_max", options.tlp_max);
  put_text(rules, "tlp_default", options.tlp_default);
  put_text(rules, "attribution", options.attribution);
  put_text(rules, "sightings", options.sightings);
  put_flag(rules, "newcomers_see_history", options.history);
  put_flag(rules, "sightings_to_government", options.sightings_to_government);
  put_flag(rules, "screening", options.screening);
  TOCSIN_TRY(put_file(rules, "screen_policy", options.screen_policy));
  TOCSIN_TRY(put_file(rules, "government_screen_policy", options.government_screen_policy));
  put_list(rules, "kinds", options.kinds);
  put_list(rules, "government_roles", options.roles);
  put_list(rules, "sectors", options.sectors);
  TOCSIN_TRY(put_days(rules, "lifetime_days", "--lifetime", options.lifetimes));
  TOCSIN_TRY(put_days(rules, "decay_days", "--decay", options.decays));
  put_flag(rules, "end_expired", options.end_expired);
  put_text(rules, "context", options.context);
  TOCSIN_TRY(put_number(rules, "decay_floor", "--decay-floor", options.decay_floor));
  TOCSIN_TRY(put_number(rules, "flood", "--flood", options.flood));
  TOCSIN_TRY(put_number(rules, "newcomer_flood", "--newcomer-flood", options.newcomer_flood));
  TOCSIN_TRY(put_number(rules, "newcomer_days", "--newcomer-days", options.newcomer_days));
  return rules;
}

}  // namespace tocsin::cli
