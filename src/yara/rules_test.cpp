#include "yara/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::yara {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Rules compiled(std::vector<Text> texts) {
  std::vector<Refused> refused;
  auto rules = Rules::compile(texts, refused);
  EXPECT_TRUE(rules) << rules.error().detail;
  EXPECT_THAT(refused, IsEmpty());
  return *std::move(rules);
}

std::vector<Match> matches(const Rules& rules, std::string_view bytes) {
  auto found = rules.scan(bytes, seconds{10});
  EXPECT_TRUE(found) << found.error().detail;
  return *std::move(found);
}

// Two indicators may give their rules the same name, and rules of one indicator may build on one another.
TEST(Rules, FindsTheRuleTheStringsAndWhoseTheyAre) {
  const auto rules = compiled({
      {"indicator--1",
       "rule wiper { strings: $a = \"destover\" nocase $b = {de ad be ef} condition: any of them }"},
      {"indicator--2",
       "private rule small { condition: filesize < 100 }\n"
       "rule wiper { strings: $x = /iissvr[0-9]+/ condition: small and $x }"},
  });
  EXPECT_EQ(rules.size(), 2U);
  const auto both = matches(rules, "…DESTOVER… iissvr42 iissvr43");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].text, 0U);
  EXPECT_EQ(both[0].rule, "wiper");
  EXPECT_THAT(both[0].strings, ElementsAre("$a"));
  EXPECT_EQ(both[1].text, 1U);
  EXPECT_EQ(both[1].rule, "wiper");
  EXPECT_THAT(both[1].strings, ElementsAre("$x"));
  EXPECT_THAT(matches(rules, "nothing of the kind"), IsEmpty());
  EXPECT_EQ(matches(rules, std::string(200, ' ') + "iissvr1 \xde\xad\xbe\xef").size(), 1U);
}

TEST(Rules, GivesBackWhatItCannotCompileAndKeepsTheRest) {
  const std::vector<Text> texts{
      {"indicator--broken", "rule a {\n condition: nonsense }"},
      {"indicator--include", "include \"/etc/passwd\"\nrule b { condition: true }"},
      {"indicator--empty", "// nothing"},
      {"indicator--long", std::string(Rules::rule_bytes_max + 1, ' ')},
      {"indicator--good", "import \"math\"\nrule c { condition: math.entropy(0, filesize) < 1.0 }"},
  };
  std::vector<Refused> refused;
  const auto rules = Rules::compile(texts, refused);
  ASSERT_TRUE(rules) << rules.error().detail;
  EXPECT_EQ(rules->size(), 1U);
  ASSERT_EQ(refused.size(), 4U);
  EXPECT_EQ(refused[0].id, "indicator--broken");
  EXPECT_THAT(refused[0].why, HasSubstr("line 2"));
  EXPECT_EQ(refused[1].id, "indicator--include");
  EXPECT_THAT(refused[1].why, HasSubstr("include"));
  EXPECT_THAT(refused[2].why, HasSubstr("no rule"));
  EXPECT_THAT(refused[3].why, HasSubstr("longer than"));
  const auto found = matches(*rules, "aaaa");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, 4U);  // its place among all that were given
}

TEST(Rules, NoRulesMatchNothing) {
  EXPECT_THAT(matches(compiled({}), "anything"), IsEmpty());
}

// Goal:   a rule made to take for ever takes no longer than it may.
// Method: a condition that loops over every offset for every offset of a megabyte.
TEST(Rules, EndsARuleThatTakesTooLong) {
  const auto rules = compiled({{"indicator--slow",
                                "rule slow { condition: for all i in (0..filesize) : ("
                                "for all j in (0..filesize) : (uint8(i) == uint8(j))) }"}});
  const std::string bytes(1 << 20, 'x');
  const auto began = std::chrono::steady_clock::now();
  const auto found = rules.scan(bytes, seconds{1});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::overloaded);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{20});
}

}  // namespace
}  // namespace tocsin::yara
