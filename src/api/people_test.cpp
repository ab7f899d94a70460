#include "api/test_hub.hpp"
#include "net/certificates.hpp"

namespace tocsin::api {
namespace {

struct Member {
  Member() {
    hub.make_circle("alpha");
    admin = hub.join("Studio", {{"circles", {"alpha"}}});
    other = hub.join("Other", {{"circles", {"alpha"}}});
    EXPECT_EQ(hub.post("/api/v1/people", admin, {{"name", "zeek"}, {"machine", true}}).status, 201U);
  }
  Reply make(std::string_view token, std::string_view person, json::Array scopes,
             json::Value days = nullptr) {
    return hub.post("/api/v1/tokens", token,
                    {{"person", person}, {"scopes", std::move(scopes)}, {"days", std::move(days)}});
  }
  TestHub hub;
  std::string admin, other;
};

TEST(People, AreTheAdministratorsToAdd) {
  Member t;
  EXPECT_EQ(t.hub.post("/api/v1/people", t.admin, {{"name", "zeek"}}).status, 409U);
  EXPECT_EQ(t.hub.post("/api/v1/people", t.other, {{"name", "zeek"}}).status, 201U) << "of another member";
  EXPECT_EQ(t.hub.post("/api/v1/people", t.admin, {{"name", "a\tb"}}).status, 400U);
  const auto people = t.hub.get("/api/v1/people", t.admin).object().at("people").as_array();
  ASSERT_EQ(people.size(), 2U);
  EXPECT_EQ(people[0].at("name"), "ada");
  EXPECT_EQ(people[1].at("machine"), true);
  const auto reader = t.make(t.admin, "zeek", {"read"}).text("token");
  EXPECT_EQ(t.hub.get("/api/v1/people", reader).status, 403U);
}

TEST(Tokens, HoldOnlyTheScopesThatTheirMakerMayGive) {
  Member t;
  const auto sensor = t.make(t.admin, "zeek", {"read", "sight"});
  ASSERT_EQ(sensor.status, 201U) << sensor.body;
  const auto token = sensor.text("token");
  EXPECT_EQ(t.hub.get("/api/v1/me", token).object().at("scopes"), (json::Array{"read", "sight"}));
  EXPECT_EQ(t.make(t.admin, "ada", {"steward"}).status, 201U);
  EXPECT_EQ(t.make(t.admin, "ada", {"operate"}).status, 403U);
  EXPECT_EQ(t.make(t.admin, "ada", {"fly"}).status, 400U);
  EXPECT_EQ(t.make(t.admin, "ada", json::Array{}).status, 400U);
  EXPECT_EQ(t.make(t.admin, "grace", {"read"}).status, 400U);
  EXPECT_EQ(t.make(token, "zeek", {"read"}).status, 201U) << "a subset, for itself";
  EXPECT_EQ(t.make(token, "zeek", {"share"}).status, 403U);
  EXPECT_EQ(t.make(token, "ada", {"read"}).status, 400U);
}

TEST(Tokens, EndWhenTheySayAndNotLaterByTheirOwnDoing) {
  Member t;
  const auto day = t.make(t.admin, "zeek", {"read"}, 1);
  const auto token = day.text("token");
  const auto child = t.make(token, "zeek", {"read"});
  EXPECT_EQ(child.object().at("expires"), day.object().at("expires"));
  const auto long_child = t.make(token, "zeek", {"read"}, 30);
  EXPECT_EQ(long_child.object().at("expires"), day.object().at("expires"));
  EXPECT_TRUE(t.make(t.admin, "zeek", {"read"}).object().at("expires").is_null());
  EXPECT_EQ(t.make(t.admin, "zeek", {"read"}, 0).status, 400U);
  t.hub.clock().advance(std::chrono::days{1} - std::chrono::seconds{1});
  EXPECT_EQ(t.hub.get("/api/v1/me", token).status, 200U);
  t.hub.clock().advance(std::chrono::seconds{1});
  EXPECT_EQ(t.hub.get("/api/v1/me", token).status, 401U);
  EXPECT_EQ(t.hub.get("/api/v1/me", child.text("token")).status, 401U);
}

TEST(Tokens, AreListedWithoutSecretsAndRevokedAtOnce) {
  Member t;
  const auto made = t.make(t.admin, "zeek", {"read"});
  const auto token = made.text("token");
  const auto id = std::to_string(made.number("id"));
  const auto listed = t.hub.get("/api/v1/tokens", t.admin);
  EXPECT_EQ(listed.object().at("tokens").as_array().size(), 2U);
  EXPECT_EQ(listed.body.find(token), std::string::npos);
  EXPECT_EQ(t.hub.get("/api/v1/tokens", token).object().at("tokens").as_array().size(), 1U) << "its own";
  EXPECT_EQ(t.hub.remove("/api/v1/tokens/" + id, t.other).status, 404U) << "another member's";
  EXPECT_EQ(t.hub.remove("/api/v1/tokens/" + id, t.hub.operator_token()).status, 404U);
  EXPECT_EQ(t.hub.remove("/api/v1/tokens/" + id, t.admin).status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/me", token).status, 401U);
  EXPECT_EQ(t.hub.remove("/api/v1/tokens/" + id, t.admin).status, 409U);
  const auto own = t.make(t.admin, "zeek", {"read"});
  EXPECT_EQ(t.hub.remove("/api/v1/tokens/" + std::to_string(own.number("id")), own.text("token")).status,
            200U);
}

TEST(Tokens, OutliveARestart) {
  Member t;
  const auto token = t.make(t.admin, "zeek", {"read"}).text("token");
  t.hub.restart();
  EXPECT_EQ(t.hub.get("/api/v1/me", token).text("person"), "zeek");
}

TEST(Tokens, MayBeCertificates) {
  Member t;
  const auto request = net::make_client_request("whatever it says");
  const json::Object body{
      {"person", "zeek"}, {"scopes", {"read"}}, {"days", 30}, {"request", request.request_pem}};
  const auto made = t.hub.post("/api/v1/tokens", t.admin, body);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_FALSE(made.object().contains("token"));
  const auto hash = net::certificate_sha256(made.text("certificate"));
  ASSERT_TRUE(hash);
  EXPECT_EQ(t.hub.call("GET", "/api/v1/me", {}, {}, *hash).text("person"), "zeek");
  EXPECT_EQ(t.hub.call("GET", "/api/v1/me", {}, {}, std::string(64, '0')).status, 401U);
  t.hub.clock().advance(std::chrono::days{30});
  EXPECT_EQ(t.hub.call("GET", "/api/v1/me", {}, {}, *hash).status, 401U);
  EXPECT_EQ(
      t.hub.post("/api/v1/tokens", t.admin, {{"person", "zeek"}, {"scopes", {"read"}}, {"request", "x"}})
          .status,
      400U);
}

TEST(Operators, ManageTheirOwnAndNobodyElse) {
  Member t;
  ASSERT_EQ(t.hub.post("/api/v1/people", t.hub.operator_token(), {{"name", "night shift"}}).status, 201U);
  const auto made = t.make(t.hub.operator_token(), "night shift", {"operate"});
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(t.hub.get("/api/v1/me", made.text("token")).object().at("operator"), true);
  EXPECT_EQ(t.make(t.hub.operator_token(), "night shift", {"read"}).status, 403U);
  EXPECT_EQ(t.make(t.hub.operator_token(), "zeek", {"operate"}).status, 400U);
  EXPECT_EQ(t.hub.get("/api/v1/people", t.hub.operator_token()).object().at("people").as_array().size(), 2U);
}

TEST(Identities, BelongToOneMember) {
  Member t;
  const json::Object body{{"stix_id", "identity--2f2b2b67-7f0d-4b25-9d2a-0a3fd5f1d6a1"}};
  EXPECT_EQ(t.hub.post("/api/v1/identities", t.admin, body).status, 201U);
  EXPECT_EQ(t.hub.post("/api/v1/identities", t.other, body).status, 409U);
  EXPECT_EQ(t.hub.post("/api/v1/identities", t.admin, {{"stix_id", "identity--1"}}).status, 400U);
  EXPECT_EQ(t.hub.post("/api/v1/identities", t.hub.operator_token(), body).status, 403U);
}

}  // namespace
}  // namespace tocsin::api
