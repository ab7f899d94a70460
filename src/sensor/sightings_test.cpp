#include "sensor/sightings.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"

namespace tocsin::sensor {
namespace {

using std::chrono::minutes;

const Timestamp begin = *parse_rfc3339("2026-11-23T13:00:00Z");

TEST(SightingSums, TellsTheFirstAtOnceAndThenOneSumAnHour) {
  ManualClock clock{begin};
  SightingSums sums;
  const auto first = sums.add("energy", "indicator--1", clock.now());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 1U);
  for (int i = 0; i < 5; ++i) {
    clock.advance(minutes{10});
    EXPECT_FALSE(sums.add("energy", "indicator--1", clock.now()));
    EXPECT_TRUE(sums.due(clock.now()).empty());
  }
  clock.advance(minutes{10});
  const auto due = sums.due(clock.now());
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due.front().count, 5U) << "the first was told already";
  EXPECT_EQ(due.front().first, begin + minutes{10});
  EXPECT_EQ(due.front().last, begin + minutes{50});
}

TEST(SightingSums, BeginsAnewAfterAnHourOfSilence) {
  ManualClock clock{begin};
  SightingSums sums;
  ASSERT_TRUE(sums.add("energy", "indicator--1", clock.now()));
  clock.advance(minutes{61});
  EXPECT_TRUE(sums.due(clock.now()).empty());
  EXPECT_EQ(sums.size(), 0U);
  EXPECT_TRUE(sums.add("energy", "indicator--1", clock.now()));
}

TEST(SightingSums, KeepsCirclesAndIndicatorsApart) {
  SightingSums sums;
  EXPECT_TRUE(sums.add("energy", "indicator--1", begin));
  EXPECT_TRUE(sums.add("health", "indicator--1", begin));
  EXPECT_TRUE(sums.add("energy", "indicator--2", begin));
  EXPECT_FALSE(sums.add("energy", "indicator--2", begin));
  const auto rest = sums.rest();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest.front().indicator, "indicator--2");
}

TEST(SightingBody, NamesTheCreatorOnlyWhenItIsByName) {
  const SightingSum sum{"energy", "indicator--1", 3, begin, begin + minutes{5}, {}};
  const auto unnamed = json::parse_object(sighting_body(sum, false, "identity--1", begin));
  ASSERT_TRUE(unnamed);
  const auto& sighting = unnamed->at("sighting").as_object();
  EXPECT_FALSE(sighting.contains("created_by_ref"));
  EXPECT_EQ(json::text_or(sighting, "sighting_of_ref"), "indicator--1");
  EXPECT_EQ(json::text_or(sighting, "last_seen"), "2026-11-23T13:05:00.000Z");
  EXPECT_EQ(json::number_or(sighting, "count"), 3U);
  EXPECT_EQ(sighting.at("created"), sighting.at("modified"));
  const auto named = json::parse_object(sighting_body(sum, true, "identity--1", begin));
  EXPECT_EQ(json::text_or(named->at("sighting").as_object(), "created_by_ref"), "identity--1");
  EXPECT_TRUE(json::flag_or(*named, "named"));
}

TEST(SightingBody, AMutedIndicatorIsToldAsAFalsePositive) {
  const SightingSum seen{"energy", "indicator--1", 3, begin, begin, {}};
  const SightingSum wrong{"energy", "indicator--1", 101,
                          begin,    begin,          "muted by a sensor: it hit everything"};
  EXPECT_EQ(json::text_or(*json::parse_object(sighting_body(seen, false, "", begin)), "kind"), "seen");
  const auto body = json::parse_object(sighting_body(wrong, false, "", begin));
  EXPECT_EQ(json::text_or(*body, "kind"), "false-positive");
  EXPECT_EQ(json::text_or(body->at("sighting").as_object(), "description"), wrong.wrong);
}

}  // namespace
}  // namespace tocsin::sensor
