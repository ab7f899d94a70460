#include "match/pattern.hpp"

#include <gtest/gtest.h>

#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;

std::string shape(std::string_view pattern) {
  const auto alternatives = alternatives_of(pattern);
  if (!alternatives) return "refused";
  std::string out;
  for (const auto& conjunction : *alternatives) {
    out += '{';
    for (const auto& atom : conjunction.atoms)
      for (const auto& value : atom.values) out += value + ' ';
    out += '}';
  }
  return out;
}

TEST(Pattern, PullsOrOutOfAnd) {
  EXPECT_EQ(shape("[domain-name:value = 'A.example']"), "{a.example }");
  EXPECT_EQ(shape("[url:value = 'x'] OR [url:value = 'y']"), "{x }{y }");
  EXPECT_EQ(shape("[network-traffic:dst_port = 443 AND (network-traffic:dst_ref.value = '192.0.2.1' OR "
                  "network-traffic:dst_ref.value = '192.0.2.2')]"),
            "{443 192.0.2.1 }{443 192.0.2.2 }");
  EXPECT_EQ(shape("[url:value = 'x'] FOLLOWEDBY [url:value = 'y']"), "refused");
  EXPECT_EQ(shape("[url:value LIKE 'x%']"), "refused");
}

TEST(Pattern, RefusesWhatWouldExplode) {
  std::string pattern = "[";
  for (int i = 0; i < 40; ++i) {
    if (i > 0) pattern += " AND ";
    pattern += "(file:name = 'a' OR file:name = 'b' OR file:size = 1)";
  }
  const auto refused = alternatives_of(pattern + "]");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("too many combinations"), std::string::npos);
}

TEST(Pattern, TakesTheIndicatorOutOfAnObject) {
  stix::Object object;
  object.id = "indicator--1";
  object.type = "indicator";
  object.pattern_type = "stix";
  object.pattern = "[url:value = 'http://evil.example/']";
  object.name = "evil";
  object.valid_from = from_micros(1'000'000);
  const auto one = indicator_of(object, CircleId{3}, Sequence{9});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name, "evil");
  EXPECT_EQ(one->circle, CircleId{3});
  EXPECT_EQ(one->sequence, Sequence{9});
  EXPECT_EQ(one->valid_from, object.valid_from);
  EXPECT_EQ(one->alternatives.size(), 1U);
  object.pattern_type = "yara";
  const auto other = indicator_of(object, CircleId{3}, Sequence{9});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().detail, "not evaluated: pattern_type yara");
}

TEST(Pattern, MatchesWhatItSays) {
  IndicatorSet set;
  Indicator one;
  one.id = "indicator--1";
  one.alternatives = *alternatives_of(
      "[network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24' AND network-traffic:dst_port IN (80, 443)]");
  ASSERT_TRUE(set.add(one));
  Scanner scanner{set};
  Hits hits;
  for (const auto& [address, port, expected] :
       {std::tuple{"198.51.100.9", "443", 1U}, {"198.51.100.9", "22", 0U}, {"198.51.101.9", "443", 0U}}) {
    stix::Observation record;
    record.add(Path::network_dst_ref_value, record.next_object(), address);
    record.add(Path::network_dst_port, 0, port);
    scanner.scan(record, Timestamp{}, hits);
    EXPECT_EQ(hits.hits.size(), expected) << address << ' ' << port;
  }
}

}  // namespace
}  // namespace tocsin::match
