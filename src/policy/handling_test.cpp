#include "policy/handling.hpp"

#include <gtest/gtest.h>

#include <map>

#include "policy/policy.hpp"

namespace tocsin::policy {
namespace {

using stix::AcsTerms;
using stix::AisConsent;
using stix::MarkingTerms;

/// The sorts of member, in the order of the columns below.
const std::vector<std::pair<std::string, Member>>& readers() {
  static const auto all = [] {
    std::vector<std::pair<std::string, Member>> out;
    const auto add = [&](std::string name, MemberKind kind, GovernmentRole role) {
      Member member;
      member.id = MemberId{out.size() + 2};
      member.kind = kind;
      member.role = role;
      out.emplace_back(std::move(name), member);
    };
    add("company", MemberKind::company, GovernmentRole::none);
    add("association", MemberKind::association, GovernmentRole::none);
    add("researcher", MemberKind::researcher, GovernmentRole::none);
    add("cert", MemberKind::government, GovernmentRole::cert);
    add("regulator", MemberKind::government, GovernmentRole::regulator);
    add("law-enforcement", MemberKind::government, GovernmentRole::law_enforcement);
    add("intelligence", MemberKind::government, GovernmentRole::intelligence);
    return out;
  }();
  return all;
}

Circle circle_of_all() {
  Circle circle;
  Rules rules;
  rules.government_roles = {GovernmentRole::cert, GovernmentRole::regulator, GovernmentRole::law_enforcement,
                            GovernmentRole::intelligence};
  circle.rules.push_back({1, Timestamp{}, rules});
  for (const auto& [name, member] : readers()) circle.roster[member.id] = {Standing::active, {}, Sequence{1}};
  return circle;
}

Principal principal_of(const Member& member) {
  Principal principal;
  principal.scopes = scope_bit(Scope::read);
  principal.member = member;
  return principal;
}

MarkingClass class_of(const Handling& handling, bool name_all = false) {
  MarkingClass made;
  made.audience = audience_at(circle_of_all(), Timestamp{});
  made.author = MemberId{1};
  made.handling = handling;
  if (name_all)
    for (const auto& [name, member] : readers()) made.recipients.insert(member.id);
  return made;
}

/// "company cert …": who reads a thing of this handling.
std::string who(const Handling& handling, bool named = false) {
  const Circle circle = circle_of_all();
  std::string out;
  for (const auto& [name, member] : readers()) {
    const auto principal = principal_of(member);
    if (sees(principal, standpoint(principal, circle), class_of(handling, named)))
      out += (out.empty() ? "" : " ") + name;
  }
  return out;
}

MarkingTerms acs(bool privileges, bool sharing = true) {
  MarkingTerms terms;
  terms.acs.emplace();
  terms.acs->classification = "U";
  terms.acs->privileges_permitted = privileges;
  terms.acs->sharing_permitted = sharing;
  return terms;
}

Handling handling(const MarkingTerms& terms, const Sharing& sharing = {}) {
  return demand_of(terms, sharing).handling;
}

void rule(MarkingTerms& terms, const std::string& action, bool permit, stix::AcsScope scope = {}) {
  terms.acs->privileges.push_back({action, std::move(scope), permit});
}

const std::string everyone = "company association researcher cert regulator law-enforcement intelligence";
const std::string defenders = "company association researcher cert";

TEST(AcsUse, EachReaderByWhatItsRoleIsFor) {
  EXPECT_EQ(who(handling(acs(true))), everyone);
  EXPECT_EQ(who(handling(acs(false))), "") << "nothing is permitted";
  auto terms = acs(true);
  rule(terms, "LEGAL", false);
  EXPECT_EQ(who(handling(terms)), defenders + " intelligence") << "law-enforcement use is forbidden";
  terms = acs(false);
  rule(terms, "CISAUSES", true);
  EXPECT_EQ(who(handling(terms)), defenders) << "the uses of the act alone: neither the law nor intelligence";
  terms = acs(false);
  rule(terms, "CISAUSES", true, {.shareability = {"LE"}});
  EXPECT_EQ(who(handling(terms)), "law-enforcement") << "the act's uses, for law enforcement by name";
  terms = acs(false);
  rule(terms, "INTEL", true);
  rule(terms, "DSPLY", true);
  EXPECT_EQ(who(handling(terms)), defenders + " intelligence");
  terms = acs(true);
  rule(terms, "NETDEF", false);
  EXPECT_EQ(who(handling(terms)), "regulator law-enforcement intelligence")
      << "a denial of one use of defence is one of all";
  terms = acs(false);
  rule(terms, "ALL", true);
  rule(terms, "INTEL", false);
  EXPECT_EQ(who(handling(terms)), defenders + " regulator law-enforcement") << "a denial outweighs";
}

TEST(AcsAccess, TheControlSetLimitsWhoeverItNames) {
  auto terms = acs(true);
  terms.acs->sensitivity = {"LES"};
  EXPECT_EQ(who(handling(terms)), "law-enforcement");
  terms = acs(true);
  terms.acs->control.shareability = {"IC", "NCC"};
  EXPECT_EQ(who(handling(terms)), "cert intelligence");
  terms = acs(true);
  terms.acs->control.entities = {"GOV", "CTR", "MIL"};
  EXPECT_EQ(who(handling(terms)), "cert regulator law-enforcement intelligence");
  terms = acs(true);
  terms.acs->control.organizations = {"PRIVATESECTOR"};
  EXPECT_EQ(who(handling(terms)), "company");
  EXPECT_EQ(who(handling(terms), true), "company association researcher");
}

// The hub knows no nationality and no organisation of the USA's list: the sharer has to say who satisfies
// them.
TEST(AcsAccess, WhatTheHubCannotCheckIsForNamedRecipients) {
  for (const auto& [what, change] : std::map<std::string, void (*)(AcsTerms&)>{
           {"nationality", [](AcsTerms& acs) { acs.control.nationalities = {"USA"}; }},
           {"organisation", [](AcsTerms& acs) { acs.control.organizations = {"USA.USG"}; }},
           {"no foreigners", [](AcsTerms& acs) { acs.formal_determination = {"NF"}; }},
           {"a caveat", [](AcsTerms& acs) { acs.caveat = {"FISA"}; }},
           {"a sensitivity", [](AcsTerms& acs) { acs.sensitivity = {"PCII"}; }},
           {"an unknown word", [](AcsTerms& acs) { acs.formal_determination = {"EYES-ONLY"}; }},
           {"a compartment", [](AcsTerms& acs) { acs.more_controls = true; }}}) {
    auto terms = acs(true);
    change(*terms.acs);
    EXPECT_EQ(who(handling(terms)), "") << what;
    EXPECT_EQ(who(handling(terms), true), everyone) << what;
    EXPECT_FALSE(may_handle(handling(terms), {}, false)) << what;
    EXPECT_TRUE(may_handle(handling(terms), {}, true)) << what;
  }
  auto terms = acs(true);
  rule(terms, "LEGAL", false, {.nationalities = {"FRA"}});
  EXPECT_EQ(who(handling(terms)), defenders + " intelligence") << "a denial that may apply applies";
  terms = acs(false);
  rule(terms, "CISAUSES", true, {.nationalities = {"USA"}});
  EXPECT_EQ(who(handling(terms)), "") << "a permit that may not apply does not";
  EXPECT_EQ(who(handling(terms), true), defenders);
}

TEST(AcsSharing, BindsWhoeverPassesOnWhatAnotherMade) {
  const auto relayed = Sharing{.made_by_another = true};
  EXPECT_EQ(who(handling(acs(true, false))), everyone) << "its maker is bound by nothing";
  EXPECT_EQ(who(handling(acs(true, false), relayed)), "");
  EXPECT_EQ(who(handling(acs(true, true), relayed)), everyone);
  auto terms = acs(true, false);
  terms.acs->sharing.push_back({{"PRIVATESECTOR"}, true});
  EXPECT_EQ(who(handling(terms, relayed)), "company");
  terms = acs(true, true);
  terms.acs->sharing.push_back({{"FOREIGNGOV"}, false});
  EXPECT_EQ(who(handling(terms, relayed)), "company association researcher");
  EXPECT_FALSE(handling(acs(true, false)).clients) << "a member's client gets it by further sharing";
  EXPECT_TRUE(handling(acs(true, true)).clients);
}

TEST(Acs, NothingClassifiedIsTaken) {
  auto terms = acs(true);
  terms.acs->classification = "S";
  EXPECT_NE(demand_of(terms, {}).refusal, "");
  EXPECT_EQ(demand_of(acs(true), {}).refusal, "");
}

TEST(Source, IsNamedOrHiddenAsMarkingsSay) {
  const Sharing unnamed;
  const Sharing named{.names_source = true};
  EXPECT_FALSE(may_handle(handling(acs(false), named), named, true)) << "IDSRC is not permitted";
  auto terms = acs(false);
  rule(terms, "CISAUSES", true);
  EXPECT_TRUE(may_handle(handling(terms), unnamed, false));
  EXPECT_FALSE(may_handle(handling(terms), named, false));
  rule(terms, "IDSRC", true);
  EXPECT_TRUE(may_handle(handling(terms), named, false));

  MarkingTerms iep;
  iep.iep.emplace();
  iep.iep->attribution = stix::IepTerms::Attribution::must;
  EXPECT_FALSE(may_handle(handling(iep), unnamed, false));
  EXPECT_TRUE(may_handle(handling(iep), named, false));
  EXPECT_TRUE(may_handle(handling(iep), {.made_by_another = true}, false)) << "the bytes name their creator";
  iep.iep->attribution = stix::IepTerms::Attribution::must_not;
  EXPECT_FALSE(may_handle(handling(iep), named, false));
}

TEST(AisConsent, SaysWhoMayLearnTheSource) {
  const Sharing unnamed;
  const Sharing named{.names_source = true};
  EXPECT_EQ(who(consent_handling(AisConsent::none, unnamed)), everyone) << "nobody learns the source";
  EXPECT_EQ(who(consent_handling(AisConsent::none, named)), "");
  EXPECT_FALSE(may_handle(consent_handling(AisConsent::none, named), named, true));
  EXPECT_EQ(who(consent_handling(AisConsent::government, named)),
            "cert regulator law-enforcement intelligence");
  EXPECT_EQ(who(consent_handling(AisConsent::everyone, named)), everyone);
}

TEST(Iep, GivesALevelDutiesAndATimeInForce) {
  MarkingTerms terms;
  terms.iep.emplace();
  terms.iep->tlp = stix::Tlp::amber;
  terms.iep->actions = stix::PermittedActions::contact_for_instruction;
  const Timestamp now = *parse_rfc3339("2026-06-01T00:00:00Z");
  const Sharing sharing{.now = now};
  EXPECT_EQ(demand_of(terms, sharing).level, stix::Tlp::amber);
  EXPECT_EQ(who(handling(terms, sharing)), everyone);
  EXPECT_EQ(
      duties_json(handling(terms)),
      R"({"permitted_actions":"contact-for-instruction","encrypt_in_transit":"must",)"
      R"("affected_party_notifications":"must-not","provider_attribution":"must-not","unmodified_resale":"must-not"})");
  EXPECT_EQ(duties_json(Handling{}), "");
  terms.iep->end = now;
  EXPECT_NE(demand_of(terms, sharing).refusal, "") << "its end has come";
  terms.iep->end.reset();
  terms.iep->start = now + std::chrono::hours{1};
  EXPECT_NE(demand_of(terms, sharing).refusal, "") << "it has not begun";
}

TEST(Handling, TheStrictestOfAllMarkingsHolds) {
  auto no_law = acs(true);
  rule(no_law, "LEGAL", false);
  auto no_intelligence = acs(true, false);
  rule(no_intelligence, "INTEL", false);
  const auto both = strictest(handling(no_law), handling(no_intelligence));
  EXPECT_EQ(who(both), defenders);
  EXPECT_FALSE(both.clients);
  EXPECT_TRUE(at_least_as_strict(both, handling(no_law)));
  EXPECT_FALSE(at_least_as_strict(handling(no_law), both));
  EXPECT_TRUE(at_least_as_strict(both, Handling{}));
}

TEST(Handling, RoundTripsAndLeavesOldClassesAsTheyWere) {
  MarkingClass plain;
  EXPECT_EQ(
      to_json(plain),
      R"({"shape":"content","tlp":"amber","kinds":0,"government_roles":0,"sectors":[],"recipients":[],"author":0,)"
      R"("sightings_to_government":false})")
      << "the text of a class without new markings is what older logs hold";
  auto terms = acs(false, false);
  rule(terms, "CISAUSES", true, {.nationalities = {"USA"}});
  terms.iep.emplace();
  terms.not_understood = "part of it";
  auto made = class_of(handling(terms, {.made_by_another = true, .names_source = true}));
  made.handling = strictest(made.handling, consent_handling(AisConsent::government, {.names_source = true}));
  EXPECT_EQ(*parse_marking_class(to_json(made)), made);
  EXPECT_FALSE(parse_handling(R"({"access":[3,1]})")) << "open to some who may not even be named";
  EXPECT_FALSE(parse_handling(R"({"use":[1]})"));
  EXPECT_FALSE(parse_handling(R"({"actions":"anything"})"));
}

TEST(Readers, AStricterMarkingKeepsNotAllAndALooserOneIsWider) {
  auto terms = acs(true);
  rule(terms, "LEGAL", false);
  const auto loose = class_of({});
  const auto strict = class_of(handling(terms));
  EXPECT_FALSE(keeps_all_readers(loose, strict));
  EXPECT_TRUE(keeps_all_readers(strict, loose));
  const std::set<MemberId> members{MemberId{1}, MemberId{2}};
  EXPECT_TRUE(wider(strict, members, loose, members)) << "elsewhere the marking was defined to say less";
  EXPECT_FALSE(wider(loose, members, strict, members));
}

// `rulings` is what `sees` asks: for every handling and reader both must come to the same.
TEST(Rulings, DecideAsSeesDoes) {
  const Circle circle = circle_of_all();
  auto terms = acs(false);
  rule(terms, "CISAUSES", true);
  auto named_only = acs(true);
  named_only.acs->control.nationalities = {"USA"};
  std::size_t refused = 0;
  for (const auto& each : {Handling{}, handling(terms), handling(named_only), handling(acs(true, false)),
                           consent_handling(AisConsent::government, {.names_source = true})})
    for (const auto tlp : {stix::Tlp::clear, stix::Tlp::amber_strict, stix::Tlp::red})
      for (const bool named : {false, true})
        for (const auto shape :
             {MarkingClass::Shape::content, MarkingClass::Shape::held, MarkingClass::Shape::sighting})
          for (const auto& [name, member] : readers())
            for (const bool client : {false, true}) {
              auto entry = class_of(each, named);
              entry.tlp = tlp;
              entry.shape = shape;
              auto principal = principal_of(member);
              if (client) {
                principal.member->id = MemberId{99};
                principal.client_of = member;
              }
              const auto at = standpoint(principal, circle);
              bool said = true;
              for (const auto& ruling : rulings(principal, at, entry)) {
                EXPECT_NE(ruling.why, "") << ruling.rule;
                if (ruling.said == Ruling::Said::yes) continue;
                said = ruling.said == Ruling::Said::grants;
                break;
              }
              refused += said ? 0 : 1;
              EXPECT_EQ(said, sees(principal, at, entry)) << name;
            }
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace tocsin::policy
