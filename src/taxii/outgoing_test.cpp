#include "taxii/outgoing.hpp"

#include <gtest/gtest.h>

namespace tocsin::taxii {
namespace {

TEST(Outgoing, AMemberHoldsOnlySoMuchUntilItTakesIt) {
  Outgoing outgoing{100};
  auto first = outgoing.enter(MemberId{1}, 60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(outgoing.enter(MemberId{1}, 41));
  EXPECT_TRUE(outgoing.enter(MemberId{1}, 40));
  EXPECT_TRUE(outgoing.enter(MemberId{2}, 100));
  first->reset();
  EXPECT_TRUE(outgoing.enter(MemberId{1}, 100));
}

TEST(Outgoing, APageThatIsLargerThanAllPassesAlone) {
  Outgoing outgoing{100};
  const auto large = outgoing.enter(MemberId{1}, 1000);
  ASSERT_TRUE(large);
  EXPECT_FALSE(outgoing.enter(MemberId{1}, 1));
}

}  // namespace
}  // namespace tocsin::taxii
