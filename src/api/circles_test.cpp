#include "api/test_hub.hpp"
#include "base/text.hpp"

namespace tocsin::api {
namespace {

using std::chrono::hours;

/// A circle "alpha" that Keeper keeps, with Studio in it; Outsider keeps a circle of its own.
struct TwoCircles {
  TwoCircles() {
    hub.make_circle("alpha", {{"government_roles", {"cert"}}});
    hub.make_circle("beta");
    keeper = hub.join("Keeper", {{"circles", {"alpha"}}, {"steward", true}});
    studio = hub.join("Studio", {{"circles", {"alpha"}}});
    outsider = hub.join("Outsider", {{"circles", {"beta"}}, {"steward", true}});
  }
  Reply change(std::string_view token, json::Object body) {
    return hub.post("/api/v1/circles/alpha/members", token, body);
  }
  json::Array roster() { return hub.get("/api/v1/circles/alpha", keeper).object().at("members").as_array(); }
  TestHub hub;
  std::string keeper, studio, outsider;
};

std::string with_parameters(std::string_view pattern, std::string_view circle) {
  std::string out;
  for (const auto part : split(pattern.substr(1), '/')) {
    out += '/';
    if (part == "{circle}")
      out += circle;
    else
      out += part.starts_with('{') ? "1" : part;
  }
  return out;
}

TEST(Circles, AreMadeByOperatorsUnderNamesOfTheirOwn) {
  TwoCircles t;
  const auto make = [&](std::string_view token, std::string_view name) {
    return t.hub.post("/api/v1/circles", token, {{"name", name}}).status;
  };
  EXPECT_EQ(make(t.hub.operator_token(), "alpha"), 409U);
  EXPECT_EQ(make(t.hub.operator_token(), "Alpha"), 400U);
  EXPECT_EQ(make(t.hub.operator_token(), "-a"), 400U);
  EXPECT_EQ(make(t.hub.operator_token(), std::string(65, 'a')), 400U);
  EXPECT_EQ(make(t.keeper, "gamma"), 403U);
  EXPECT_EQ(make({}, "gamma"), 401U);
  const auto wrong =
      t.hub.post("/api/v1/circles", t.hub.operator_token(), {{"name", "gamma"}, {"rules", {{"tlp", "red"}}}});
  EXPECT_EQ(wrong.text("detail"), "rules have no field 'tlp'");
}

TEST(Circles, AreListedToMembersAndByNameToOperators) {
  TwoCircles t;
  const auto own = t.hub.get("/api/v1/circles", t.keeper).object().at("circles").as_array();
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].at("members"), 2);
  EXPECT_EQ(own[0].at("steward"), true);
  EXPECT_EQ(own[0].at("head"), 4) << "rules, two admissions, a steward";
  const auto all = t.hub.get("/api/v1/circles?limit=1", t.hub.operator_token()).object();
  ASSERT_EQ(all.at("circles").as_array().size(), 1U);
  EXPECT_FALSE(all.at("circles").at(0).as_object().contains("head"));
  EXPECT_EQ(all.at("next"), "alpha");
  const auto rest = t.hub.get("/api/v1/circles?after=alpha", t.hub.operator_token()).object();
  EXPECT_EQ(rest.at("circles").at(0).at("name"), "beta");
  EXPECT_FALSE(rest.contains("next"));
  EXPECT_EQ(t.hub.get("/api/v1/circles?limit=1001", t.keeper).status, 400U);
}

TEST(Circles, ShowRulesMembersAndHead) {
  TwoCircles t;
  const auto shown = t.hub.get("/api/v1/circles/alpha", t.studio).object();
  EXPECT_EQ(shown.at("name"), "alpha");
  EXPECT_EQ(shown.at("rules").at("tlp_max"), "amber");
  EXPECT_EQ(shown.at("rules_version"), 1);
  EXPECT_TRUE(shown.at("rules_pending").as_array().empty());
  EXPECT_EQ(shown.at("head").at("sequence"), 4);
  EXPECT_EQ(shown.at("members").at(0).at("name"), "Keeper");
  EXPECT_EQ(shown.at("members").at(0).at("steward"), true);
  EXPECT_EQ(shown.at("members").at(1).at("circle_standing"), "active");
  const auto uuid = std::string{json::view(shown.at("uuid").as_string())};
  EXPECT_EQ(t.hub.get("/api/v1/circles/" + uuid, t.studio).object(), shown);
}

// Knowing that a thing exists counts as seeing it: on every route below a circle, with any body.
TEST(Circles, DoNotExistForWhoeverIsOutside) {
  TwoCircles t;
  const auto absent = t.hub.get("/api/v1/circles/no-such-circle", t.outsider);
  ASSERT_EQ(absent.status, 404U);
  int asked = 0;
  for (const auto& route : routes()) {
    if (!std::string_view{route.path}.starts_with("/api/v1/circles/{circle}")) continue;
    for (const std::string body : {"", "{}", "not JSON"}) {
      ++asked;
      EXPECT_EQ(t.hub.call(route.method, with_parameters(route.path, "alpha"), t.outsider, body), absent)
          << route.method << ' ' << route.path << ' ' << body;
      EXPECT_EQ(t.hub.call(route.method, with_parameters(route.path, "nothing"), t.outsider, body), absent);
    }
    if (route.access == serve::Access::circle) {
      EXPECT_EQ(t.hub.call(route.method, with_parameters(route.path, "alpha"), t.hub.operator_token(), "{}"),
                absent)
          << "an operator is outside, too: " << route.path;
    }
    EXPECT_EQ(t.hub.call("PATCH", with_parameters(route.path, "alpha"), t.outsider), absent);
  }
  EXPECT_GT(asked, 40);
}

TEST(Rules, AreChangedFieldByFieldByAStewardOnly) {
  TwoCircles t;
  const auto changed = t.hub.put("/api/v1/circles/alpha/rules", t.keeper, {{"tlp_max", "green"}});
  ASSERT_EQ(changed.status, 200U) << changed.body;
  EXPECT_EQ(changed.number("version"), 2U);
  EXPECT_TRUE(changed.object().at("widening_effective").is_null());
  const auto shown = t.hub.get("/api/v1/circles/alpha", t.studio).object();
  EXPECT_EQ(shown.at("rules").at("tlp_max"), "green");
  EXPECT_EQ(shown.at("rules").at("tlp_default"), "green");
  EXPECT_EQ(shown.at("rules").at("government_roles"), (json::Array{"cert"})) << "not given, so not changed";
  EXPECT_EQ(t.hub.put("/api/v1/circles/alpha/rules", t.studio, {{"tlp_max", "red"}}).status, 403U);
  EXPECT_EQ(t.hub.put("/api/v1/circles/alpha/rules", t.keeper, {{"tlp_max", "black"}}).status, 400U);
}

// Law 7: who is let in by a widening waits 72 hours behind its visible entry.
TEST(Rules, AWideningSaysWhenItTakesEffectAndAdmitsNobodyBefore) {
  TwoCircles t;
  const auto widened =
      t.hub.put("/api/v1/circles/alpha/rules", t.keeper, {{"government_roles", {"cert", "law-enforcement"}}});
  const auto effective = parse_rfc3339(widened.text("widening_effective"));
  ASSERT_TRUE(effective) << widened.body;
  EXPECT_GE(*effective, t.hub.clock().now() + hours{72});
  const auto pending = t.hub.get("/api/v1/circles/alpha", t.studio).object().at("rules_pending").as_array();
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].at("version"), 2);
  EXPECT_EQ(pending[0].at("widening_effective"), widened.object().at("widening_effective"));

  const json::Object police{
      {"name", "Police"}, {"kind", "government"}, {"role", "law-enforcement"}, {"circles", {"alpha"}}};
  EXPECT_EQ(t.hub.post("/api/v1/invites", t.keeper, police).status, 400U);
  t.hub.clock().advance(hours{73});
  EXPECT_EQ(t.hub.post("/api/v1/invites", t.keeper, police).status, 201U);
  EXPECT_TRUE(t.hub.get("/api/v1/circles/alpha", t.studio).object().at("rules_pending").as_array().empty());
}

TEST(Rules, TakingAWideningBackLeavesNothingPending) {
  TwoCircles t;
  const auto set = [&](json::Array roles) {
    return t.hub.put("/api/v1/circles/alpha/rules", t.keeper, {{"government_roles", std::move(roles)}});
  };
  ASSERT_EQ(set({"cert", "intelligence"}).status, 200U);
  t.hub.clock().advance(hours{1});
  EXPECT_TRUE(set({"cert"}).object().at("widening_effective").is_null());
  EXPECT_TRUE(t.hub.get("/api/v1/circles/alpha", t.studio).object().at("rules_pending").as_array().empty());
}

TEST(Membership, AStewardSuspendsResumesAndRemoves) {
  TwoCircles t;
  const json::Object suspend{{"act", "suspend"}, {"member", "Studio"}};
  EXPECT_EQ(t.change(t.studio, suspend).status, 403U);
  const auto suspended = t.change(t.keeper, suspend);
  EXPECT_EQ(suspended.number("sequence"), 5U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.studio).status, 404U);
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).status, 200U) << "suspended in the circle, not at the hub";
  EXPECT_EQ(t.change(t.keeper, suspend).status, 409U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "resume"}, {"member", "Studio"}}).status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.studio).status, 200U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "remove"}, {"member", "Studio"}}).status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.studio).status, 404U);
  EXPECT_EQ(t.roster().size(), 1U);
}

TEST(Membership, OnlyWhomTheRulesAdmitGetsIn) {
  TwoCircles t;
  EXPECT_EQ(t.change(t.keeper, {{"act", "admit"}, {"member", "Outsider"}}).status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.outsider).status, 200U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "admit"}, {"member", "Outsider"}}).status, 409U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "admit"}, {"member", "Nobody"}}).status, 400U);
  const auto agency = t.hub.join("Agency", {{"kind", "government"}, {"role", "intelligence"}});
  EXPECT_EQ(t.change(t.keeper, {{"act", "admit"}, {"member", "Agency"}}).status, 400U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", agency).status, 404U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "promote"}, {"member", "Studio"}}).status, 400U);
}

TEST(Membership, StewardsArePeopleOfMembers) {
  TwoCircles t;
  const auto steward = [&](std::string_view member, std::string_view person) {
    return t.change(t.keeper, {{"act", "steward"}, {"member", member}, {"person", person}}).status;
  };
  ASSERT_EQ(t.hub.post("/api/v1/people", t.studio, {{"name", "zeek"}, {"machine", true}}).status, 201U);
  EXPECT_EQ(steward("Studio", "zeek"), 400U);
  EXPECT_EQ(steward("Studio", "grace"), 400U);
  EXPECT_EQ(steward("Outsider", "ada"), 409U);
  EXPECT_EQ(steward("Studio", "ada"), 200U);
  EXPECT_EQ(steward("Studio", "ada"), 409U);
  EXPECT_EQ(t.hub.put("/api/v1/circles/alpha/rules", t.studio, {{"tlp_max", "red"}}).status, 403U)
      << "the person is a steward, but this token has not the scope";
  const auto token = t.hub.post("/api/v1/tokens", t.studio, {{"person", "ada"}, {"scopes", {"steward"}}});
  EXPECT_EQ(t.hub.put("/api/v1/circles/alpha/rules", token.text("token"), {{"tlp_max", "red"}}).status, 200U);
}

TEST(Membership, WhoIsRemovedComesBackWithoutTheStewardship) {
  TwoCircles t;
  ASSERT_EQ(t.change(t.keeper, {{"act", "steward"}, {"member", "Studio"}, {"person", "ada"}}).status, 200U);
  ASSERT_EQ(t.change(t.keeper, {{"act", "remove"}, {"member", "Studio"}}).status, 200U);
  ASSERT_EQ(t.change(t.keeper, {{"act", "admit"}, {"member", "Studio"}}).status, 200U);
  EXPECT_EQ(t.roster()[1].at("name"), "Studio");
  EXPECT_EQ(t.roster()[1].at("steward"), false);
}

TEST(Membership, AnOperatorHelpsOnlyACircleThatNobodyKeeps) {
  TwoCircles t;
  const json::Object make_steward{{"act", "steward"}, {"member", "Studio"}, {"person", "ada"}};
  EXPECT_EQ(t.change(t.hub.operator_token(), make_steward).status, 403U);
  EXPECT_EQ(t.hub.post("/api/v1/circles/no-such-circle/members", t.hub.operator_token(), make_steward).status,
            404U);
  ASSERT_EQ(t.hub.post("/api/v1/members/Keeper/standing", t.hub.operator_token(), {{"standing", "suspended"}})
                .status,
            200U);
  EXPECT_EQ(t.change(t.hub.operator_token(), make_steward).status, 200U);
  EXPECT_EQ(t.change(t.hub.operator_token(), {{"act", "remove"}, {"member", "Studio"}}).status, 403U)
      << "now it is kept again";
}

TEST(Leaving, IsForTheAdministratorAndEndsTheStewardship) {
  TwoCircles t;
  const auto reader = t.hub.post("/api/v1/tokens", t.keeper, {{"person", "ada"}, {"scopes", {"read"}}});
  EXPECT_EQ(t.hub.post("/api/v1/circles/alpha/leave", reader.text("token")).status, 403U);
  EXPECT_EQ(t.hub.call("POST", "/api/v1/circles/alpha/leave", t.keeper).status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.keeper).status, 404U);
  EXPECT_EQ(t.change(t.hub.operator_token(), {{"act", "admit"}, {"member", "Keeper"}}).status, 200U);
  EXPECT_EQ(t.change(t.keeper, {{"act", "remove"}, {"member", "Studio"}}).status, 403U);
}

TEST(Accesses, ShowTheCircleWhatGovernmentRead) {
  TwoCircles t;
  const auto cert = t.hub.join("CERT", {{"kind", "government"}, {"role", "cert"}, {"circles", {"alpha"}}});
  EXPECT_TRUE(
      t.hub.get("/api/v1/circles/alpha/accesses", t.studio).object().at("accesses").as_array().empty());
  ASSERT_EQ(t.hub.get("/api/v1/circles/alpha", cert).status, 200U);
  const auto read = t.hub.get("/api/v1/circles/alpha/accesses", t.studio).object().at("accesses").as_array();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].at("member").at("name"), "CERT");
  EXPECT_EQ(read[0].at("reads").at("circle"), 1);
  EXPECT_EQ(read[0].at("hour"), "2026-11-23T12:00:00.000000Z");
}

}  // namespace
}  // namespace tocsin::api
