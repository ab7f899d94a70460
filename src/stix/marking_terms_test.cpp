#include "stix/marking_terms.hpp"

#include <gtest/gtest.h>

namespace tocsin::stix {
namespace {

constexpr const char* acs_key = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce";
constexpr const char* iep_key = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a";

MarkingTerms of(const std::string& more) {
  Object definition;  // not through the parser, which would already refuse some of these
  definition.type = "marking-definition";
  definition.bytes = R"({"type":"marking-definition",)" + more + '}';
  return marking_terms(definition);
}

std::string acs(const std::string& control, const std::string& more = "",
                const std::string& defaults = "privdefault=deny&sharedefault=permit") {
  return std::string{R"("extensions":{")"} + acs_key +
         R"(":{"extension_type":"property-extension","identifier":"isa:guide.19001.ACS3-1","create_date_time":"2026-01-01T00:00:00Z",)"
         R"("responsible_entity_custodian":"USA.DHS","policy_reference":"urn:isa:policy:acs:ns:v3.0?)" +
         defaults + R"(","control_set":)" + control + more + "}}";
}

std::string iep(const std::string& more = "", const std::string& actions = "internally-visible-actions") {
  return std::string{R"("extensions":{")"} + iep_key +
         R"(":{"extension_type":"property-extension","encrypt_in_transit":"must","permitted_actions":")" +
         actions +
         R"(","affected_party_notifications":"must-not","tlp":"white","provider_attribution":"must-not","unmodified_resale":"may",)"
         R"("iep_id":"0224bfdf-ea3a-49c3-96f6-66d908bb1845","iep_version":2.0,"description":"d","start_date":"2022-10-01T00:00:00Z")" +
         more + "}}";
}

TEST(MarkingTerms, AStatementAsksNothing) {
  const auto terms = of(R"("definition_type":"statement","definition":{"statement":"Copyright 2026"})");
  EXPECT_EQ(terms.not_understood, "");
  EXPECT_FALSE(terms.acs || terms.iep || terms.ais);
}

TEST(MarkingTerms, AcsIsReadAsItsSchemaHasIt) {
  const auto terms = of(acs(
      R"({"classification":"U","formal_determination":["AIS"],"caveat":["POSSIBLEPII"],"sensitivity":["LES"],"entity":["GOV"]})",
      R"(,"access_privilege":[{"privilege_action":"CISAUSES","privilege_scope":{"shareability":["LE"]},"rule_effect":"permit"}])"
      R"(,"further_sharing":[{"sharing_scope":["SECTOR"],"rule_effect":"deny"}])"));
  ASSERT_EQ(terms.not_understood, "");
  ASSERT_TRUE(terms.acs);
  EXPECT_EQ(terms.acs->classification, "U");
  EXPECT_EQ(terms.acs->sensitivity, std::vector<std::string>{"LES"});
  EXPECT_FALSE(terms.acs->privileges_permitted);
  EXPECT_TRUE(terms.acs->sharing_permitted);
  ASSERT_EQ(terms.acs->privileges.size(), 1U);
  EXPECT_EQ(terms.acs->privileges[0].scope.shareability, std::vector<std::string>{"LE"});
  EXPECT_TRUE(terms.acs->privileges[0].permit);
  ASSERT_EQ(terms.acs->sharing.size(), 1U);
  EXPECT_FALSE(terms.acs->sharing[0].permit);
}

// Each of these restricts somebody in a way that nobody here can tell.
TEST(MarkingTerms, WhatCannotBeReadIsSaidAndNeverGuessed) {
  const std::string u = R"({"classification":"U"})";
  for (
      const auto& [what, text] : std::vector<std::pair<std::string, std::string>>{
          {"an unknown definition_type", R"("definition_type":"sector","definition":{"only":"energy"})"},
          {"an unknown extension",
           R"("extensions":{"extension-definition--00000000-0000-4000-8000-000000000000":{"extension_type":"property-extension"}})"},
          {"an unknown field", acs(u, R"(,"embargo_until":"2030-01-01T00:00:00Z")")},
          {"an unknown control", acs(R"({"classification":"U","compartment":"X"})")},
          {"an unknown default", acs(u, "", "privdefault=maybe&sharedefault=deny")},
          {"no default", acs(u, "", "")},
          {"an unknown effect",
           acs(u,
               R"(,"access_privilege":[{"privilege_action":"INTEL","privilege_scope":{"entity":["ALL"]},"rule_effect":"ask"}])")},
          {"a scope that says nothing",
           acs(u,
               R"(,"access_privilege":[{"privilege_action":"INTEL","privilege_scope":{},"rule_effect":"permit"}])")},
          {"an empty list", acs(R"({"classification":"U","permitted_nationalities":[]})")},
          {"another version of IEP", iep(R"(,"iep_version_note":1)")},
          {"an unknown action", iep("", "whatever")},
          {"a date that is none", iep(R"(,"end_date":"soon")")},
          {"an unknown consent", R"("definition_type":"ais","definition":{"consent":"some"})"},
          {"an unknown field of AIS",
           R"("definition_type":"ais","definition":{"consent":"none","until":1})"}})
    EXPECT_NE(of(text).not_understood, "") << what;
}

TEST(MarkingTerms, TwoPoliciesOfAcsPermitWhatBothDo) {
  const auto terms = of(acs(R"({"classification":"U"})", "",
                            "privdefault=permit&sharedefault=permit "
                            "urn:isa:policy:acs:ns:v3.0?privdefault=deny&sharedefault=permit"));
  ASSERT_TRUE(terms.acs) << terms.not_understood;
  EXPECT_FALSE(terms.acs->privileges_permitted);
  EXPECT_TRUE(terms.acs->sharing_permitted);
}

TEST(MarkingTerms, IepIsReadFieldByField) {
  const auto terms = of(iep(R"(,"end_date":"2030-01-01T00:00:00Z")"));
  ASSERT_TRUE(terms.iep) << terms.not_understood;
  EXPECT_EQ(terms.iep->tlp, Tlp::clear);
  EXPECT_EQ(terms.iep->actions, PermittedActions::internally_visible);
  EXPECT_TRUE(terms.iep->encrypt);
  EXPECT_FALSE(terms.iep->may_notify);
  EXPECT_TRUE(terms.iep->may_resell);
  EXPECT_EQ(terms.iep->attribution, IepTerms::Attribution::must_not);
  EXPECT_TRUE(terms.iep->start && terms.iep->end);
}

TEST(MarkingTerms, AisConsentStandsInADefinitionOrInLabels) {
  const auto terms =
      of(R"("definition_type":"ais","definition":{"consent":"USG","tlp":"green","proprietary":false})");
  ASSERT_TRUE(terms.ais) << terms.not_understood;
  EXPECT_EQ(terms.ais->consent, AisConsent::government);
  EXPECT_EQ(terms.ais->tlp, Tlp::green);
  const auto labelled = [](const std::string& labels) {
    Object object;
    object.bytes = R"({"type":"identity","labels":[)" + labels + "]}";
    return ais_consent_of_labels(object);
  };
  EXPECT_EQ(labelled(R"("ais-consent-none")"), AisConsent::none);
  EXPECT_EQ(labelled(R"("ais-consent-usg")"), AisConsent::government);
  EXPECT_EQ(labelled(R"("x","ais-consent-everyone-cisa-proprietary")"), AisConsent::everyone);
  EXPECT_EQ(labelled(R"("ais-marking:AISConsent=\"USG\"")"), AisConsent::government);
  EXPECT_EQ(labelled(R"("ais-consent-everyone","ais-consent-usg")"), AisConsent::government)
      << "the strictest";
  EXPECT_EQ(labelled(R"("ais-consent-friends")"), AisConsent::none) << "what is not known is none";
  EXPECT_EQ(labelled(R"("mais-consent")"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::stix
