#include "sensor/breaker.hpp"

#include <gmock/gmock.h>

namespace tocsin::sensor {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public ::testing::Test {
 protected:
  Breaker::Answer hit(std::uint64_t records, const char* id = "a") {
    return breaker_.hit(CircleId{1}, id, "name", "value", records, now_);
  }
  Timestamp now_{1'000'000s};
  Breaker breaker_{{.hits_max = 10, .share_percent = 10, .window = 60s, .calm = 600s, .indicators_max = 3}};
};

TEST_F(BreakerTest, AValueInEverySecondRecordIsMutedAfterSoManyHits) {
  int passed = 0, changes = 0;
  for (std::uint64_t record = 0; record < 10'000; record += 2) {
    const auto answer = hit(record);
    passed += !answer.muted;
    changes += answer.change.has_value();
  }
  EXPECT_EQ(passed, 10);
  EXPECT_EQ(changes, 1);
  const auto top = breaker_.top(10, now_);
  ASSERT_EQ(top.size(), 1U);
  EXPECT_TRUE(top[0].muted);
  EXPECT_EQ(top[0].hits, 5000U) << "it goes on being counted";
  EXPECT_THAT(top[0].why, ::testing::HasSubstr("hit 11 of 21 records within 60 s"));
}

TEST_F(BreakerTest, ManyHitsThatAreFewOfAllAreNoReason) {
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_FALSE(hit(i * 11).muted) << i;
}

TEST_F(BreakerTest, FewHitsThatAreAllOfItAreNoReason) {
  for (int minute = 0; minute < 100; ++minute, now_ += 61s)
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(hit(static_cast<std::uint64_t>(minute * 10 + i)).muted);
}

TEST_F(BreakerTest, ItIsHeardAgainWhenItHasBeenCalm) {
  for (std::uint64_t i = 0; i < 20; ++i) (void)hit(i);
  EXPECT_TRUE(breaker_.tend(20, now_ += 599s).empty());
  EXPECT_TRUE(hit(10'000).muted)
      << "a hit now and then is no noise, but it has not been calm for long enough";
  const auto heard = breaker_.tend(10'000, now_ += 2s);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_FALSE(heard[0].muted);
  EXPECT_EQ(heard[0].hits, 11U) << "those while it was muted";
  EXPECT_FALSE(hit(20'000).muted);
  now_ += 61s;
  for (std::uint64_t i = 0; i < 20; ++i) (void)hit(20'000 + i);
  EXPECT_TRUE(hit(20'020).muted) << "and muted again when it is loud again";
}

TEST_F(BreakerTest, ByHandItIsHeardForGood) {
  EXPECT_FALSE(breaker_.unmute("a"));
  for (std::uint64_t i = 0; i < 20; ++i) (void)hit(i);
  EXPECT_TRUE(breaker_.unmute("a"));
  EXPECT_EQ(breaker_.tend(20, now_).size(), 1U);
  for (std::uint64_t i = 20; i < 100; ++i) EXPECT_FALSE(hit(i).muted);
}

TEST_F(BreakerTest, RatesAndBounds) {
  for (const char* id : {"a", "b", "c", "d"}) (void)hit(0, id);
  now_ += 30min;
  (void)hit(1, "a");
  EXPECT_EQ(breaker_.hits(), 4U) << "the fourth indicator is not counted";
  EXPECT_EQ(breaker_.hits_hour(now_), 4U);
  EXPECT_EQ(breaker_.hits_hour(now_ + 45min), 1U);
  EXPECT_EQ(breaker_.top(1, now_).front().id, "a");
}

}  // namespace
}  // namespace tocsin::sensor
