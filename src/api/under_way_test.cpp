#include "serve/under_way.hpp"

#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

TEST(UnderWay, CountsEachMemberForItself) {
  serve::UnderWay under_way{2};
  auto first = under_way.enter(MemberId{1}, "requests");
  auto second = under_way.enter(MemberId{1}, "requests");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(under_way.enter(MemberId{1}, "requests").error().code, Errc::overloaded);
  EXPECT_TRUE(under_way.enter(MemberId{2}, "requests"));
  first->reset();
  EXPECT_TRUE(under_way.enter(MemberId{1}, "requests"));
}

TEST(UnderWay, AMemberHoldsOnlySoManyStreams) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto token = hub.join("Studio", {{"circles", {"alpha"}}});
  auto first = hub.dispatch("GET", "/api/v1/circles/alpha/stream", token, "");
  auto second = hub.dispatch("GET", "/api/v1/circles/alpha/stream", token, "");
  EXPECT_EQ(hub.get("/api/v1/circles/alpha/stream", token).status, 429U);
  second = {};
  EXPECT_EQ(hub.get("/api/v1/circles/alpha/stream", token).status, 200U);
}

}  // namespace
}  // namespace tocsin::api
