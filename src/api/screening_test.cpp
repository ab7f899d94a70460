// What the hub refuses by its screen, and what government members do not get.

#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

std::string indicator(int number, std::string_view description) {
  std::string out =
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-00000000000)";
  out += std::to_string(number);
  out +=
      R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern_type":"stix",)";
  out +=
      R"("pattern":"[domain-name:value = 'evil.test']","valid_from":"2026-01-01T00:00:00Z","description":")";
  out += description;
  return out + "\"}";
}

struct Screened {
  explicit Screened(json::Object rules = {}) {
    rules.emplace("screening", true);  // unless the test says otherwise
    hub.make_circle("alpha", rules);
    studio = hub.join("Studio", {{"circles", {"alpha"}}, {"steward", true}});
    bank = hub.join("Bank", {{"circles", {"alpha"}}});
    cert = hub.join("Cert", {{"circles", {"alpha"}}, {"kind", "government"}, {"role", "cert"}});
  }
  json::Object share(const std::string& body) {
    const auto reply = hub.call("POST", "/api/v1/circles/alpha/objects", studio, body);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return reply.object();
  }
  std::size_t objects_seen_by(std::string_view token) {
    const auto page = hub.get("/api/v1/circles/alpha/entries?limit=1000", token).object();
    const auto& entries = page.at("entries").as_array();
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const auto& entry) {
      return entry.at("kind").as_string() == "object";
    }));
  }
  TestHub hub;
  std::string studio, bank, cert;
};

TEST(Screening, RefusesWhatPointsAtAPersonAndKeepsTheRest) {
  Screened t;
  const auto verdict =
      t.share(indicator(1, "second stage") + "\n" + indicator(2, "sent to jane.doe@bank.test by mail"));
  EXPECT_EQ(verdict.at("accepted"), 1);
  EXPECT_EQ(verdict.at("unscreened"), false);
  const auto& refused = verdict.at("refused").as_array();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].at("rule"), "screen:email");
  EXPECT_EQ(refused[0].at("path"), "description");
  EXPECT_EQ(json::dump(refused).find("jane"), std::string::npos);
  EXPECT_EQ(t.objects_seen_by(t.bank), 1U);
}

TEST(Screening, ACircleMayTurnItOffOrMakeItStricter) {
  Screened open{{{"screening", false}}};
  const auto verdict = open.share(indicator(2, "sent to jane.doe@bank.test by mail"));
  EXPECT_EQ(verdict.at("accepted"), 1);
  EXPECT_EQ(verdict.at("unscreened"), true);

  Screened strict{{{"screen_policy", "version = \"1\"\nindicator = [\"description: withhold\"]\n"}}};
  EXPECT_EQ(strict.share(indicator(1, "second stage")).at("accepted"), 0);
}

TEST(Screening, APolicyThatCannotBeReadIsNoRule) {
  TestHub hub;
  const auto made = hub.post("/api/v1/circles", hub.operator_token(),
                             {{"name", "alpha"}, {"rules", {{"screen_policy", "indicator = 7"}}}});
  EXPECT_EQ(made.status, 400U) << made.body;
  EXPECT_NE(made.body.find("screen_policy"), std::string::npos) << made.body;
}

TEST(Screening, GovernmentReadsOnlyWhatPassesItsOwnProfile) {
  Screened t{{{"government_screen_policy", "version = \"1\"\nindicator = [\"description: withhold\"]\n"}}};
  EXPECT_EQ(t.share(indicator(1, "second stage")).at("accepted"), 1);
  EXPECT_EQ(t.objects_seen_by(t.bank), 1U);
  EXPECT_EQ(t.objects_seen_by(t.cert), 0U);
}

}  // namespace
}  // namespace tocsin::api
