#include "circle/score.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace tocsin::circle {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds day = hours{24};

std::vector<Opinion> of(std::size_t members, Says says, char letter = 'F') {
  return std::vector<Opinion>(members, Opinion{says, letter});
}

std::uint32_t score(std::span<const Opinion> opinions, std::span<const Opinion> sightings = {},
                    std::optional<std::uint8_t> confidence = std::nullopt) {
  return score_of(confidence, 'F', opinions, sightings, whole).score;
}

// The vectors of docs/score.md, by hand.
TEST(Score, VectorsOfTheDocument) {
  EXPECT_EQ(score({}), 50U);
  EXPECT_EQ(score({}, {}, 90), 90U);
  EXPECT_EQ(score_of(80, 'B', {}, {}, 5'000).score, 40U);
  // 2·50·5000 + 50·0 over 150
  EXPECT_EQ(score(of(1, Says::strongly_disagree)), 33U);
  EXPECT_EQ(score(of(2, Says::strongly_disagree)), 33U) << "fewer than three weigh as one";
  EXPECT_EQ(score(of(3, Says::strongly_disagree)), 20U);
  EXPECT_EQ(score(of(10, Says::strongly_agree)), 91U);
  EXPECT_EQ(score({}, of(1, Says::seen)), 58U);
  EXPECT_EQ(score({}, of(3, Says::false_positive)), 32U);
  // The worked example: confidence 70 of a B, three who agree (A, F, F), one seen, 15 of 30 days.
  const std::array opinions{Opinion{Says::agree, 'A'}, Opinion{Says::agree, 'F'},
                            Opinion{Says::strongly_agree, 'F'}};
  const std::array sightings{Opinion{Says::seen, 'F'}};
  const auto worked = score_of(70, 'B', opinions, sightings, freshness_after(15 * day, 30));
  EXPECT_EQ(worked.source.value, 7'000U);
  EXPECT_EQ(worked.source.weight, 160U);
  EXPECT_EQ(worked.opinions.value, 8'125U);
  EXPECT_EQ(worked.opinions.weight, 200U);
  EXPECT_EQ(worked.sightings.weight, 25U);
  EXPECT_EQ(worked.freshness, 7'500U);
  EXPECT_EQ(worked.score, 57U);
}

// Goal: whoever speaks first, last or most does not count more; order never matters.
TEST(Score, OrderDoesNotMatterAndMoreMembersMoveItFurther) {
  std::vector<Opinion> opinions;
  for (const auto says : {Says::agree, Says::disagree, Says::strongly_agree, Says::neutral})
    for (const char letter : {'A', 'C', 'E'}) opinions.push_back({says, letter});
  const auto forward = weigh(opinions);
  std::vector<Opinion> backward{opinions.rbegin(), opinions.rend()};
  EXPECT_EQ(forward.value, weigh(backward).value);
  EXPECT_EQ(forward.weight, weigh(backward).weight);
  std::uint32_t before = 50;
  for (std::size_t members = 3; members < 40; ++members) {
    const auto now = score(of(members, Says::strongly_disagree));
    EXPECT_LE(now, before);
    before = now;
  }
  EXPECT_LT(before, 5U);
}

TEST(Score, FreshnessHalvesAndNeverRises) {
  EXPECT_EQ(freshness_after(seconds{-5}, 30), whole) << "from the future is fresh";
  EXPECT_EQ(freshness_after(seconds{0}, 30), whole);
  EXPECT_EQ(freshness_after(30 * day, 30), 5'000U);
  EXPECT_EQ(freshness_after(60 * day, 30), 2'500U);
  EXPECT_EQ(freshness_after(45 * day, 30), 3'750U);
  EXPECT_EQ(freshness_after(36'500 * day, 1), 0U);
  std::uint32_t before = whole;
  for (int hour = 0; hour < 24 * 43; ++hour) {
    const auto now = freshness_after(hours{hour}, 3);
    EXPECT_LE(now, before);
    before = now;
  }
  EXPECT_EQ(before, 0U);
}

TEST(Score, AFloorIsReachedAtTheSecond) {
  for (const std::uint32_t floor : {1U, 10U, 33U, 50U, 99U})
    for (const std::uint32_t days : {1U, 30U, 365U, 36'500U}) {
      const auto age = age_below(floor, days);
      EXPECT_LT(freshness_after(age, days), floor * 100) << floor << ' ' << days;
      EXPECT_GE(freshness_after(age - seconds{1}, days), floor * 100) << floor << ' ' << days;
    }
}

}  // namespace
}  // namespace tocsin::circle
