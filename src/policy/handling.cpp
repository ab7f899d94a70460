#include "policy/handling.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"

namespace tocsin::policy {
namespace {

using stix::AcsScope;
using stix::AcsTerms;

constexpr Readers nobody = 0;
constexpr Readers everybody = 0xff;
constexpr Readers government_readers = reader_bit(Reader::cert) | reader_bit(Reader::regulator) |
                                       reader_bit(Reader::law_enforcement) |
                                       reader_bit(Reader::intelligence) | reader_bit(Reader::government);
constexpr Readers private_readers = static_cast<Readers>(everybody & ~government_readers);
constexpr Reach only_named{nobody, everybody};

Reach either(Reach a, Reach b) {
  return {static_cast<Readers>(a.open | b.open), static_cast<Readers>(a.named | b.named)};
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

using Word = std::pair<std::string_view, Reach>;

/// Whom a list of words covers, any of them. A word that is not known may mean anybody.
template <std::size_t Size>
Reach any_of(const std::vector<std::string>& list, const std::array<Word, Size>& known) {
  if (list.empty() || has(list, "ALL")) return {};
  Reach reach{nobody, nobody};
  for (const auto& item : list) {
    const auto* found = std::ranges::find(known, item, &Word::first);
    reach = either(reach, found == known.end() ? only_named : found->second);
  }
  return reach;
}

constexpr Reach exactly(Readers readers) {
  return {readers, readers};
}
constexpr Reach all_but(Readers readers) {
  return exactly(static_cast<Readers>(~readers & everybody));
}

// What a member is to the hub cannot tell the USA's government from another's, nor a bank from a utility:
// only these words can be checked. State and local bodies are government and not federal, so NONFED may mean
// them.
constexpr std::array<Word, 2> organizations{
    {{"PRIVATESECTOR", {reader_bit(Reader::company), private_readers}},
     {"NONFED", {private_readers, everybody}}}};
constexpr std::array<Word, 4> shareability{{{"NCC", exactly(reader_bit(Reader::cert))},
                                            {"LE", exactly(reader_bit(Reader::law_enforcement))},
                                            {"IC", exactly(reader_bit(Reader::intelligence))},
                                            {"EM", {nobody, everybody}}}};
// Servers, services, devices and networks (SVR, SVC, DEV, NET) read nothing here but for a member.
constexpr std::array<Word, 7> entities{{{"GOV", exactly(government_readers)},
                                        {"MIL", {nobody, government_readers}},
                                        {"CTR", {nobody, private_readers}},
                                        {"SVR", {nobody, nobody}},
                                        {"SVC", {nobody, nobody}},
                                        {"DEV", {nobody, nobody}},
                                        {"NET", {nobody, nobody}}}};
constexpr std::array<Word, 2> sensitivities{{{"LES", exactly(reader_bit(Reader::law_enforcement))},
                                             {"INT", exactly(reader_bit(Reader::intelligence))}}};
constexpr std::array<Word, 2> sharing_scopes{
    {{"FOREIGNGOV", {nobody, government_readers}}, {"SECTOR", {nobody, private_readers}}}};

Reach covered(const AcsScope& scope) {
  const Reach nationality = any_of(scope.nationalities, std::array<Word, 0>{});
  return both(both(nationality, any_of(scope.organizations, organizations)),
              both(any_of(scope.shareability, shareability), any_of(scope.entities, entities)));
}

/// What the rules for one action say: a permit counts where it is sure, a denial already where it may apply.
struct Effect {
  Reach permitted{nobody, nobody};
  Readers denied = nobody;
  void add(Reach whom, bool permit) {
    if (permit)
      permitted = either(permitted, whom);
    else
      denied |= whom.named;
  }
  Reach settled(bool permitted_by_default) const {
    return both(permitted_by_default ? Reach{} : permitted, all_but(denied));
  }
};

Effect effect_of(const AcsTerms& terms, std::string_view action) {
  Effect effect;
  for (const auto& rule : terms.privileges)
    if (rule.action == action || rule.action == "ALL") effect.add(covered(rule.scope), rule.permit);
  return effect;
}

Reach privilege(const AcsTerms& terms, std::string_view action) {
  return effect_of(terms, action).settled(terms.privileges_permitted);
}

/// The act's uses hold some of law enforcement and of others; they count for those whom the marking names,
/// not for all.
Reach uses_of_the_act_for(const AcsTerms& terms, std::string_view group) {
  Reach reach{nobody, nobody};
  for (const auto& rule : terms.privileges)
    if (rule.permit && rule.action == "CISAUSES" && has(rule.scope.shareability, group))
      reach = either(reach, covered(rule.scope));
  return both(reach, all_but(effect_of(terms, "CISAUSES").denied));
}

/// Each reader by what it is for: defence, the law, intelligence.
Reach use_of(const AcsTerms& terms) {
  Reach defence{nobody, nobody};
  Readers denied = nobody;
  for (const auto* action : {"DSPLY", "NETDEF", "CISAUSES"}) {
    defence = either(defence, privilege(terms, action));
    denied |= effect_of(terms, action).denied;
  }
  defence = both(defence, all_but(denied));
  const Reach legal = privilege(terms, "LEGAL");
  const Reach intelligence = privilege(terms, "INTEL");
  const auto legal_denied = all_but(effect_of(terms, "LEGAL").denied);
  const auto intelligence_denied = all_but(effect_of(terms, "INTEL").denied);

  const auto part = [](Reach reach, Readers readers) { return both(reach, exactly(readers)); };
  Reach use = part(defence, private_readers | reader_bit(Reader::cert));
  use = either(use, part(legal, reader_bit(Reader::regulator)));
  use = either(use, part(both(either(legal, uses_of_the_act_for(terms, "LE")), legal_denied),
                         reader_bit(Reader::law_enforcement)));
  use = either(use, part(both(either(intelligence, uses_of_the_act_for(terms, "IC")), intelligence_denied),
                         reader_bit(Reader::intelligence)));
  return either(use, part(both(defence, both(legal, intelligence)), reader_bit(Reader::government)));
}

Reach access_to(const AcsTerms& terms) {
  Reach access = covered(terms.control);
  constexpr std::array<std::string_view, 6> no_limit{"PUBREL",
                                                     "AIS",
                                                     "FOUO",
                                                     "NO-PII-PRESENT",
                                                     "PII-NECESSARY-TO-UNDERSTAND-THREAT",
                                                     "INFORMATION-DIRECTLY-RELATED-TO-CYBERSECURITY-THREAT"};
  for (const auto& word : terms.formal_determination)
    if (std::ranges::find(no_limit, word) == no_limit.end()) access = both(access, only_named);
  for (const auto& word : terms.caveat)
    if (word != "POSSIBLEPII" && word != "CISAPROPRIETARY") access = both(access, only_named);
  for (const auto& word : terms.sensitivity) {
    const auto* found = std::ranges::find(sensitivities, word, &Word::first);
    access = both(access, found == sensitivities.end() ? only_named : found->second);
  }
  return terms.more_controls ? both(access, only_named) : access;
}

Reach further_sharing(const AcsTerms& terms) {
  Effect effect;
  for (const auto& rule : terms.sharing) {
    Reach whom{nobody, nobody};
    for (const auto& word : rule.scope) {
      const auto* scope = std::ranges::find(sharing_scopes, word, &Word::first);
      whom = either(whom, scope != sharing_scopes.end() ? scope->second : any_of({word}, organizations));
    }
    effect.add(whom, rule.permit);
  }
  return effect.settled(terms.sharing_permitted);
}

void demand_acs(const AcsTerms& terms, const Sharing& sharing, Demand& demand) {
  if (terms.classification != "U")
    demand.refusal = "its ACS marking classifies it; Tocsin holds nothing classified";
  Handling& handling = demand.handling;
  handling.access = access_to(terms);
  const Reach further = further_sharing(terms);
  if (sharing.made_by_another) handling.access = both(handling.access, further);
  handling.clients = further.open == everybody;
  handling.use = use_of(terms);
  handling.source_hidden = privilege(terms, "IDSRC").open != everybody;
}

void demand_iep(const stix::IepTerms& terms, const Sharing& sharing, Demand& demand) {
  using enum stix::IepTerms::Attribution;
  demand.level = terms.tlp;
  if ((terms.start && *terms.start > sharing.now) || (terms.end && *terms.end <= sharing.now))
    demand.refusal = "its IEP policy is not in force: see start_date and end_date";
  Handling& handling = demand.handling;
  handling.iep = true;
  handling.source_hidden = terms.attribution == must_not;
  handling.source_named = terms.attribution == must;
  handling.actions = terms.actions;
  handling.encrypt = terms.encrypt;
  handling.may_notify = terms.may_notify;
  handling.may_resell = terms.may_resell;
}

json::Array pair_of(Reach reach) {
  return {reach.open, reach.named};
}

Status take_reach(const json::Object& object, std::string_view key, Reach& out) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr) return {};
  const auto number = [&](std::size_t at) -> std::int64_t {
    const auto* item = value->is_array() ? value->get_array().if_contains(at) : nullptr;
    return item != nullptr && item->is_int64() ? item->get_int64() : -1;
  };
  const auto open = number(0);
  const auto named = number(1);
  if (open < 0 || open > everybody || named < 0 || named > everybody || (open & ~named) != 0)
    return Error{Errc::invalid_input,
                 "'" + std::string{key} + "' must be two sets of readers, the second holding the first"};
  out = {static_cast<Readers>(open), static_cast<Readers>(named)};
  return {};
}

}  // namespace

Handling strictest(const Handling& a, const Handling& b) {
  Handling both_of;
  both_of.access = both(a.access, b.access);
  both_of.use = both(a.use, b.use);
  both_of.consent = both(a.consent, b.consent);
  both_of.clients = a.clients && b.clients;
  both_of.source_hidden = a.source_hidden || b.source_hidden;
  both_of.source_named = a.source_named || b.source_named;
  both_of.not_read = a.not_read || b.not_read;
  both_of.iep = a.iep || b.iep;
  both_of.actions = std::min(a.actions, b.actions);
  both_of.encrypt = a.encrypt || b.encrypt;
  both_of.may_notify = a.may_notify && b.may_notify;
  both_of.may_resell = a.may_resell && b.may_resell;
  return both_of;
}

bool at_least_as_strict(const Handling& a, const Handling& b) {
  return strictest(a, b) == a;
}

Handling consent_handling(stix::AisConsent consent, const Sharing& sharing) {
  Handling handling;
  if (!sharing.names_source) return handling;  // nobody learns the source, so nobody needs a consent
  if (consent == stix::AisConsent::none) handling.consent = exactly(nobody);
  if (consent == stix::AisConsent::government) handling.consent = exactly(government_readers);
  return handling;
}

Demand demand_of(const stix::MarkingTerms& terms, const Sharing& sharing) {
  Demand demand;
  if (terms.acs) demand_acs(*terms.acs, sharing, demand);
  if (terms.iep) {
    Demand iep;
    demand_iep(*terms.iep, sharing, iep);
    demand.handling = strictest(demand.handling, iep.handling);
    demand.level = iep.level;
    if (demand.refusal.empty()) demand.refusal = iep.refusal;
  }
  if (terms.ais) {
    demand.handling = strictest(demand.handling, consent_handling(terms.ais->consent, sharing));
    if (terms.ais->tlp) demand.level = std::max(demand.level.value_or(stix::Tlp::clear), *terms.ais->tlp);
  }
  demand.handling.not_read = !terms.not_understood.empty();
  return demand;
}

Status may_handle(const Handling& handling, const Sharing& sharing, bool has_recipients) {
  const auto refused = [](std::string why) -> Status { return Error{Errc::invalid_input, std::move(why)}; };
  if (sharing.names_source && handling.source_hidden)
    return refused(
        "its marking (ACS IDSRC or IEP provider_attribution) forbids to name the source: share it unnamed, "
        "and no identity");
  if (!sharing.names_source && !sharing.made_by_another && handling.source_named)
    return refused("its IEP marking demands provider_attribution: share it --named");
  const auto consent = has_recipients ? handling.consent.named : handling.consent.open;
  if (consent == nobody)
    return refused("its AIS consent is 'none', and it tells the source: share it unnamed, and no identity");
  const Reach acs = both(handling.access, handling.use);
  if (acs.named == nobody) return refused("its ACS marking lets no kind of member read it");
  if (!has_recipients && (acs.open & consent) == nobody)
    return refused(
        "its ACS marking asks what the hub cannot check (nationality, organisation): name the recipients "
        "(--to)");
  return {};
}

std::string to_json(const Handling& handling) {
  json::Object out;
  const Handling normal;
  if (handling.access != normal.access) out["access"] = pair_of(handling.access);
  if (handling.use != normal.use) out["use"] = pair_of(handling.use);
  if (handling.consent != normal.consent) out["consent"] = pair_of(handling.consent);
  if (!handling.clients) out["clients"] = false;
  if (handling.source_hidden) out["source_hidden"] = true;
  if (handling.source_named) out["source_named"] = true;
  if (handling.not_read) out["not_read"] = true;
  if (handling.iep) {
    out["actions"] = stix::name(handling.actions);
    out["encrypt"] = handling.encrypt;
    out["may_notify"] = handling.may_notify;
    out["may_resell"] = handling.may_resell;
  }
  return json::dump(out);
}

Result<Handling> parse_handling(std::string_view text) {
  auto object = json::parse_object(text);
  if (!object) return std::move(object).error();
  Handling handling;
  TOCSIN_TRY(take_reach(*object, "access", handling.access));
  TOCSIN_TRY(take_reach(*object, "use", handling.use));
  TOCSIN_TRY(take_reach(*object, "consent", handling.consent));
  handling.clients = json::flag_or(*object, "clients", true);
  handling.source_hidden = json::flag_or(*object, "source_hidden");
  handling.source_named = json::flag_or(*object, "source_named");
  handling.not_read = json::flag_or(*object, "not_read");
  handling.iep = object->contains("actions");
  if (!handling.iep) return handling;
  const auto actions = stix::parse_permitted_actions(json::text_or(*object, "actions"));
  if (!actions) return Error{Errc::invalid_input, "'actions' are unknown"};
  handling.actions = *actions;
  handling.encrypt = json::flag_or(*object, "encrypt");
  handling.may_notify = json::flag_or(*object, "may_notify");
  handling.may_resell = json::flag_or(*object, "may_resell");
  return handling;
}

std::string duties_json(const Handling& handling) {
  if (!handling.iep) return {};
  const auto* const attribution = handling.source_hidden  ? "must-not"
                                  : handling.source_named ? "must"
                                                          : "may";
  return json::dump(json::Object{{"permitted_actions", stix::name(handling.actions)},
                                 {"encrypt_in_transit", handling.encrypt ? "must" : "may"},
                                 {"affected_party_notifications", handling.may_notify ? "may" : "must-not"},
                                 {"provider_attribution", attribution},
                                 {"unmodified_resale", handling.may_resell ? "may" : "must-not"}});
}

}  // namespace tocsin::policy
