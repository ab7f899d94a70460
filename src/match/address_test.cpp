#include "match/address.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/ipv4.hpp"

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

// Method: all shapes of texts that look like addresses, against a reader of one byte after the other.
TEST(Address, AreReadAtOnceAsByteByByte) {
  std::mt19937 random{1};
  constexpr std::string_view bytes = "0123456789012345678901234567890....:/ a";
  int good = 0;
  for (int i = 0; i < 500'000; ++i) {
    std::string text;
    for (int octet = 0; octet < 4; ++octet)
      text += std::to_string(random() % (random() % 2 == 0 ? 300 : 30)) + (octet < 3 ? "." : "");
    for (auto changes = random() % 3; changes > 0; --changes) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text[at] = bytes[random() % bytes.size()];
      else
        text.insert(at, 1, bytes[random() % bytes.size()]);
    }
    text.resize(std::min<std::size_t>(text.size(), random() % 40));
    const std::vector<char> exact{text.begin(), text.end()};  // nothing readable behind it
    const std::string_view view{exact.data(), exact.size()};
    Ipv4 fast{}, slow{};
    const bool is = ipv4::read_slowly(view, slow);
    ASSERT_EQ(read_ipv4(view, fast), is) << text;
    if (is) {
      ASSERT_EQ(fast, slow) << text;
      ++good;
    }
  }
  EXPECT_GT(good, 50'000);
}

}  // namespace
}  // namespace tocsin::match
