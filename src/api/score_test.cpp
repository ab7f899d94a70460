#include <thread>

#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

using std::chrono::hours;

std::string numbered(std::string_view type, int number) {
  const auto digits = std::to_string(number);
  return std::string{type} + "--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

std::string indicator(int number, std::string_view pattern, std::string_view more = "",
                      std::string_view modified = "2026-11-23T12:00:00.000Z") {
  return R"({"type":"indicator","spec_version":"2.1","id":")" + numbered("indicator", number) +
         R"(","created":"2026-11-23T12:00:00.000Z","modified":")" + std::string{modified} +
         R"(","pattern":")" + std::string{pattern} +
         R"(","pattern_type":"stix","valid_from":"2026-11-23T12:00:00Z")" + std::string{more} + '}';
}

std::string address(int number, std::string_view more = "",
                    std::string_view modified = "2026-11-23T12:00:00.000Z") {
  return indicator(number, "[ipv4-addr:value = '45.155.205." + std::to_string(number) + "']", more, modified);
}

std::string opinion(int number, std::string_view says, int about, std::string_view more = "") {
  return R"({"type":"opinion","spec_version":"2.1","id":")" + numbered("opinion", number) +
         R"(","created":"2026-11-23T12:00:00.000Z","modified":"2026-11-23T12:00:00.000Z","opinion":")" +
         std::string{says} + R"(","object_refs":[")" + numbered("indicator", about) + R"("])" +
         std::string{more} + '}';
}

constexpr const char* path = "/api/v1/circles/alpha";
constexpr const char* red =
    R"(,"object_marking_refs":["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"])";

struct Town {
  explicit Town(const json::Object& rules = {}) {
    hub.make_circle("alpha", rules);
    for (const char* name : {"Studio", "Bank", "Grid", "Port", "Mill"})
      members.push_back(hub.join(name, {{"circles", {"alpha"}}, {"steward", members.empty()}}));
  }
  json::Object share(std::size_t member, const std::string& body, std::string_view query = "") {
    const auto reply =
        hub.call("POST", std::string{path} + "/objects" + std::string{query}, members[member], body);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return reply.object();
  }
  Reply sight(std::size_t member, int about, std::string_view kind) {
    static int number = 0;
    const auto sighting = json::parse(
        R"({"type":"sighting","spec_version":"2.1","id":")" + numbered("sighting", ++number) +
        R"(","created":"2026-11-23T12:00:00.000Z","modified":"2026-11-23T12:00:00.000Z","sighting_of_ref":")" +
        numbered("indicator", about) + R"("})");
    return hub.post(std::string{path} + "/sightings", members[member],
                    {{"sighting", *sighting}, {"kind", kind}});
  }
  Reply show(std::size_t member, int about) {
    return hub.get(std::string{path} + "/objects/" + numbered("indicator", about), members[member]);
  }
  json::Object score(std::size_t member, int about) {
    const auto shown = show(member, about);
    EXPECT_EQ(shown.status, 200U) << shown.body;
    return shown.object().at("score").as_object();
  }
  std::int64_t points(std::size_t member, int about) { return score(member, about).at("score").as_int64(); }
  std::vector<json::Object> entries(std::size_t member, std::string_view kind) {
    std::vector<json::Object> out;
    const auto page = hub.get(std::string{path} + "/entries?limit=1000", members[member]).object();
    for (const auto& entry : page.at("entries").as_array())
      if (entry.at("kind").as_string() == boost::json::string_view{kind.data(), kind.size()})
        out.push_back(entry.as_object());
    return out;
  }
  /// The endings are looked for by a thread of their own.
  std::vector<json::Object> withdrawals(std::size_t wanted) {
    for (int i = 0; i < 500; ++i) {
      auto found = entries(1, "withdrawal");
      if (found.size() >= wanted) return found;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return entries(1, "withdrawal");
  }
  TestHub hub;
  std::vector<std::string> members;
};

TEST(Score, OneMemberHasOneVoice) {
  Town town;
  town.share(0, address(1));
  EXPECT_EQ(town.points(1, 1), 50);
  for (int i = 1; i <= 200; ++i) town.share(1, opinion(i, "strongly-disagree", 1));
  EXPECT_EQ(town.points(2, 1), 33);
  town.share(1, opinion(300, "strongly-agree", 1));
  EXPECT_EQ(town.points(2, 1), 66) << "its latest counts";
  town.share(2, opinion(301, "strongly-agree", 1));
  EXPECT_EQ(town.points(3, 1), 66) << "fewer than three weigh as one";
  EXPECT_EQ(town.score(3, 1).at("opinions").at("members"), "<3");
  town.share(3, opinion(302, "strongly-agree", 1));
  EXPECT_EQ(town.points(4, 1), 80);
  EXPECT_EQ(town.score(4, 1).at("opinions").at("say").at("strongly-agree"), 3);
  const auto shown = town.show(4, 1).body;
  for (const char* name : {"Studio", "Bank", "Grid", "Port"})
    EXPECT_EQ(shown.find(name), std::string::npos) << "nobody is named";
}

TEST(Score, NobodyRaisesItsOwn) {
  Town town;
  town.share(0, address(1));
  town.share(0, opinion(1, "strongly-agree", 1));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(town.sight(0, 1, "seen").status, 200U);
  EXPECT_EQ(town.points(0, 1), 50);
  EXPECT_EQ(town.points(1, 1), 50);
}

TEST(Score, SightingsCountOnceForEachMember) {
  Town town;
  town.share(0, address(1));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(town.sight(1, 1, "seen").status, 200U);
  EXPECT_EQ(town.points(2, 1), 58);
  for (const std::size_t member : {1U, 2U, 3U})
    EXPECT_EQ(town.sight(member, 1, "false-positive").status, 200U);
  EXPECT_EQ(town.points(4, 1), 32);
  const auto sightings = town.score(4, 1).at("sightings");
  EXPECT_EQ(sightings.at("members"), 3);
  EXPECT_TRUE(sightings.at("last_seen").is_null()) << "who saw it took it back";
}

TEST(Score, WhatAReaderMayNotSeeDoesNotCount) {
  Town town{{{"tlp_max", "red"}}};
  town.share(0, address(1));
  town.share(1, opinion(1, "strongly-disagree", 1, red), "?to=Grid");
  EXPECT_EQ(town.points(2, 1), 33) << "its recipient";
  EXPECT_EQ(town.points(1, 1), 33) << "its author";
  EXPECT_EQ(town.points(3, 1), 50);
  EXPECT_EQ(town.score(3, 1).at("opinions").at("members"), 0);
}

TEST(Score, WhatIsWithdrawnOrItsMemberGoneDoesNotCount) {
  Town town;
  town.share(0, address(1));
  town.share(1, opinion(1, "strongly-disagree", 1));
  town.share(2, opinion(2, "strongly-disagree", 1));
  town.share(3, opinion(3, "strongly-disagree", 1));
  EXPECT_EQ(town.points(4, 1), 20);
  EXPECT_EQ(town.hub
                .post(std::string{path} + "/withdrawals", town.members[1],
                      {{"id", numbered("opinion", 1)}, {"why", "wrong"}})
                .status,
            200U);
  EXPECT_EQ(town.points(4, 1), 33);
  for (const char* member : {"Grid", "Port"})
    EXPECT_EQ(
        town.hub
            .post(std::string{path} + "/members", town.members[0], {{"act", "remove"}, {"member", member}})
            .status,
        200U);
  EXPECT_EQ(town.points(4, 1), 50);
}

TEST(Score, ReliabilityIsTheStewardsAndToldToNobodyElse) {
  Town town;
  town.share(1, address(1));
  town.share(1, address(2, R"(,"confidence":80)"), "?attribution=named");
  const auto rate = [&](std::size_t who, std::string_view member, std::string_view letter) {
    return town.hub.post(std::string{path} + "/members", town.members[who],
                         {{"act", "reliability"}, {"member", member}, {"letter", letter}});
  };
  EXPECT_EQ(rate(1, "Bank", "A").status, 403U);
  EXPECT_EQ(rate(0, "Bank", "Z").status, 400U);
  EXPECT_EQ(rate(0, "Nobody", "A").status, 400U);
  EXPECT_EQ(rate(0, "Bank", "E").status, 200U);
  EXPECT_EQ(town.entries(0, "decision").size(), 1U);
  EXPECT_EQ(town.entries(1, "decision").size(), 1U) << "it may know what is said of it";
  EXPECT_EQ(town.entries(2, "decision").size(), 0U);
  const auto letter_of = [&](std::size_t reader) {
    const auto circle = town.hub.get(path, town.members[reader]).object();
    for (const auto& member : circle.at("members").as_array())
      if (member.at("name") == "Bank")
        return member.as_object().contains("reliability") ? std::string{member.at("reliability").as_string()}
                                                          : "";
    return std::string{"?"};
  };
  EXPECT_EQ(letter_of(0), "E");
  EXPECT_EQ(letter_of(1), "E");
  EXPECT_EQ(letter_of(2), "");
  const auto source = [&](int about) { return town.score(2, about).at("source").as_object(); };
  EXPECT_EQ(source(1).at("reliability"), "F") << "an unnamed source shows no letter that only one has";
  EXPECT_EQ(source(2).at("reliability"), "E");
  EXPECT_EQ(source(2).at("weight"), 40);
  rate(0, "Grid", "E");
  EXPECT_EQ(source(1).at("reliability"), "F");
  rate(0, "Port", "E");
  EXPECT_EQ(source(1).at("reliability"), "E") << "one of three";
  const auto before = town.score(2, 1);
  const auto [live, replayed] = town.hub.digests();
  EXPECT_EQ(live, replayed);
  EXPECT_EQ(town.score(2, 1), before) << "after a replay";
  EXPECT_EQ(letter_of(0), "E");
}

TEST(Score, AReplayGivesTheSame) {
  Town town{{{"decay_days", {{"ipv4", 30}}}}};
  for (int i = 1; i <= 5; ++i) town.share(0, address(i));
  for (int i = 1; i <= 20; ++i)
    town.share(1 + static_cast<std::size_t>(i % 4), opinion(i, i % 3 == 0 ? "agree" : "disagree", 1 + i % 5));
  for (int i = 0; i < 9; ++i)
    town.sight(1 + static_cast<std::size_t>(i % 3), 1 + i % 5, i % 2 == 0 ? "seen" : "expired");
  town.share(2, indicator(9, "[domain-name:value MATCHES 'a[0-9]+x']"));
  town.hub.clock().advance(hours{24 * 20});
  std::vector<std::string> before;
  for (int i = 1; i <= 5; ++i) before.push_back(town.show(4, i).body);
  const auto [live, replayed] = town.hub.digests();
  EXPECT_EQ(live, replayed);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(town.show(4, i).body, before[static_cast<std::size_t>(i) - 1]);
}

TEST(Ending, WhatHasFadedEndsLikeAWithdrawalOnce) {
  Town town{{{"decay_days", {{"ipv4", 30}}}, {"decay_floor", 50}}};
  town.share(0, address(1));
  town.share(0, indicator(2, "[domain-name:value = 'evil.ru']"));
  town.share(0, address(3));
  const std::string ends{town.score(1, 1).at("age").at("ends").as_string()};
  EXPECT_EQ(ends.substr(0, 10), "2026-12-23");
  town.hub.clock().advance(hours{24 * 29});
  EXPECT_EQ(town.sight(2, 3, "seen").status, 200U);
  EXPECT_EQ(town.points(1, 1), 25);
  EXPECT_TRUE(town.withdrawals(0).empty());
  town.hub.clock().advance(hours{24 * 2});
  const auto ended = town.withdrawals(1);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(json::text_or(ended[0], "withdrawn"), numbered("indicator", 1));
  EXPECT_EQ(ended[0].at("attributes").at("by"), "rules");
  EXPECT_EQ(ended[0].at("attributes").at("reason"), "decayed");
  EXPECT_EQ(town.show(1, 1).object().at("withdrawn"), true);
  EXPECT_EQ(town.show(1, 2).object().at("withdrawn"), false) << "its kind does not fade";
  EXPECT_EQ(town.show(1, 3).object().at("withdrawn"), false) << "it was seen two days ago";
  town.hub.restart();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  EXPECT_EQ(town.withdrawals(1).size(), 1U) << "a restart does not double it";
  const auto [live, replayed] = town.hub.digests();
  EXPECT_EQ(live, replayed);
  EXPECT_EQ(town.withdrawals(1).size(), 1U) << "replay creates nothing";
}

TEST(Ending, ARestartLosesNone) {
  Town town{{{"decay_days", {{"ipv4", 10}}}, {"decay_floor", 50}}};
  town.share(0, address(1));
  town.hub.restart();
  town.hub.clock().advance(hours{24 * 11});
  EXPECT_EQ(town.withdrawals(1).size(), 1U);
}

TEST(Ending, ItsOwnerMayGoOnWithALaterVersion) {
  Town town{{{"decay_days", {{"ipv4", 10}}}, {"decay_floor", 50}}};
  town.share(0, address(1));
  town.hub.clock().advance(hours{24 * 11});
  ASSERT_EQ(town.withdrawals(1).size(), 1U);
  const auto rule = [&](std::size_t member, std::string_view modified) {
    const auto verdict = town.share(member, address(1, "", modified));
    const auto& refused = verdict.at("refused").as_array();
    return refused.empty() ? std::string{} : std::string{refused[0].at("rule").as_string()};
  };
  EXPECT_EQ(rule(1, "2026-12-04T12:00:00.000Z"), "not-the-owner");
  EXPECT_EQ(rule(0, "2026-11-22T12:00:00.000Z"), "modified-before-created");
  EXPECT_EQ(rule(0, "2026-12-04T12:00:00.000Z"), "");
  EXPECT_EQ(town.show(1, 1).object().at("withdrawn"), false);
  town.hub.post(std::string{path} + "/withdrawals", town.members[0],
                {{"id", numbered("indicator", 1)}, {"why", "x"}});
  EXPECT_EQ(rule(0, "2026-12-04T12:00:01.000Z"), "withdrawn") << "what its owner withdrew stays so";
}

TEST(Ending, WhatIsPastItsTimeEndsWhereTheRulesSaySo) {
  Town town{{{"lifetime_days", {{"ipv4", 10}}}}};
  town.share(0, address(1));
  town.share(0, indicator(2, "[domain-name:value = 'evil.ru']", R"(,"valid_until":"2026-12-01T00:00:00Z")"));
  town.hub.clock().advance(hours{24 * 11});
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  EXPECT_TRUE(town.withdrawals(0).empty()) << "sensors end it themselves";
  for (const auto& [about, day] : {std::pair{1, "2026-12-03"}, {2, "2026-12-01"}}) {
    const std::string ends{town.score(1, about).at("age").at("ends").as_string()};
    EXPECT_EQ(ends.substr(0, 10), day) << "and the reader is told when";
  }
  EXPECT_EQ(town.hub.put(std::string{path} + "/rules", town.members[0], {{"end_expired", true}}).status,
            200U);
  const auto ended = town.withdrawals(2);
  ASSERT_EQ(ended.size(), 2U);
  for (const auto& each : ended) EXPECT_EQ(each.at("attributes").at("reason"), "expired");
}

TEST(Ending, OpinionsNeverEndAnything) {
  Town town{{{"decay_days", {{"ipv4", 300}}}, {"decay_floor", 50}}};
  town.share(0, address(1));
  for (std::size_t member = 1; member < 5; ++member)
    for (int i = 0; i < 20; ++i) {
      town.share(member, opinion(static_cast<int>(member) * 100 + i, "strongly-disagree", 1));
      town.sight(member, 1, "expired");
    }
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  EXPECT_TRUE(town.withdrawals(0).empty());
  EXPECT_EQ(town.show(1, 1).object().at("withdrawn"), false);
  EXPECT_LT(town.points(1, 1), 20) << "but it shows";
}

TEST(Flood, WhatIsAboveTheLimitWaitsAndNothingIsLost) {
  Town town{{{"flood", 10}}};
  std::string many;
  for (int i = 1; i <= 30; ++i) many += address(i) + '\n';
  auto verdict = town.share(1, many);
  EXPECT_EQ(verdict.at("accepted"), 10);
  ASSERT_EQ(verdict.at("held").as_array().size(), 20U);
  EXPECT_EQ(verdict.at("held").as_array()[0].at("rule"), "flood");
  EXPECT_EQ(town.share(2, address(101)).at("accepted"), 1) << "others pass";
  EXPECT_EQ(town.share(1, address(1)).at("duplicates"), 1);
  EXPECT_EQ(town.share(1, address(1, R"(,"revoked":true)", "2026-11-23T12:00:01.000Z")).at("accepted"), 1)
      << "a revocation passes";
  town.hub.restart();
  EXPECT_EQ(town.share(1, address(40)).at("held").as_array().size(), 1U) << "a restart forgets nothing";
  town.hub.clock().advance(hours{2});
  EXPECT_EQ(town.share(1, address(41)).at("accepted"), 1);

  const auto waiting = town.hub.get(std::string{path} + "/held", town.members[0]).object();
  const auto& held = waiting.at("held").as_array();
  ASSERT_EQ(held.size(), 21U);
  EXPECT_EQ(town.hub.get(std::string{path} + "/held", town.members[0]).body.find("Bank"), std::string::npos);
  const auto decide = [&](std::size_t who, std::int64_t at, std::string_view act) {
    return town.hub.post(std::string{path} + "/held/" + std::to_string(at), town.members[who],
                         {{"act", act}, {"why", "looked at"}, {"all", true}});
  };
  EXPECT_EQ(decide(1, held[0].at("sequence").as_int64(), "release").status, 403U);
  const auto third = held[3].at("sequence").as_int64();
  const auto released = decide(0, third, "release");
  EXPECT_EQ(released.status, 200U) << released.body;
  EXPECT_EQ(released.object().at("decided"), 18);
  EXPECT_EQ(town.entries(2, "object").size(), 10U + 1 + 1 + 1 + 18);
  EXPECT_EQ(decide(0, held[0].at("sequence").as_int64(), "dismiss").object().at("decided"), 3);
  EXPECT_TRUE(
      town.hub.get(std::string{path} + "/held", town.members[0]).object().at("held").as_array().empty());
  const auto [live, replayed] = town.hub.digests();
  EXPECT_EQ(live, replayed);
}

TEST(Flood, NewcomersHaveALimitOfTheirOwn) {
  Town town{{{"newcomer_flood", 0}, {"newcomer_days", 7}}};
  EXPECT_EQ(town.share(1, address(1)).at("held").as_array().size(), 1U);
  town.hub.clock().advance(hours{24 * 8});
  EXPECT_EQ(town.share(1, address(2)).at("accepted"), 1);
  EXPECT_EQ(town.hub.put(std::string{path} + "/rules", town.members[0], {{"newcomer_flood", nullptr}}).status,
            200U);
  EXPECT_EQ(town.hub.put(std::string{path} + "/rules", town.members[0], {{"flood", -1}}).status, 400U);
}

TEST(Flood, ReleasedTogetherIsOnlyAFlood) {
  Town town;
  town.hub.hold([](const stix::Object&, MemberId) { return circle::Hold{"warning-list", "on a list"}; });
  town.share(1, address(1));
  const auto waiting = town.hub.get(std::string{path} + "/held", town.members[0]).object();
  const auto at = std::to_string(waiting.at("held").as_array()[0].at("sequence").as_int64());
  const auto decide = [&](std::string_view act) {
    return town.hub.post(std::string{path} + "/held/" + at, town.members[0], {{"act", act}, {"all", true}})
        .status;
  };
  EXPECT_EQ(decide("release"), 403U);
  EXPECT_EQ(decide("dismiss"), 200U);
}

TEST(Context, AnIndicatorWithoutIsRefusedAndToldWhatIsMissing) {
  Town town{{{"context", "any"}}};
  const auto refused = town.share(1, address(1)).at("refused").as_array();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].at("rule"), "context");
  EXPECT_NE(refused[0].at("reason").as_string().find("confidence"), std::string::npos);
  EXPECT_EQ(town.share(1, address(1, R"(,"confidence":30)")).at("accepted"), 1);
}

TEST(Same, ASharerHearsOfAnotherThatItSees) {
  Town town{{{"tlp_max", "red"}}};
  town.share(0, address(1));
  const auto warning = [&](std::size_t member, const std::string& body) {
    town.show(0, 1);  // waits for the views
    const auto verdict = town.share(member, body, "?dry_run=1");
    const auto& warnings = verdict.at("warnings").as_array();
    return warnings.empty() ? std::string{} : std::string{warnings[0].at("warning").as_string()};
  };
  const auto like_one = indicator(8, "[ipv4-addr:value = '45.155.205.1']");
  EXPECT_EQ(warning(1, like_one), "says the same as " + numbered("indicator", 1));
  EXPECT_EQ(warning(1, address(1)), "") << "itself";
  town.share(0, indicator(2, "[domain-name:value = 'evil.ru' AND domain-name:value != 'x.ru']", red),
             "?to=Bank");
  const auto turned = indicator(9, "[domain-name:value != 'x.ru' AND domain-name:value = 'evil.ru']");
  EXPECT_EQ(warning(1, turned), "says the same as " + numbered("indicator", 2));
  EXPECT_EQ(warning(2, turned), "") << "it may not know of the other";
  town.share(2, like_one);
  const auto same = town.show(3, 1).object().at("same").as_array();
  ASSERT_EQ(same.size(), 1U);
  EXPECT_EQ(json::text_or(same[0].as_object(), "id"), numbered("indicator", 8));
}

}  // namespace
}  // namespace tocsin::api
