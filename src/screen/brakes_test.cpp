#include "screen/brakes.hpp"

#include <gtest/gtest.h>

namespace tocsin::screen {
namespace {

class Brakes : public testing::Test {
 protected:
  Brakes() {
    auto assets = Assets::build({{MemberId{2}, Asset::Kind::domain, "corp.example"},
                                 {MemberId{2}, Asset::Kind::network, "93.184.216.0/24"}});
    assets_ = *std::move(assets);
  }

  /// The rule that holds an indicator with this pattern; "" when it passes.
  std::string rule(std::string_view pattern, MemberId sharer = MemberId{1}) const {
    stix::Object object;
    object.type = "indicator";
    object.pattern_type = "stix";
    object.pattern = pattern;
    const auto held = brake(object, lists_, assets_, sharer);
    return held ? held->rule : "";
  }

  const WarningLists lists_{
      {{"big", "Big sites", "", 1, WarningList::Type::hostname, all_kinds, {"big.com"}},
       {"resolvers", "Resolvers", "", 1, WarningList::Type::cidr, all_kinds, {"8.8.8.8"}}}};
  Assets assets_;
};

TEST_F(Brakes, AnyListedAlternativeHolds) {
  EXPECT_EQ(rule("[domain-name:value = 'www.big.com']"), "warning-list");
  EXPECT_EQ(rule("[domain-name:value = 'evil.ru']"), "");
  EXPECT_EQ(rule("[domain-name:value = 'evil.ru' OR ipv4-addr:value = '8.8.8.8']"), "warning-list");
  EXPECT_EQ(rule("[domain-name:value = 'evil.ru'] OR [domain-name:value = 'big.com']"), "warning-list");
  EXPECT_EQ(rule("[domain-name:value IN ('evil.ru', 'big.com')]"), "warning-list");
  EXPECT_EQ(rule("[ipv4-addr:value ISSUBSET '8.0.0.0/8']"), "warning-list") << "would block a resolver";
  EXPECT_EQ(rule("[domain-name:value != 'big.com']"), "") << "names what it does not mean";
}

TEST_F(Brakes, AndWithAnUnlistedValuePasses) {
  EXPECT_EQ(rule("[network-traffic:dst_ref.value = '8.8.8.8' AND network-traffic:dst_port = 53]"),
            "warning-list");
  EXPECT_EQ(rule("[network-traffic:dst_ref.value = '8.8.8.8' AND network-traffic:protocols[*] = 'dns']"),
            "warning-list");
  EXPECT_EQ(
      rule("[network-traffic:dst_ref.value = '8.8.8.8' AND network-traffic:src_ref.value = '45.1.2.3']"), "");
  EXPECT_EQ(
      rule("[domain-name:value = 'big.com'] AND [file:hashes.MD5 = '900150983cd24fb0d6963f7d28e17f72']"), "");
  EXPECT_EQ(rule("[domain-name:value = 'big.com'] FOLLOWEDBY [ipv4-addr:value = '8.8.8.8']"), "warning-list");
  EXPECT_EQ(rule("[domain-name:value = 'big.com' AND domain-name:value LIKE '%x%']"), "");
}

TEST_F(Brakes, AssetsOfOthersHoldAndTheirOwnersAreNamed) {
  EXPECT_EQ(rule("[domain-name:value = 'mail.corp.example']"), "asset");
  EXPECT_EQ(rule("[url:value = 'http://93.184.216.34/x']"), "asset");
  EXPECT_EQ(rule("[domain-name:value = 'mail.corp.example']", MemberId{2}), "") << "its own";
  stix::Object address;
  address.type = "ipv4-addr";
  address.values = {stix::recognise_value("93.184.216.34")};
  const auto held = brake(address, lists_, assets_, MemberId{1});
  ASSERT_TRUE(held);
  EXPECT_EQ(held->rule, "asset");
  EXPECT_EQ(held->owners, std::vector<MemberId>{MemberId{2}});
}

TEST_F(Brakes, LooksOnlyAtIndicatorsAndObservables) {
  stix::Object object;
  object.values = {stix::recognise_value("8.8.8.8")};
  for (const char* type : {"ipv4-addr", "url", "file"}) {
    object.type = type;
    const auto held = brake(object, lists_, assets_, MemberId{1});
    ASSERT_TRUE(held) << type;
    EXPECT_EQ(held->reason, "8.8.8.8 is on the warning list \"Resolvers\"; a steward may let it pass");
  }
  for (const char* type : {"observed-data", "report", "malware", "sighting"}) {
    object.type = type;
    EXPECT_FALSE(brake(object, lists_, assets_, MemberId{1})) << type;
  }
}

}  // namespace
}  // namespace tocsin::screen
