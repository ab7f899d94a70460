#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

std::uint64_t hub_entries(const TestHub& hub) {
  return hub.services().log.head(CircleId{}).sequence.value();
}

TEST(Join, MakesAMemberWithAPersonAndATokenThatWorks) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto joined = hub.redeem(hub.invite("Studio", {{"circles", {"alpha"}}, {"sector", "media"}}));
  ASSERT_EQ(joined.status, 201U) << joined.body;
  EXPECT_EQ(joined.text("person"), "ada");
  EXPECT_EQ(joined.text("url"), "https://hub.example:8443");
  EXPECT_EQ(joined.object().at("scopes"), (json::Array{"read", "share", "sight", "administer"}));
  const auto me = hub.get("/api/v1/me", joined.text("token"));
  EXPECT_EQ(me.status, 200U);
  EXPECT_EQ(me.object().at("member").at("name"), "Studio");
  EXPECT_EQ(me.object().at("member").at("sector"), "media");
  EXPECT_EQ(me.object().at("circles").at(0).at("name"), "alpha");
  EXPECT_EQ(me.object().at("circles").at(0).at("steward"), false);
  EXPECT_EQ(me.object().at("operator"), false);
}

TEST(Join, WhenInvitedToKeepACircleKeepsIt) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto token = hub.join("Studio", {{"circles", {"alpha"}}, {"steward", true}});
  EXPECT_EQ(hub.get("/api/v1/me", token).object().at("circles").at(0).at("steward"), true);
}

TEST(Join, GivesTheSameAnswerAgainAndLogsNothingTwice) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto secret = hub.invite("Studio", {{"circles", {"alpha"}}});
  const auto first = hub.redeem(secret);
  const auto entries = hub_entries(hub);
  EXPECT_EQ(hub.redeem(secret), first);
  hub.restart();
  EXPECT_EQ(hub.redeem(secret), first);
  EXPECT_EQ(hub_entries(hub), entries);
  EXPECT_EQ(hub.get("/api/v1/me", first.text("token")).status, 200U) << "the token outlives a restart";
}

TEST(Join, AnotherClientIsRefused) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto secret = hub.invite("Studio", {{"circles", {"alpha"}}});
  ASSERT_EQ(hub.redeem(secret, "the client's own key").status, 201U);
  EXPECT_EQ(hub.redeem(secret, "somebody else's key").status, 409U);
}

TEST(Join, UnknownExpiredAndRevokedLookAlike) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto unknown = hub.redeem(serve::Secrets::make_secret());
  EXPECT_EQ(unknown.status, 404U);

  const auto invited = hub.post("/api/v1/invites", hub.operator_token(),
                                {{"name", "Late"}, {"kind", "company"}, {"circles", {"alpha"}}});
  const auto id = std::to_string(invited.number("id"));
  ASSERT_EQ(hub.remove("/api/v1/invites/" + id, hub.operator_token()).status, 200U);
  EXPECT_EQ(hub.redeem(TestHub::secret_in(invited.text("invite_url"))), unknown);

  const auto redeemed = hub.invite("Early", {{"circles", {"alpha"}}});
  ASSERT_EQ(hub.redeem(redeemed).status, 201U);
  const auto expiring = hub.invite("Tardy", {{"circles", {"alpha"}}});
  hub.clock().advance(std::chrono::days{7} - std::chrono::seconds{1});
  EXPECT_EQ(hub.redeem(redeemed).status, 201U);
  hub.clock().advance(std::chrono::seconds{1});
  EXPECT_EQ(hub.redeem(expiring), unknown);
  EXPECT_EQ(hub.redeem(redeemed), unknown) << "a dead invite gives no token away, whoever asks";
}

TEST(Join, ATakenNameLeavesTheInviteGood) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto first = hub.invite("Studio", {{"circles", {"alpha"}}});
  const auto second = hub.invite("Studio", {{"circles", {"alpha"}}});
  ASSERT_EQ(hub.redeem(first).status, 201U);
  EXPECT_EQ(hub.redeem(second).status, 409U);
  const auto invites = hub.get("/api/v1/invites", hub.operator_token()).object();
  EXPECT_EQ(invites.at("invites").at(0).at("state"), "redeemed");
  EXPECT_EQ(invites.at("invites").at(1).at("state"), "open");
}

TEST(Join, AsksTheRulesAsTheyAreThen) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto steward = hub.join("Keeper", {{"circles", {"alpha"}}, {"steward", true}});
  const auto secret = hub.invite("Ada Lovelace", {{"circles", {"alpha"}}, {"kind", "researcher"}});
  ASSERT_EQ(hub.put("/api/v1/circles/alpha/rules", steward, {{"kinds", {"company"}}}).status, 200U);
  EXPECT_EQ(hub.redeem(secret).status, 409U);
}

TEST(Join, SaysWhichFieldIsWrong) {
  TestHub hub;
  const auto missing =
      hub.post("/api/v1/join", {}, {{"invite", "x"}, {"client_key", "AAAAAAAAAAAAAAAAAAAAAA"}});
  EXPECT_EQ(missing.status, 400U);
  EXPECT_EQ(missing.text("detail"), "'agreement' is missing");
  EXPECT_EQ(
      hub.post("/api/v1/join", {}, {{"invite", "x"}, {"client_key", "AAAA"}, {"agreement", "t"}}).status,
      400U)
      << "a short key can be guessed";
  EXPECT_EQ(hub.call("POST", "/api/v1/join", {}, "[1]").status, 400U);
}

}  // namespace
}  // namespace tocsin::api
