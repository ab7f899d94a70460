#include "screen/readings.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::screen {
namespace {

TEST(Readings, LenientAddresses) {
  EXPECT_EQ(lenient_ipv4("8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(lenient_ipv4("134744072"), "8.8.8.8");
  EXPECT_EQ(lenient_ipv4("0x8.0x8.2056"), "8.8.8.8");
  EXPECT_EQ(lenient_ipv4("010.8.8.8"), "8.8.8.8") << "octal";
  EXPECT_EQ(lenient_ipv4("008.008.008.008"), "8.8.8.8") << "no octal digit is 8";
  for (const char* text :
       {"", ".", "8.8.8.8.8", "256.8.8.8", "8.8.8.256", "4294967296", "0x", "8..8", "a.b.c.d", "-1"})
    EXPECT_FALSE(lenient_ipv4(text)) << text;
}

TEST(Readings, AnOrdinaryValueIsReadInOneWay) {
  for (const char* text : {"evil.ru", "45.155.205.7", "sub.some-name.example"})
    EXPECT_EQ(readings(stix::recognise_value(text)).size(), 1U) << text;
}

// Goal:   whatever the value, the value itself is its first reading, and reading ends.
// Method: random texts of the characters that are treated apart.
TEST(Readings, AnyTextHasReadings) {
  std::mt19937 random{7};
  const std::string_view pieces[] = {
      "%",  "%41", "[.]",          "xn--",         "-",    ".", "/",       "\\",      "@",  ":", "[", "]",
      "0x", "8",   "\xef\xbc\x8e", "\xe2\x80\x8b", "\xff", "a", "hxxp://", "::ffff:", "/0", "?", "#"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto parts = random() % 12; parts > 0; --parts) text += pieces[random() % std::size(pieces)];
    for (const auto kind :
         {stix::ValueKind::domain, stix::ValueKind::url, stix::ValueKind::ipv4, stix::ValueKind::ipv6}) {
      const auto found = readings({kind, text});
      ASSERT_FALSE(found.empty());
      EXPECT_EQ(found.front().text, text);
      EXPECT_LE(found.size(), 8U);
    }
  }
}

}  // namespace
}  // namespace tocsin::screen
