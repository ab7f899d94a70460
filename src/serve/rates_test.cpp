#include "serve/rates.hpp"

#include <gtest/gtest.h>

namespace tocsin::serve {
namespace {

using std::chrono::seconds;

const Rates::Moment begin{std::chrono::hours{100}};

TEST(Rates, AMinutesWorthAtOnceAndThenTheEvenRate) {
  Rates rates{60};
  for (int i = 0; i < 60; ++i) ASSERT_FALSE(rates.take("a", begin)) << i;
  EXPECT_EQ(rates.take("a", begin), seconds{1});
  EXPECT_FALSE(rates.take("b", begin)) << "each has its own";
  EXPECT_FALSE(rates.take("a", begin + seconds{1}));
  EXPECT_TRUE(rates.take("a", begin + seconds{1})) << "a refusal costs nothing, and a second earns one";
  for (int i = 0; i < 60; ++i) ASSERT_FALSE(rates.take("a", begin + seconds{200})) << i;
  EXPECT_TRUE(rates.take("a", begin + seconds{200})) << "no more than a minute's worth is ever saved";
}

TEST(Rates, TheWaitIsTheWait) {
  Rates rates{2};
  EXPECT_FALSE(rates.take("a", begin));
  EXPECT_FALSE(rates.take("a", begin));
  EXPECT_EQ(rates.take("a", begin), seconds{30});
  EXPECT_TRUE(rates.take("a", begin + seconds{29}));
  EXPECT_FALSE(rates.take("a", begin + seconds{30}));
}

TEST(Rates, ZeroIsNoLimit) {
  Rates rates{0};
  for (int i = 0; i < 100'000; ++i) ASSERT_FALSE(rates.take("a", begin));
}

TEST(Rates, TooManyShareOneAllowance) {
  Rates rates{1, 10};
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(rates.take("first " + std::to_string(i), begin));
  EXPECT_FALSE(rates.take("late", begin));
  EXPECT_TRUE(rates.take("later", begin)) << "the one that all newcomers have is used";
  EXPECT_TRUE(rates.take("first 3", begin)) << "and those before are still known";
  EXPECT_FALSE(rates.take("later", begin + seconds{61})) << "whoever was quiet is forgotten";
}

net::Request from(std::string peer, std::vector<std::string> forwarded) {
  net::Request request;
  request.peer_address = std::move(peer);
  for (auto& each : forwarded) request.headers.emplace_back("x-forwarded-for", std::move(each));
  return request;
}

TEST(Origin, OnlyANamedProxyIsBelieved) {
  const std::vector<std::string> proxies{"10.0.0.1", "10.0.0.2"};
  const auto key = [&](const char* address) { return origin_of(from(address, {}), proxies); };
  const auto origin = [&](const char* peer, std::vector<std::string> forwarded) {
    return origin_of(from(peer, std::move(forwarded)), proxies);
  };
  EXPECT_EQ(origin("192.0.2.7", {"198.51.100.9"}), key("192.0.2.7"));
  EXPECT_EQ(origin("10.0.0.1", {"198.51.100.9"}), key("198.51.100.9"));
  EXPECT_EQ(origin("10.0.0.1", {"203.0.113.5, 198.51.100.9"}), key("198.51.100.9"))
      << "what the client wrote";
  EXPECT_EQ(origin("10.0.0.1", {"203.0.113.5", "198.51.100.9, 10.0.0.2"}), key("198.51.100.9"));
  EXPECT_EQ(origin("10.0.0.1", {"198.51.100.9", "nonsense"}), key("10.0.0.1"));
  EXPECT_EQ(origin("10.0.0.1", {}), key("10.0.0.1"));
  EXPECT_NE(key("192.0.2.7"), key("192.0.2.8"));
}

TEST(Origin, ANetworkOfIpv6IsOne) {
  const auto key = [](const char* address) { return origin_of(from(address, {}), {}); };
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_EQ(key("::ffff:192.0.2.7"), key("192.0.2.7"));
}

}  // namespace
}  // namespace tocsin::serve
