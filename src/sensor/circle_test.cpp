#include "sensor/circle.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "match/scanner.hpp"
#include "sensor/in_force.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using testing::CircleLog;
using testing::Folder;
using ::testing::HasSubstr;
using testing::indicator_id;
using testing::IndicatorText;
using ::testing::Not;

constexpr const char* address = "198.51.100.7";

class CircleTest : public ::testing::Test {
 protected:
  /// A sensor that starts anew with the same folder.
  void restart() {
    circle_.reset();
    set_ = std::make_unique<match::IndicatorSet>();
    circle_ = std::make_unique<Circle>(
        Circle::Options{CircleId{1}, "energy", match::DomainMatch::exact, path_}, *set_);
    ASSERT_TRUE(circle_->open());
  }
  void SetUp() override { restart(); }

  void push(const testing::Pushed& pushed, bool live = true) {
    const auto event = reader_.read(pushed.name, pushed.data);
    ASSERT_TRUE(event) << event.error().detail;
    circle_->apply(*event, live);
  }
  /// The number of indicators that name `value` at `now`.
  std::size_t hits(const char* value = address, Timestamp now = system_clock().now()) {
    stix::Observation record;
    record.add(stix::Path::ipv4_addr_value, record.next_object(), value);
    match::Scanner scanner{*set_};
    match::Hits found;
    scanner.scan(record, now, found);
    return found.hits.empty() ? 0 : found.hits.front().sources.size();
  }

  Folder folder_;
  const std::string path_ = folder_ / "journal";
  std::unique_ptr<match::IndicatorSet> set_;
  std::unique_ptr<Circle> circle_;
  push::EventReader reader_;
  CircleLog log_;
};

TEST_F(CircleTest, MatchesFromTheEventOnAndAfterARestartWithoutTheHub) {
  EXPECT_EQ(hits(), 0U);
  push(log_.object(IndicatorText{}));
  EXPECT_EQ(hits(), 1U);
  restart();
  EXPECT_EQ(hits(), 1U);
  EXPECT_EQ(circle_->position(), log_.last());
  const auto origin = circle_->describe(indicator_id(1));
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->circle_name, "energy");
  EXPECT_EQ(origin->circle_uuid, CircleLog::uuid);
  EXPECT_EQ(origin->authorship, "verified");
  EXPECT_EQ(origin->tlp, "amber");
  EXPECT_FALSE(origin->live);
}

TEST_F(CircleTest, AnIepPolicyThatPermitsNothingVisibleAlertsAndStandsInNoList) {
  const auto listed = [this] {
    const auto harmless = Harmless::open(screen::WarningLists{}, "");
    InForceOptions how;
    how.min_confidence = 0;
    how.weigh = [](const match::Head& head) { return head.confidence; };
    const auto now = in_force(*set_->pin(), system_clock().now(), **harmless, how);
    return std::pair{now.values.size(), now.not_permitted};
  };
  for (const auto& [actions, values] :
       std::vector<std::pair<std::string, std::size_t>>{{"none", 0},
                                                        {"contact-for-instruction", 0},
                                                        {"internally-visible-actions", 0},
                                                        {"whatever", 0},
                                                        {"externally-visible-indirect-actions", 1},
                                                        {"externally-visible-direct-actions", 1}}) {
    static int year = 2026;
    log_.handling = R"(,"handling":{"permitted_actions":")" + actions + R"("})";
    push(log_.object(IndicatorText{.modified = std::to_string(++year) + "-02-01T00:00:00.000Z"}));
    EXPECT_EQ(hits(), 1U) << actions;
    EXPECT_EQ(listed(), (std::pair{values, 1 - values})) << actions;
    restart();
    EXPECT_EQ(listed(), (std::pair{values, 1 - values})) << actions << " after a restart";
  }
}

TEST_F(CircleTest, AWithdrawalEndsItForGood) {
  push(log_.object(IndicatorText{}));
  push(log_.withdrawal(1));
  EXPECT_EQ(hits(), 0U);
  EXPECT_EQ(circle_->counts().indicators, 0U);
  for (int i = 0; i < 2; ++i) {
    restart();
    EXPECT_EQ(hits(), 0U);
    EXPECT_EQ(circle_->position(), log_.last());
  }
}

TEST_F(CircleTest, WithdrawingOneOfTwoSourcesLeavesTheOther) {
  push(log_.object(IndicatorText{.number = 1}));
  push(log_.object(IndicatorText{.number = 2}));
  EXPECT_EQ(hits(), 2U);
  push(log_.withdrawal(1));
  EXPECT_EQ(hits(), 1U);
}

TEST_F(CircleTest, ARevokedVersionEndsItAndAnOlderOneDoesNotBringItBack) {
  push(log_.object(IndicatorText{}));
  push(log_.object(IndicatorText{.modified = "2026-02-01T00:00:00.000Z", .more = R"(,"revoked":true)"}));
  EXPECT_EQ(hits(), 0U);
  push(log_.object(IndicatorText{.modified = "2026-01-15T00:00:00.000Z"}));
  EXPECT_EQ(hits(), 0U);
  restart();
  EXPECT_EQ(hits(), 0U);
}

TEST_F(CircleTest, ANewVersionTakesTheOldOnesPlace) {
  push(log_.object(IndicatorText{}), false);
  push(log_.object(IndicatorText{.pattern = "[ipv4-addr:value = '198.51.100.8']",
                                 .modified = "2026-02-01T00:00:00.000Z"}),
       false);
  circle_->flush();
  EXPECT_EQ(hits(), 0U);
  EXPECT_EQ(hits("198.51.100.8"), 1U);
  EXPECT_EQ(circle_->counts().indicators, 1U);
  restart();
  EXPECT_EQ(hits(), 0U);
  EXPECT_EQ(hits("198.51.100.8"), 1U);
}

TEST_F(CircleTest, AnErasureAlsoTakesTheBytes) {
  push(log_.object(IndicatorText{}));
  EXPECT_THAT(testing::slurp(path_), HasSubstr(address));
  push(log_.erasure(1));
  EXPECT_EQ(hits(), 0U);
  EXPECT_THAT(testing::slurp(path_), Not(HasSubstr(address)));
}

TEST_F(CircleTest, AResetForgetsEverything) {
  push(log_.object(IndicatorText{}));
  circle_->reset();
  EXPECT_EQ(hits(), 0U);
  restart();
  EXPECT_EQ(hits(), 0U);
  EXPECT_FALSE(circle_->position());
}

TEST_F(CircleTest, PositionsOfOtherEntriesAreKept) {
  push(log_.object(IndicatorText{}));
  push(log_.object(
      R"({"type":"campaign","spec_version":"2.1","id":"campaign--00000000-0000-4000-8000-000000000001",)"
      R"("created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":"x"})"));
  circle_->save_position();
  restart();
  EXPECT_EQ(circle_->position(), log_.last());
  EXPECT_EQ(hits(), 1U);
}

// Expiry: to the second, by the indicator and by the circle's rules.
TEST_F(CircleTest, ExpiresToTheSecond) {
  push(log_.object(IndicatorText{.more = R"(,"valid_until":"2026-03-01T00:00:00Z")"}));
  const auto end = *parse_rfc3339("2026-03-01T00:00:00Z");
  EXPECT_EQ(hits(address, end - std::chrono::seconds{1}), 1U);
  EXPECT_EQ(hits(address, end), 0U);
}

TEST_F(CircleTest, TheRulesLifetimeHoldsForWhatComesAndWhatIsThere) {
  const auto begin = *parse_rfc3339("2026-01-01T00:00:00Z");
  const auto after = [&](int days) { return begin + std::chrono::hours{24 * days}; };
  push(log_.object(IndicatorText{.number = 1}));
  push(log_.object(IndicatorText{.number = 2, .more = R"(,"valid_until":"2026-12-01T00:00:00Z")"}));
  EXPECT_EQ(hits(address, after(31)), 2U);
  push(log_.rules(R"({"lifetime_days":{"ipv4":30,"domain":5}})"));
  push(log_.object(IndicatorText{.number = 3}));
  const auto check = [&] {
    EXPECT_EQ(hits(address, after(30) - std::chrono::seconds{1}), 3U);
    EXPECT_EQ(hits(address, after(30)), 1U) << "only what says its own end";
  };
  check();
  restart();
  check();
  push(log_.rules(R"({"lifetime_days":{}})"));
  EXPECT_EQ(hits(address, after(31)), 3U);
}

TEST_F(CircleTest, WhatCannotBeEvaluatedIsListedWithItsReason) {
  push(log_.object(IndicatorText{.pattern = "[artifact:url = 'x']"}));
  ASSERT_EQ(set_->unevaluable().size(), 1U);
  EXPECT_THAT(set_->unevaluable().front().reason, HasSubstr("artifact:url"));
  push(log_.withdrawal(1));
  EXPECT_EQ(set_->unevaluable().size(), 0U);
}

TEST_F(CircleTest, AnEvaluatedPatternLivesAsTheOthersDo) {
  push(log_.object(IndicatorText{.pattern = "[ipv4-addr:value LIKE '198.%']"}));
  EXPECT_EQ(hits(), 1U);
  EXPECT_EQ(set_->unevaluable().size(), 0U);
  restart();
  EXPECT_EQ(hits(), 1U);
  EXPECT_EQ(hits("203.0.113.1"), 0U);
  push(log_.object(
      IndicatorText{.pattern = "[ipv4-addr:value LIKE '203.%']", .modified = "2026-02-01T00:00:00.000Z"}));
  EXPECT_EQ(hits(), 0U);
  EXPECT_EQ(hits("203.0.113.1"), 1U);
  push(log_.rules(R"({"lifetime_days":{"ipv4":30,"other":30}})"));
  EXPECT_EQ(hits("203.0.113.1", system_clock().now() + std::chrono::hours{24 * 365 * 3}), 0U) << "lifetimes";
  push(log_.withdrawal(1));
  EXPECT_EQ(hits("203.0.113.1"), 0U);
  EXPECT_EQ(circle_->counts().indicators, 0U);
  restart();
  EXPECT_EQ(hits("203.0.113.1"), 0U);
}

TEST_F(CircleTest, ConfidenceComesWithTheHit) {
  push(log_.object(IndicatorText{.more = R"(,"confidence":85)"}));
  stix::Observation record;
  record.add(stix::Path::ipv4_addr_value, record.next_object(), address);
  match::Scanner scanner{*set_};
  match::Hits found;
  scanner.scan(record, system_clock().now(), found);
  ASSERT_EQ(found.hits.size(), 1U);
  EXPECT_EQ(found.hits.front().sources.front().confidence, 85);
}

// Goal:   a withdrawal reaches a scan that goes on meanwhile, and nothing is hit after it.
// Method: one thread scans without pause, another shares and withdraws; after each withdrawal has returned,
//         the next scan must be silent.
TEST_F(CircleTest, WithdrawsWhileOthersScan) {
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> scans{0};
  std::thread other{[&] {
    while (!done.load()) {
      (void)hits();
      ++scans;
    }
  }};
  EXPECT_TRUE(testing::soon([&] { return scans.load() > 0; }));
  for (int i = 1; i <= 200; ++i) {
    push(log_.object(IndicatorText{.number = i}));
    EXPECT_EQ(hits(), 1U) << i;
    push(log_.withdrawal(i));
    EXPECT_EQ(hits(), 0U) << i;
  }
  done = true;
  other.join();
}

// Goal:   an event is in the journal and active in the set within a millisecond, whatever the set holds.
// Method: a snapshot of 20,000 indicators, then 500 live ones, each timed until `apply` returns, at which
//         moment a scan finds it. The bound on the median is wide, for machines that do other things as well.
TEST_F(CircleTest, AnEventIsActiveWithinAMillisecond) {
  using std::chrono::steady_clock;
  const auto address_of = [](int number) {
    return "45." + std::to_string(number / 65536) + "." + std::to_string(number / 256 % 256) + "." +
           std::to_string(number % 256);
  };
  const auto add = [&](int number, bool live) {
    const auto pattern = "[ipv4-addr:value = '" + address_of(number) + "']";
    const auto& pushed = log_.object(IndicatorText{.number = number, .pattern = pattern});
    const auto event = reader_.read(pushed.name, pushed.data);
    ASSERT_TRUE(event);
    circle_->apply(*event, live);
  };
  for (int i = 0; i < 20'000; ++i) add(i, false);
  circle_->flush();
  std::vector<double> millis;
  for (int i = 20'000; i < 20'500; ++i) {
    const auto begin = steady_clock::now();
    add(i, true);
    millis.push_back(std::chrono::duration<double, std::milli>{steady_clock::now() - begin}.count());
    ASSERT_EQ(hits(address_of(i).c_str()), 1U);
  }
  std::sort(millis.begin(), millis.end());
  std::printf("event to active: p50 %.3f ms, p99 %.3f ms\n", millis[250], millis[495]);
  EXPECT_LT(millis[250], 5.0);
}

}  // namespace
}  // namespace tocsin::sensor
