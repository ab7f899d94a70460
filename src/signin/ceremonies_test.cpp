#include "signin/ceremonies.hpp"

#include <gtest/gtest.h>

namespace tocsin::signin {
namespace {

using namespace std::chrono_literals;

TEST(OneTime, IsTakenOnceAndInTime) {
  ManualClock clock{Timestamp{}};
  OneTime<int> open{clock};
  ASSERT_TRUE(open.put("a", 1));
  EXPECT_EQ(open.take("a"), 1);
  EXPECT_EQ(open.take("a"), std::nullopt);
  ASSERT_TRUE(open.put("b", 2));
  clock.advance(5min);
  EXPECT_EQ(open.take("b"), std::nullopt);
}

TEST(OneTime, HasALimitThatTimeFrees) {
  ManualClock clock{Timestamp{}};
  OneTime<int> open{clock};
  for (std::size_t i = 0; i < OneTime<int>::open_max; ++i) ASSERT_TRUE(open.put(std::to_string(i), 0));
  EXPECT_FALSE(open.put("one more", 0));
  clock.advance(5min);
  EXPECT_TRUE(open.put("one more", 0));
}

TEST(Attempts, AreCountedByAddressAndComeBackWithTime) {
  ManualClock clock{Timestamp{}};
  Attempts attempts{clock};
  for (int i = 0; i < 30; ++i) ASSERT_FALSE(attempts.take("1.2.3.4")) << i;
  EXPECT_EQ(attempts.take("1.2.3.4"), 3s);
  EXPECT_FALSE(attempts.take("1.2.3.5"));
  clock.advance(2s);
  EXPECT_EQ(attempts.take("1.2.3.4"), 1s);
  clock.advance(1s);
  EXPECT_FALSE(attempts.take("1.2.3.4"));
  attempts.give_back("1.2.3.4");
  EXPECT_FALSE(attempts.take("1.2.3.4")) << "what succeeded does not count";
  EXPECT_TRUE(attempts.take("1.2.3.4"));
}

}  // namespace
}  // namespace tocsin::signin
