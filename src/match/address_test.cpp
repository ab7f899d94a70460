#include "match/address.hpp"

#include <gtest/gtest.h>

namespace tocsin::match {
namespace {

TEST(Address, ReadsStrictTextsOnly) {
  for (const char* good :
       {"0.0.0.0", "255.255.255.255", "1.2.3.4", "::", "::1", "2001:db8::1", "::ffff:1.2.3.4"})
    EXPECT_TRUE(parse_address(good)) << good;
  for (const char* bad :
       {"", ".", "1.2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4/32", "1..2.3", ":",
        ":::", "2001:db8::g", "fe80::1%eth0", "a.b.c.d", " 1.2.3.4", "1.2.3.4 "})
    EXPECT_FALSE(parse_address(bad)) << bad;
}

TEST(Address, NetworksForgetWhatLiesBehindThePrefix) {
  EXPECT_EQ(to_text(*parse_network("10.1.2.3/8")), "10.0.0.0/8");
  EXPECT_EQ(to_text(*parse_network("10.1.2.255/25")), "10.1.2.128/25");
  EXPECT_EQ(to_text(*parse_network("10.1.2.3/32")), "10.1.2.3");
  EXPECT_EQ(to_text(*parse_network("2001:DB8:ffff::1/33")), "2001:db8:8000::/33");
  EXPECT_EQ(to_text(*parse_network("1.2.3.4/0")), "0.0.0.0/0");
  for (const char* bad :
       {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "/8", "10.0.0.0/+8"})
    EXPECT_FALSE(parse_network(bad)) << bad;
}

TEST(Address, ContainsAndOverlaps) {
  const auto network = [](const char* text) { return *parse_network(text); };
  EXPECT_TRUE(network("10.0.0.0/8").contains(network("10.255.0.1")));
  EXPECT_FALSE(network("10.0.0.0/8").contains(network("11.0.0.0")));
  EXPECT_TRUE(network("0.0.0.0/0").contains(network("203.0.113.9")));
  EXPECT_FALSE(network("0.0.0.0/0").contains(network("::1")));
  EXPECT_FALSE(network("10.1.0.0/16").contains(network("10.0.0.0/8")));
  EXPECT_TRUE(network("10.1.0.0/16").overlaps(network("10.0.0.0/8")));
  EXPECT_FALSE(network("10.1.0.0/16").overlaps(network("10.2.0.0/16")));
  EXPECT_TRUE(network("2001:db8::/32").contains(network("2001:db8:ffff::1")));
}

}  // namespace
}  // namespace tocsin::match
