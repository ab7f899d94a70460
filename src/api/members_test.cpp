#include "api/test_hub.hpp"
#include "net/certificates.hpp"

namespace tocsin::api {
namespace {

struct Town {
  Town() {
    hub.make_circle("alpha");
    hub.make_circle("beta");
    keeper = hub.join("Keeper", {{"circles", {"alpha"}}, {"steward", true}});
    studio = hub.join("Studio", {{"circles", {"alpha"}}});
    other = hub.join("Other", {{"circles", {"beta"}}});
  }
  Reply invite(std::string_view token, const json::Object& fields) {
    json::Object body{{"name", "New"}, {"kind", "company"}, {"circles", {"alpha"}}};
    for (const auto& field : fields) body[field.key()] = field.value();
    return hub.post("/api/v1/invites", token, body);
  }
  Reply stand(std::string_view member, std::string_view standing) {
    return hub.post("/api/v1/members/" + std::string{member} + "/standing", hub.operator_token(),
                    {{"standing", standing}, {"why", "a test"}});
  }
  std::string names(std::string_view token) {
    std::string out;
    const json::Array members = hub.get("/api/v1/members", token).object().at("members").as_array();
    for (const auto& member : members) out += std::string{json::view(member.at("name").as_string())} + ' ';
    return out;
  }
  TestHub hub;
  std::string keeper, studio, other;
};

TEST(Members, SeeThoseTheyShareACircleWith) {
  Town t;
  EXPECT_EQ(t.names(t.studio), "Keeper Studio ");
  EXPECT_EQ(t.names(t.other), "Other ");
  EXPECT_EQ(t.names(t.hub.operator_token()), "Keeper Other Studio ");
}

TEST(Standing, SuspensionEndsEveryTokenAtOnceAndCanBeTakenBack) {
  Town t;
  ASSERT_EQ(t.stand("Studio", "suspended").status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).status, 401U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.studio).status, 401U);
  EXPECT_EQ(t.stand("Studio", "suspended").status, 409U);
  ASSERT_EQ(t.stand("Studio", "active").status, 200U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", t.studio).status, 200U);
  ASSERT_EQ(t.stand("Studio", "suspended").status, 200U);
  t.hub.restart();
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).status, 401U);
}

TEST(Standing, RemovalIsFinalAndOnlyOperatorsDecide) {
  Town t;
  ASSERT_EQ(t.stand("Studio", "removed").status, 200U);
  EXPECT_EQ(t.stand("Studio", "active").status, 409U);
  EXPECT_EQ(t.hub.get("/api/v1/me", t.studio).status, 401U);
  EXPECT_EQ(t.stand("Nobody", "removed").status, 404U);
  EXPECT_EQ(t.stand("Other", "asleep").status, 400U);
  EXPECT_EQ(t.hub.post("/api/v1/members/Other/standing", t.keeper, {{"standing", "removed"}}).status, 403U);
}

TEST(Invites, AStewardInvitesToItsOwnCirclesOnly) {
  Town t;
  EXPECT_EQ(t.invite(t.keeper, {}).status, 201U);
  EXPECT_EQ(t.invite(t.studio, {}).status, 403U);
  const auto hidden = t.invite(t.keeper, {{"circles", {"beta"}}});
  EXPECT_EQ(hidden, t.invite(t.keeper, {{"circles", {"no-such-circle"}}})) << "beta is not there for it";
  EXPECT_EQ(hidden.status, 404U);
  EXPECT_EQ(t.invite(t.keeper, {{"circles", {"alpha", "beta"}}}).status, 404U);
  EXPECT_EQ(t.invite(t.keeper, {{"circles", json::Array{}}}).status, 403U);
  EXPECT_EQ(t.invite(t.hub.operator_token(), {{"circles", {"alpha", "beta"}}}).status, 201U);
}

TEST(Invites, CarryTheSecretAndThePinInTheFragmentAndEndAfterAWeek) {
  Town t;
  const auto made = t.invite(t.keeper, {});
  const auto url = made.text("invite_url");
  EXPECT_TRUE(url.starts_with("https://hub.example:8443/join#invite=tocsin_")) << url;
  const auto pin = net::public_key_pin(t.hub.services().secrets.authority().certificate_pem);
  EXPECT_TRUE(url.ends_with("&pin=" + *pin)) << url;
  EXPECT_EQ(made.text("expires"), to_rfc3339(t.hub.clock().now() + std::chrono::days{7}));
  EXPECT_EQ(t.hub.get("/api/v1/invites", t.keeper).body.find(TestHub::secret_in(url)), std::string::npos);
}

TEST(Invites, OnlyForWhomTheRulesAdmit) {
  Town t;
  EXPECT_EQ(t.invite(t.keeper, {{"kind", "government"}}).status, 400U) << "without a role";
  EXPECT_EQ(t.invite(t.keeper, {{"role", "cert"}}).status, 400U) << "a company has none";
  EXPECT_EQ(t.invite(t.keeper, {{"kind", "government"}, {"role", "intelligence"}}).status, 400U);
  EXPECT_EQ(t.invite(t.keeper, {{"kind", "government"}, {"role", "cert"}}).status, 201U);
  ASSERT_EQ(t.hub.put("/api/v1/circles/alpha/rules", t.keeper, {{"sectors", {"media"}}}).status, 200U);
  EXPECT_EQ(t.invite(t.keeper, {{"sector", "energy"}}).status, 400U);
  EXPECT_EQ(t.invite(t.keeper, {{"sector", "media"}}).status, 201U);
}

TEST(Invites, RefuseNamesThatCannotBeTypedOrAreTaken) {
  Town t;
  EXPECT_EQ(t.invite(t.keeper, {{"name", "Studio"}}).status, 409U);
  for (const auto name : {"", " a", "a,b", "a/b", "a\x1b[2J", "a\nb"})
    EXPECT_EQ(t.invite(t.keeper, {{"name", name}}).status, 400U) << name;
  EXPECT_EQ(t.invite(t.keeper, {{"name", "Fernsehen Süd & Söhne"}}).status, 201U);
}

TEST(Invites, AStewardNamesItsOwnClientsOnly) {
  Town t;
  EXPECT_EQ(t.invite(t.keeper, {{"client_of", "Studio"}}).status, 400U);
  EXPECT_EQ(t.invite(t.keeper, {{"client_of", "Keeper"}}).status, 201U);
  const auto client = t.hub.join("Client", {{"client_of", "Studio"}});
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha", client).status, 200U) << "it reads through its member";
  EXPECT_EQ(t.hub.post("/api/v1/circles/alpha/leave", client).status, 409U);
}

TEST(Invites, AreSeenAndRevokedByWhoeverMayMakeThem) {
  Town t;
  const auto id = std::to_string(t.invite(t.keeper, {}).number("id"));
  EXPECT_EQ(t.hub.remove("/api/v1/invites/" + id, t.other).status, 404U);
  EXPECT_EQ(t.hub.remove("/api/v1/invites/999", t.keeper).status, 404U);
  EXPECT_EQ(t.hub.remove("/api/v1/invites/x", t.keeper).status, 404U);
  EXPECT_EQ(t.hub.remove("/api/v1/invites/" + id, t.keeper).status, 200U);
  EXPECT_EQ(t.hub.remove("/api/v1/invites/" + id, t.keeper).status, 409U);
  EXPECT_EQ(t.hub.get("/api/v1/invites", t.studio).status, 403U);
  const auto all = t.hub.get("/api/v1/invites?limit=2", t.hub.operator_token()).object();
  EXPECT_EQ(all.at("invites").as_array().size(), 2U);
  EXPECT_EQ(all.at("next"), "2");
  const auto own = t.hub.get("/api/v1/invites?after=2", t.keeper).object().at("invites").as_array();
  EXPECT_EQ(own.at(0).at("state"), "revoked") << "the operator's invite to beta is not among them";
  EXPECT_EQ(own.size(), 1U);
}

}  // namespace
}  // namespace tocsin::api
