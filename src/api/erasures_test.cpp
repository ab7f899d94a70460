#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "api/test_hub.hpp"
#include "circle/share.hpp"

namespace tocsin::api {
namespace {

constexpr std::string_view object_id = "indicator--2f0a3c1e-93f5-4b1c-8a55-8d6f2a9c0b11";
constexpr std::string_view secret_domain = "personal-secret.example";

std::string indicator(std::string_view modified = "2026-11-01T00:00:00.000Z") {
  return R"({"type":"indicator","spec_version":"2.1","id":")" + std::string{object_id} +
         R"(","created":"2026-11-01T00:00:00.000Z","modified":")" + std::string{modified} +
         R"(","pattern_type":"stix","pattern":"[domain-name:value = ')" + std::string{secret_domain} +
         R"(']","valid_from":"2026-11-01T00:00:00Z"})";
}

/// Keeper keeps the circle with two people, Studio shares into it, Bank reads.
struct Town {
  Town() {
    hub.make_circle("alpha");
    keeper = hub.join("Keeper", {{"circles", {"alpha"}}, {"steward", true}});
    studio = hub.join("Studio", {{"circles", {"alpha"}}});
    bank = hub.join("Bank", {{"circles", {"alpha"}}});
    EXPECT_EQ(hub.post("/api/v1/people", keeper, {{"name", "grace"}}).status, 201U);
    second = hub.post("/api/v1/tokens", keeper,
                      {{"person", "grace"}, {"scopes", {"read", "share", "steward"}}, {"days", 9}})
                 .text("token");
    const auto steward = hub.post("/api/v1/circles/alpha/members", keeper,
                                  {{"act", "steward"}, {"member", "Keeper"}, {"person", "grace"}});
    EXPECT_EQ(steward.status, 200U) << steward.body;
    share(indicator());
    share(indicator("2026-11-02T00:00:00.000Z"));
  }
  Reply share(const std::string& object) {
    return hub.call("POST", "/api/v1/circles/alpha/objects", studio, object);
  }
  Reply propose(std::string_view token) {
    return hub.post("/api/v1/circles/alpha/erasures", token,
                    {{"id", object_id}, {"why", "it names a person"}});
  }
  Reply confirm(std::uint64_t proposal, std::string_view token) {
    return hub.post("/api/v1/circles/alpha/erasures/" + std::to_string(proposal), token);
  }
  std::string object_path() const { return "/api/v1/circles/alpha/objects/" + std::string{object_id}; }
  TestHub hub;
  std::string keeper, second, studio, bank;
};

/// The files of a folder in which this stands as it is.
std::string holders(const std::string& folder, std::string_view needle) {
  std::string names;
  for (const auto& file : std::filesystem::recursive_directory_iterator{folder}) {
    if (!file.is_regular_file()) continue;
    std::ifstream in{file.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    if (bytes.find(needle) != std::string::npos) names += file.path().filename().string() + ' ';
  }
  return names;
}

TEST(Erasing, TakesAStewardAndASecondPerson) {
  Town t;
  EXPECT_EQ(t.propose(t.bank).status, 403U);
  EXPECT_EQ(t.hub.post("/api/v1/circles/alpha/erasures", t.keeper, {{"id", object_id}, {"why", " "}}).status,
            400U);
  EXPECT_EQ(t.hub.post("/api/v1/circles/alpha/erasures", t.keeper, {{"sequence", 1}, {"why", "x"}}).status,
            400U)
      << "rules hold no content";
  const auto proposed = t.propose(t.keeper);
  ASSERT_EQ(proposed.status, 202U) << proposed.body;
  const auto proposal = proposed.number("proposal");
  EXPECT_EQ(t.confirm(proposal, t.keeper).status, 403U) << "the same person again";
  EXPECT_EQ(t.confirm(proposal, t.bank).status, 404U) << "who has no part in it learns nothing of it";
  EXPECT_EQ(t.hub.get(t.object_path(), t.bank).status, 200U);
  const auto list = t.hub.get("/api/v1/circles/alpha/erasures", t.second).object().at("erasures").as_array();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("proposal"), proposal);
  EXPECT_TRUE(t.hub.get("/api/v1/circles/alpha/erasures", t.bank).object().at("erasures").as_array().empty());
  const auto erased = t.confirm(proposal, t.second);
  EXPECT_EQ(erased.status, 200U) << erased.body;
  EXPECT_EQ(erased.object().at("erased").as_array().size(), 2U);
  EXPECT_EQ(t.confirm(proposal, t.second).status, 404U);
}

TEST(Erasing, TheOwnersPersonMayBeTheSecond) {
  Town t;
  EXPECT_EQ(t.confirm(t.propose(t.keeper).number("proposal"), t.studio).status, 200U);
}

TEST(Erasing, LeavesNoByteAndComesBackNeither) {
  Town t;
  ASSERT_EQ(
      t.hub.post("/api/v1/circles/alpha/withdrawals", t.studio, {{"id", object_id}, {"why", "oops"}}).status,
      200U);
  ASSERT_EQ(t.hub.post(t.object_path() + "/owner", t.keeper, {{"to", "Bank"}}).status, 200U);
  ASSERT_NE(holders(t.hub.folder(), secret_domain), "");
  ASSERT_EQ(t.confirm(t.propose(t.keeper).number("proposal"), t.second).status, 200U);
  for (int start = 0; start < 2; ++start) {
    EXPECT_EQ(t.hub.get(t.object_path(), t.studio).status, 404U);
    const auto hits =
        t.hub.get("/api/v1/search?value=" + std::string{secret_domain}, t.studio).object().at("hits");
    EXPECT_TRUE(hits.as_array().empty());
    EXPECT_EQ(holders(t.hub.folder(), secret_domain), "");
    EXPECT_EQ(holders(t.hub.folder(), object_id.substr(11)), "");
    EXPECT_EQ(t.share(indicator("2026-11-03T00:00:00.000Z")).object().at("refused").at(0).at("rule"),
              "erased");
    t.hub.restart();
  }
  const auto [live, rebuilt] = t.hub.digests();
  EXPECT_EQ(live, rebuilt);
}

TEST(Erasing, TellsWhoeverHadItByItsSequenceAlone) {
  Town t;
  ASSERT_EQ(t.confirm(t.propose(t.keeper).number("proposal"), t.second).status, 200U);
  const auto entries =
      t.hub.get("/api/v1/circles/alpha/entries?type=erasure", t.bank).object().at("entries").as_array();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(json::dump(entries[0].at("content")),
            R"({"sequence":)" + std::to_string(entries[0].at("erased").as_int64()) + '}');
}

TEST(Erasing, ADeletionIsHiddenAtOnceAndErasedAfterItsGrace) {
  Town t;
  circle::WithdrawRequest request;
  const auto token = t.hub.services().secrets.token_of(t.studio);
  request.principal = *t.hub.services().directory.principal(*token, t.hub.clock().now());
  request.circle = t.hub.services().directory.find_circle("alpha")->id;
  request.id = std::string{object_id};
  request.erase_later = true;
  std::promise<bool> done;
  request.done = [&](const Result<log::Appended>& appended) { done.set_value(appended.has_value()); };
  ASSERT_TRUE(t.hub.services().sequencer.submit(circle::withdraw_command(std::move(request))));
  ASSERT_TRUE(done.get_future().get());
  EXPECT_TRUE(t.hub.get(t.object_path(), t.bank).object().at("withdrawn").as_bool());
  t.hub.restart();
  t.hub.clock().advance(circle::deletion_grace - std::chrono::hours{1});
  t.hub.services().eraser.wake();
  EXPECT_NE(holders(t.hub.folder(), secret_domain), "");
  t.hub.clock().advance(std::chrono::hours{2});
  // It hears of the wish, does what is due first, and answers after.
  std::promise<Status> erased;
  t.hub.services().eraser.when_done(CircleId{}, {}, [&](const Status& status) { erased.set_value(status); });
  EXPECT_TRUE(erased.get_future().get());
  EXPECT_EQ(holders(t.hub.folder(), secret_domain), "");
  EXPECT_EQ(t.hub.get(t.object_path(), t.bank).status, 404U);
}

TEST(Transfers, GiveAnObjectToAnotherMember) {
  Town t;
  const auto give = [&](std::string_view token, std::string_view to) {
    return t.hub.post(t.object_path() + "/owner", token, {{"to", to}}).status;
  };
  EXPECT_EQ(give(t.bank, "Bank"), 403U);
  EXPECT_EQ(give(t.keeper, "Nobody"), 400U);
  EXPECT_EQ(give(t.keeper, "Studio"), 409U);
  EXPECT_EQ(give(t.keeper, "Bank"), 200U);
  EXPECT_TRUE(t.hub.get(t.object_path(), t.bank).object().at("owner_is_me").as_bool());
  t.hub.restart();
  EXPECT_EQ(
      t.hub.post("/api/v1/circles/alpha/withdrawals", t.bank, {{"id", object_id}, {"why", "mine"}}).status,
      200U);
  const auto [live, rebuilt] = t.hub.digests();
  EXPECT_EQ(live, rebuilt);
}

}  // namespace
}  // namespace tocsin::api
