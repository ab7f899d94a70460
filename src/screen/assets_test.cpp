#include "screen/assets.hpp"

#include <gtest/gtest.h>

namespace tocsin::screen {
namespace {

using Members = std::vector<MemberId>;

TEST(Assets, NamesTheOwnersOfWhatIsHit) {
  const auto assets = Assets::build({{MemberId{1}, Asset::Kind::domain, "Corp.example"},
                                     {MemberId{2}, Asset::Kind::network, "198.51.100.0/24"},
                                     {MemberId{2}, Asset::Kind::network, "2001:db8:2::/48"},
                                     {MemberId{3}, Asset::Kind::network, "198.51.100.128/25"},
                                     {MemberId{3}, Asset::Kind::domain, "shared.corp.example"}});
  ASSERT_TRUE(assets);
  const auto owners = [&](std::string_view typed) { return assets->owners(stix::recognise_value(typed)); };
  EXPECT_EQ(owners("corp.example"), Members{MemberId{1}});
  EXPECT_EQ(owners("mail.CORP.example."), Members{MemberId{1}});
  EXPECT_EQ(owners("a.shared.corp.example"), (Members{MemberId{1}, MemberId{3}}));
  EXPECT_EQ(owners("notcorp.example"), Members{});
  EXPECT_EQ(owners("corp.example.net"), Members{});
  EXPECT_EQ(owners("https://www.corp.example/wp-content/x.php"), Members{MemberId{1}});
  EXPECT_EQ(owners("http://198.51.100.9:8080/x"), Members{MemberId{2}});
  EXPECT_EQ(owners("ceo@corp.example"), Members{MemberId{1}});
  EXPECT_EQ(owners("198.51.100.1"), Members{MemberId{2}});
  EXPECT_EQ(owners("198.51.100.200"), (Members{MemberId{2}, MemberId{3}}));
  EXPECT_EQ(owners("198.51.0.0/16"), (Members{MemberId{2}, MemberId{3}}));
  EXPECT_EQ(owners("198.51.101.1"), Members{});
  EXPECT_EQ(owners("2001:db8:2::7"), Members{MemberId{2}});
  EXPECT_EQ(owners("d41d8cd98f00b204e9800998ecf8427e"), Members{});
}

TEST(Assets, RefusesWhatItCannotRead) {
  EXPECT_FALSE(Assets::build({{MemberId{1}, Asset::Kind::network, "198.51.100.0/33"}}));
  EXPECT_FALSE(Assets::build({{MemberId{1}, Asset::Kind::domain, "."}}));
  EXPECT_TRUE(Assets{}.owners(stix::recognise_value("corp.example")).empty());
}

}  // namespace
}  // namespace tocsin::screen
