#include "api/test_hub.hpp"
#include "serve/name_server_testing.hpp"

namespace tocsin::api {
namespace {

struct Owners {
  Owners() {
    hub.make_circle("alpha");
    hub.make_circle("beta");
    keeper = hub.join("Keeper", {{"circles", {"alpha"}}, {"steward", true}});
    studio = hub.join("Studio", {{"circles", {"alpha"}}});
    stranger = hub.join("Stranger", {{"circles", {"beta"}}, {"steward", true}});
  }
  Reply add(std::string_view token, std::string_view kind, std::string_view value) {
    return hub.post("/api/v1/assets", token, {{"kind", kind}, {"value", value}});
  }
  Reply verify(std::string_view token, std::uint64_t id, std::string_view how = "steward") {
    return hub.post("/api/v1/assets/" + std::to_string(id) + "/verification", token, {{"how", how}});
  }
  json::Array listed(std::string_view token) {
    return hub.get("/api/v1/assets", token).object().at("assets").as_array();
  }
  TestHub hub;
  std::string keeper, studio, stranger;
};

TEST(Assets, AreKeptInTheFormInWhichTheyAreCompared) {
  Owners t;
  EXPECT_EQ(t.add(t.studio, "domain", "Studio.Example.").status, 201U);
  EXPECT_EQ(t.add(t.studio, "cidr", "192.0.2.77/24").status, 201U);
  EXPECT_EQ(t.add(t.studio, "cidr", "2001:DB8:0::/32").status, 201U);
  EXPECT_EQ(t.add(t.studio, "cidr", "198.51.100.7").status, 201U);
  const auto assets = t.listed(t.studio);
  EXPECT_EQ(assets.at(0).at("value"), "studio.example");
  EXPECT_EQ(assets.at(1).at("value"), "192.0.2.0/24");
  EXPECT_EQ(assets.at(2).at("value"), "2001:db8::/32");
  EXPECT_EQ(assets.at(3).at("value"), "198.51.100.7");
  EXPECT_TRUE(assets.at(0).at("verified").is_null());
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).number("assets_pending"), 4U);
}

TEST(Assets, RefuseWhatNobodyCanOwn) {
  Owners t;
  for (const auto domain : {"com", "a..b", "-a.example", "a b.example", "http://a.example/", ""})
    EXPECT_EQ(t.add(t.studio, "domain", domain).status, 400U) << domain;
  for (const auto range : {"0.0.0.0/0", "10.0.0.0/7", "::/0", "2001::/15", "300.1.1.1", "a.example", ""})
    EXPECT_EQ(t.add(t.studio, "cidr", range).status, 400U) << range;
  EXPECT_EQ(t.add(t.studio, "url", "http://a.example/").status, 400U);
  EXPECT_EQ(t.add(t.hub.operator_token(), "domain", "a.example").status, 403U);
}

TEST(Assets, AreVerifiedByAStewardOfACircleThatTheMemberIsIn) {
  Owners t;
  const auto made = t.add(t.studio, "domain", "studio.example");
  const auto id = made.number("id");
  EXPECT_TRUE(made.text("challenge").starts_with("tocsin-verification="));
  EXPECT_EQ(t.verify(t.stranger, id).status, 404U);
  EXPECT_EQ(t.verify(t.studio, id).status, 403U);
  EXPECT_EQ(t.verify(t.keeper, id, "http").status, 400U);
  EXPECT_EQ(t.verify(t.keeper, id, "dns").status, 404U) << "the owner's to show";
  EXPECT_TRUE(t.listed(t.stranger).empty());
  ASSERT_EQ(t.listed(t.keeper).size(), 1U);
  EXPECT_FALSE(t.listed(t.keeper).at(0).as_object().contains("challenge")) << "it is the owner's";
  EXPECT_EQ(t.listed(t.studio).at(0).at("challenge"), made.object().at("challenge"));
  EXPECT_EQ(t.verify(t.keeper, id).status, 200U);
  EXPECT_EQ(t.verify(t.keeper, id).status, 409U);
  const auto own = t.add(t.keeper, "domain", "keeper.example").number("id");
  EXPECT_EQ(t.verify(t.keeper, own).status, 403U) << "nobody vouches for itself";
  EXPECT_EQ(t.listed(t.studio).at(0).at("verified"), "steward");
  EXPECT_EQ(t.hub.services().directory.assets().at(0).verified, "steward");
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).number("assets_pending"), 0U);
}

TEST(Assets, AreShownByTheOwnersRecord) {
  Owners t;
  const auto made = t.add(t.studio, "domain", "studio.example");
  EXPECT_EQ(made.text("record"), "_tocsin.studio.example");
  serve::NameServer server{{{"_tocsin.studio.example", {made.text("challenge")}}}};
  t.hub.resolver = server.address();
  t.hub.restart();
  const auto other = t.add(t.studio, "domain", "other.example").number("id");
  EXPECT_EQ(t.verify(t.studio, other, "dns").status, 409U);
  EXPECT_EQ(t.verify(t.studio, made.number("id"), "dns").status, 200U);
  EXPECT_EQ(t.verify(t.studio, made.number("id"), "dns").status, 409U);
  EXPECT_EQ(t.listed(t.studio).at(0).at("verified"), "dns");
  EXPECT_TRUE(t.listed(t.studio).at(1).at("verified").is_null());
  // Another member's record holds another challenge.
  const auto claimed = t.add(t.keeper, "domain", "other.example");
  EXPECT_NE(claimed.text("challenge"), made.text("challenge"));
}

TEST(Assets, BelongToOneMemberOnceVerified) {
  Owners t;
  const auto first = t.add(t.studio, "domain", "studio.example").number("id");
  const auto second = t.add(t.keeper, "domain", "studio.example").number("id");
  EXPECT_NE(first, second) << "claims do not shut anyone out";
  EXPECT_EQ(t.add(t.studio, "domain", "STUDIO.example").status, 409U);
  EXPECT_EQ(t.verify(t.hub.operator_token(), first).status, 200U);
  EXPECT_EQ(t.verify(t.hub.operator_token(), second).status, 409U);
  EXPECT_EQ(t.add(t.stranger, "domain", "studio.example").status, 409U);
}

TEST(Assets, AreGivenUpByTheirMember) {
  Owners t;
  const auto id = std::to_string(t.add(t.studio, "domain", "studio.example").number("id"));
  EXPECT_EQ(t.hub.remove("/api/v1/assets/" + id, t.keeper).status, 404U);
  EXPECT_EQ(t.hub.remove("/api/v1/assets/" + id, t.studio).status, 200U);
  EXPECT_EQ(t.hub.remove("/api/v1/assets/" + id, t.studio).status, 404U);
  EXPECT_TRUE(t.listed(t.studio).empty());
}

}  // namespace
}  // namespace tocsin::api
