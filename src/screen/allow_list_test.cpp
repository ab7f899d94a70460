#include "screen/allow_list.hpp"

#include <gmock/gmock.h>

namespace tocsin::screen {
namespace {

using stix::ValueKind;
using ::testing::HasSubstr;

TEST(AllowList, CoversNetworksDomainsAndValues) {
  auto lists = parse_allow_list(
      "# ours\n10.1.0.0/16   # the "
      "office\n2001:db8::/32\r\n\n*.corp.example\nd41d8cd98f00b204e9800998ecf8427e\nhttp://a.example/#x\n");
  ASSERT_TRUE(lists) << lists.error().detail;
  const WarningLists allow{*std::move(lists)};
  const auto holds = [&](ValueKind kind, const char* text) { return !allow.check({kind, text}).empty(); };
  EXPECT_TRUE(holds(ValueKind::ipv4, "10.1.2.3"));
  EXPECT_FALSE(holds(ValueKind::ipv4, "10.2.0.1"));
  EXPECT_TRUE(holds(ValueKind::ipv6, "2001:db8::7"));
  EXPECT_TRUE(holds(ValueKind::domain, "corp.example"));
  EXPECT_TRUE(holds(ValueKind::domain, "www.corp.example"));
  EXPECT_FALSE(holds(ValueKind::domain, "evilcorp.example"));
  EXPECT_TRUE(holds(ValueKind::md5, "d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_TRUE(holds(ValueKind::url, "http://a.example/#x")) << "no comment begins within a value";
  EXPECT_FALSE(holds(ValueKind::url, "http://a.example/"));
}

TEST(AllowList, NamesTheLineThatItCannotRead) {
  for (const auto& [text, why] : {std::pair{"a.example\n10.0.0.0/99\n", "line 2"},
                                  {"1.2.3.400\n", "neither an address nor a name"},
                                  {"\x1b[2J\n", "control characters"}}) {
    const auto lists = parse_allow_list(text);
    ASSERT_FALSE(lists) << text;
    EXPECT_THAT(lists.error().detail, HasSubstr(why));
  }
  EXPECT_TRUE(parse_allow_list("")->empty());
}

}  // namespace
}  // namespace tocsin::screen
