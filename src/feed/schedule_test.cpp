#include "feed/schedule.hpp"

#include <gtest/gtest.h>

namespace tocsin::feed {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::uint64_t middle = 0;  // the jitter then takes a tenth away

TEST(BackOff, DoublesToALimitAndStaysWithinATenth) {
  milliseconds before{0};
  for (unsigned failures = 1; failures <= 40; ++failures) {
    const auto least = back_off(failures, std::nullopt, 0);
    EXPECT_GE(least, before) << failures;
    before = least;
    for (std::uint64_t random = 1; random < 1'000'000; random = random * 3 + 1) {
      const auto wait = back_off(failures, std::nullopt, random);
      EXPECT_GE(wait, least);
      EXPECT_LE(wait, milliseconds{back_off_max} * 11 / 10);
    }
  }
  EXPECT_EQ(back_off(1, std::nullopt, middle), 13'500ms);
  EXPECT_EQ(back_off(2, std::nullopt, middle), 27'000ms);
  EXPECT_EQ(before, milliseconds{back_off_max} * 9 / 10);
}

TEST(BackOff, IsNeverShorterThanTheServerAsked) {
  EXPECT_EQ(back_off(1, 120s, 7), 120s);
  EXPECT_EQ(back_off(12, 1s, middle), milliseconds{back_off_max} * 9 / 10) << "nor shorter than our own";
  EXPECT_EQ(back_off(1, 24h * 365, 7), milliseconds{asked_wait_max}) << "a year is not believed";
}

// Method: a clock that is told; polls that fail, then one that succeeds.
TEST(Schedule, FailsAndRecovers) {
  ManualClock clock{from_micros(1'700'000'000'000'000)};
  State state;
  Settings settings;
  settings.interval = 100s;
  settings.compare_every = 1000s;
  EXPECT_TRUE(is_due(state.next_poll, clock.now(), settings.interval)) << "a new feed at once";
  failed(state, "away", std::nullopt, clock.now(), middle);
  EXPECT_FALSE(is_due(state.next_poll, clock.now(), settings.interval));
  clock.advance(13s);
  EXPECT_FALSE(is_due(state.next_poll, clock.now(), settings.interval));
  clock.advance(1s);
  EXPECT_TRUE(is_due(state.next_poll, clock.now(), settings.interval));
  failed(state, "away", std::nullopt, clock.now(), middle);
  EXPECT_EQ(state.failures, 2U);
  EXPECT_EQ(state.next_poll, clock.now() + 27s);
  clock.advance(27s);
  succeeded(state, settings, true, clock.now(), middle);
  EXPECT_TRUE(is_due(state.next_poll, clock.now(), settings.interval)) << "there is more";
  EXPECT_FALSE(state.whole);
  succeeded(state, settings, false, clock.now(), middle);
  EXPECT_EQ(state.failures, 0U);
  EXPECT_TRUE(state.whole);
  EXPECT_EQ(state.next_poll, clock.now() + 90s);
  EXPECT_EQ(state.next_compare, clock.now() + 900s);
  EXPECT_EQ(state.last_error, "away") << "what went wrong last stays to be read";
  clock.jump(-24h * 365);
  EXPECT_TRUE(is_due(state.next_poll, clock.now(), settings.interval)) << "a clock set back stops no feed";
}

TEST(Flood, IsFarMoreThanUsualOnceThatIsKnown) {
  State state;
  EXPECT_FALSE(flood_limit(state)) << "the first walk brings all there is";
  state.run_objects = 50'000;
  succeeded(state, {}, false, {}, middle);
  EXPECT_EQ(state.usual_objects, 0U) << "and is no measure";
  EXPECT_EQ(flood_limit(state), flood_least);
  for (int run = 0; run < 60; ++run) {
    state.run_objects = 800;
    succeeded(state, {}, false, {}, middle);
  }
  EXPECT_NEAR(static_cast<double>(state.usual_objects), 800, 8);
  EXPECT_NEAR(static_cast<double>(*flood_limit(state)), 8000, 80);
}

TEST(Removal, IsBelievedDownToAHalf) {
  EXPECT_EQ(judge_removal(0, 0, false), Removal::none);
  EXPECT_EQ(judge_removal(10, 0, true), Removal::none);
  EXPECT_EQ(judge_removal(10, 1, false), Removal::withdraw);
  EXPECT_EQ(judge_removal(10, 5, false), Removal::withdraw);
  EXPECT_EQ(judge_removal(10, 6, false), Removal::implausible);
  EXPECT_EQ(judge_removal(1, 1, false), Removal::implausible);
  EXPECT_EQ(judge_removal(10, 10, true), Removal::withdraw) << "a steward said so";
}

TEST(State, GoesThroughItsFile) {
  State state;
  state.position = taxii::client::Position{"https://a.example/c/", from_micros(5), {"a", "b"}};
  state.whole = true;
  state.taken = 7;
  state.quarantined = 3;
  state.usual_objects = 9;
  state.failures = 2;
  state.last_error = for_people("\"quoted\" \xff\x1b[2J" + std::string(5000, 'x'));
  EXPECT_LT(state.last_error.size(), 1100U);
  state.next_poll = from_micros(1'700'000'000'000'001);
  const auto again = read_state(to_json(state));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(to_json(*again), to_json(state));
  EXPECT_EQ(again->position, state.position);
  EXPECT_FALSE(read_state("{}"));
  EXPECT_FALSE(read_state(to_json(state).substr(0, 40)));
}

}  // namespace
}  // namespace tocsin::feed
