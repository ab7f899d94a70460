#include "feed/reach.hpp"

#include <gtest/gtest.h>

namespace tocsin::feed {
namespace {

// Goal:   a steward's URL reaches no network but the public Internet, however the address is written.
// Method: addresses of every special range, edges on both sides.
TEST(Reach, IsThePublicInternet) {
  const Reach reach;
  for (const auto* address : {"127.0.0.1",
                              "127.255.255.254",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "0.0.0.0",
                              "192.0.2.7",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::1",
                              "::",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "2001::1",
                              "64:ff9b::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::127.0.0.1"})
    EXPECT_FALSE(reach.may_connect(address)) << address;
  for (const auto* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255",
        "100.128.0.0", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8"})
    EXPECT_TRUE(reach.may_connect(address)) << address;
  EXPECT_FALSE(reach.may_connect("localhost")) << "names are no addresses";
  EXPECT_FALSE(reach.may_connect(""));
}

TEST(Reach, IsWidenedByNetworksThatTheOperatorNames) {
  Reach reach;
  ASSERT_TRUE(reach.allow("10.1.0.0/16"));
  ASSERT_TRUE(reach.allow("fd00:1::/32"));
  EXPECT_TRUE(reach.may_connect("10.1.255.255"));
  EXPECT_TRUE(reach.may_connect("::ffff:10.1.0.1")) << "the same address written as IPv6";
  EXPECT_FALSE(reach.may_connect("10.2.0.0"));
  EXPECT_TRUE(reach.may_connect("fd00:1:9::1"));
  EXPECT_FALSE(reach.may_connect("fd00:2::1"));
}

TEST(Reach, TakesOnlyNetworks) {
  Reach reach;
  for (const auto* text :
       {"", "10.0.0.1", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "x/8", "::/129", "/8"})
    EXPECT_FALSE(reach.allow(text)) << text;
  ASSERT_TRUE(reach.allow("0.0.0.0/0"));
  EXPECT_TRUE(reach.may_connect("127.0.0.1"));
  EXPECT_FALSE(reach.may_connect("::1")) << "all of IPv4 is not IPv6";
}

}  // namespace
}  // namespace tocsin::feed
