// What stands inside [ ], over one observation.

#include "pattern/comparison.hpp"

#include <gmock/gmock.h>

#include "pattern/testing.hpp"

namespace tocsin::pattern {
namespace {

struct Case {
  std::string_view pattern;
  bool match;
};

void expect(const Observation& observation, std::initializer_list<Case> cases) {
  for (const auto& [pattern, match] : cases)
    EXPECT_EQ(verdict(pattern, observation), match ? "match" : "no match") << pattern;
}

TEST(Comparison, ComparesNumbersInFull) {
  expect(observed({R"({"type":"x","i":5,"d":1.5,"big":9007199254740993,"huge":18446744073709551615})"}),
         {{"[x:i = 5]", true},
          {"[x:i = 5.0]", true},
          {"[x:i < 5.1]", true},
          {"[x:i > 4.9]", true},
          {"[x:i >= 5]", true},
          {"[x:i <= -5]", false},
          {"[x:d = 1]", false},
          {"[x:d > 1]", true},
          {"[x:d IN (1, 1.5)]", true},
          {"[x:big = 9007199254740993.0]", true},
          {"[x:big = 9007199254740992]", false},
          {"[x:big < 9007199254740992.5]", false},
          {"[x:huge > 9223372036854775807]", true}});
}

TEST(Comparison, IsFalseForTypesThatCannotBeCompared) {
  expect(observed({R"({"type":"x","i":5,"s":"5","b":true,"l":[5],"n":null})"}),
         {{"[x:i = '5']", false},
          {"[x:i != '5']", true},
          {"[x:i NOT = '5']", true},
          {"[x:i NOT != '5']", false},
          {"[x:s = 5]", false},
          {"[x:s NOT LIKE '6']", true},
          {"[x:i NOT LIKE '5']", true},
          {"[x:i MATCHES '5']", false},
          {"[x:b = true]", true},
          {"[x:b != false]", true},
          {"[x:b = 1]", false},
          {"[x:b != 1]", true},
          {"[x:l = 5]", false},
          {"[x:l != 5]", true},
          {"[x:i < h'05']", false},
          {"[x:s ISSUBSET '0.0.0.0/0']", false},
          {"[x:n = 5]", false},
          {"[x:n != 5]", false},
          {"[EXISTS x:n]", false}});
}

TEST(Comparison, OfNothingIsFalseWhateverTheOperator) {
  expect(observed({R"({"type":"x","l":[1,2],"d":{"k":1},"a_ref":"gone"})", R"({"type":"y"})"}),
         {{"[x:m = 1]", false},
          {"[x:m != 1]", false},
          {"[x:m NOT = 1]", false},
          {"[x:m NOT IN (1)]", false},
          {"[x:l[2] NOT = 1]", false},
          {"[x:l.k != 1]", false},
          {"[x:l[0].k != 1]", false},
          {"[x:d[0] != 1]", false},
          {"[x:d[*] != 5]", false},
          {"[x:a_ref.name != 'b']", false},
          {"[x:a_ref = 'gone']", true},
          {"[z:m NOT = 1]", false},
          {"[EXISTS x:l[1]]", true},
          {"[EXISTS x:l[2]]", false},
          {"[NOT EXISTS x:l[2]]", true},
          {"[NOT EXISTS x:l]", false},
          {"[EXISTS x:a_ref.name]", false},
          {"[NOT EXISTS z:m]", false}});
}

TEST(Comparison, AnyElementWillDoAndNotNegatesTheWhole) {
  const auto observation = observed({R"({"type":"x","p":[22,443],"s":[{"e":7.5},{"n":"b"},{"e":2}]})"});
  expect(observation, {{"[x:p[*] = 22]", true},
                       {"[x:p[*] NOT = 22]", false},
                       {"[x:p[*] != 22]", true},
                       {"[x:p[*] NOT = 80]", true},
                       {"[x:p[*] NOT IN (80, 443)]", false},
                       {"[x:p[1] = 443]", true},
                       {"[x:s[*].e > 7.0]", true},
                       {"[x:s[*].e NOT > 7.0]", false},
                       {"[x:s[*].n = 'b' AND x:s[*].e = 2]", true},
                       {"[x:s[0].n = 'b']", false}});
}

TEST(Comparison, StartsAllAtOneObject) {
  const auto observation = observed({
      R"({"type":"t","id":"t--1","src_ref":"ip--1","p":1})",
      R"({"type":"t","id":"t--2","dst_ref":"ip--2","p":2})",
      R"({"type":"ip","id":"ip--1","value":"10.0.0.1","next_refs":["ip--2","t--2"]})",
      R"({"type":"ip","id":"ip--2","value":"10.0.0.2","next_refs":["ip--1"]})",
  });
  expect(observation, {{"[t:src_ref.value = '10.0.0.1' AND t:dst_ref.value = '10.0.0.2']", false},
                       {"[t:src_ref.value = '10.0.0.1' OR t:dst_ref.value = '1']", true},
                       {"[t:src_ref.value = '10.0.0.1' AND t:p = 1]", true},
                       {"[t:src_ref.value = '10.0.0.1' AND t:p = 2]", false},
                       {"[t:src_ref.type = 'ip' AND t:src_ref.id = 'ip--1']", true},
                       {"[t:p = 1 AND ip:value = '10.0.0.1']", false},
                       {"[t:p = 7 OR ip:value = '10.0.0.1']", true},
                       {"[t:p = 9 AND t:p = 9 OR t:p = 2]", true},
                       {"[t:src_ref.next_refs[*].dst_ref.value = '10.0.0.2']", true},
                       {"[ip:next_refs[0].next_refs[0].next_refs[0].value = '10.0.0.2']", true},
                       {"[ip:next_refs.value = '10.0.0.2']", false}});
}

TEST(Comparison, ReadsDictionariesAndExtensions) {
  expect(
      observed({R"({"type":"file","hashes":{"SHA-256":"ab","MD5":"cd"},"extensions":{"windows-pebinary-ext":)"
                R"({"sections":[{"entropy":1.0},{"entropy":7.9}]},"raster-image-ext":{"image_height":3}}})"}),
      {{"[file:hashes.'SHA-256' = 'ab']", true},
       {"[file:hashes.MD5 = 'cd']", true},
       {"[file:hashes.md5 = 'cd']", false},
       {"[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]", true},
       {"[file:extensions.'windows-pebinary-ext'.sections[0].entropy > 7.0]", false},
       {"[file:extensions.'raster-image-ext'.image_height = 3]", true},
       {"[EXISTS file:extensions.'ntfs-ext']", false}});
}

TEST(Comparison, DecodesBinaryAndHexProperties) {
  // The standard's own example (§9.6.4), and octets that are no text.
  expect(
      observed(
          {R"({"type":"artifact","payload_bin":"dGhpcyBpcyBhIHRlc3Q=","m_hex":"FFd8","bad_bin":"?","s":"ab",)"
           R"("u":"\u0103","list_hex":["00","ff"]})"}),
      {{"[artifact:payload_bin = 'dGhpcyBpcyBhIHRlc3Q=']", false},
       {"[artifact:payload_bin = 'this is a test']", true},
       {"[artifact:payload_bin = b'dGhpcyBpcyBhIHRlc3Q=']", true},
       {"[artifact:payload_bin = h'7468697320697320612074657374']", true},
       {"[artifact:payload_bin LIKE 'this%']", true},
       {"[artifact:payload_bin MATCHES '^th']", true},
       {"[artifact:m_hex = 'ÿØ']", true},
       {"[artifact:m_hex LIKE '__']", true},
       {"[artifact:m_hex MATCHES '^\\\\xff.$']", true},
       {"[artifact:m_hex > h'ff']", true},
       {"[artifact:m_hex < h'ffff']", true},
       {"[artifact:m_hex = 'ăb']", false},
       {"[artifact:m_hex != 'ăb']", true},
       {"[artifact:m_hex LIKE 'ă%']", false},
       {"[artifact:m_hex NOT MATCHES 'ă']", true},
       {"[artifact:bad_bin = '?']", false},
       {"[artifact:bad_bin != '?']", true},
       {"[artifact:s = h'6162']", true},
       {"[artifact:u = h'03']", false},
       {"[artifact:u > h'00']", false},
       {"[artifact:list_hex[*] = h'ff']", true},
       {"[artifact:payload_bin = 5]", false}});
}

TEST(Comparison, OrdersTextByCodePointWithoutNormalising) {
  // The order of §9.6.2: o < oz < o with a combining grave < z < ò.
  expect(observed({R"({"type":"x","s":"o\u0300","c":"\u00f2","e":"\ufffd"})"}),
         {{"[x:s > 'oz']", true},
          {"[x:s < 'z']", true},
          {"[x:c > 'z']", true},
          {"[x:c = 'o\xcc\x80']", false},
          {"[x:c LIKE 'o\xcc\x80']", true},
          {"[x:s LIKE '_']", true},
          {"[x:s MATCHES '^.$']", true},
          {"[x:s MATCHES '^\xc3\xb2$']", true},
          {"[x:e < '\xf0\x90\x80\x80']", true}});
}

TEST(Comparison, ComparesTimesAsTimes) {
  expect(
      observed(
          {R"({"type":"x","t":"2020-01-01T00:00:00.100Z","n":"2020-01-01T00:00:00.123456789Z","s":"soon"})"}),
      {{"[x:t = t'2020-01-01T00:00:00.1Z']", true},
       {"[x:t = '2020-01-01T00:00:00.1Z']", false},
       {"[x:t > t'2020-01-01T00:00:00Z']", true},
       {"[x:n > t'2020-01-01T00:00:00.123456788Z']", true},
       {"[x:s = t'2020-01-01T00:00:00Z']", false},
       {"[x:s != t'2020-01-01T00:00:00Z']", true},
       {"[x:t IN (t'2020-01-01T00:00:00.10Z')]", true}});
}

TEST(Comparison, ComparesSetsOfAddresses) {
  expect(
      observed(
          {R"({"type":"ip","four":"198.51.100.0/27","six":"2001:db8:dead:beef::1","bad":"198.51.100.01"})"}),
      {{"[ip:four ISSUBSET '198.51.100.0/24']", true},
       {"[ip:four ISSUBSET '198.51.100.9/27']", true},
       {"[ip:four ISSUBSET '198.51.100.0/28']", false},
       {"[ip:four ISSUPERSET '198.51.100.0/28']", true},
       {"[ip:four ISSUPERSET '198.51.100.31']", true},
       {"[ip:four ISSUPERSET '198.51.100.32']", false},
       {"[ip:four ISSUBSET '0.0.0.0/0']", true},
       {"[ip:four ISSUBSET '::/0']", false},
       {"[ip:four NOT ISSUBSET '::/0']", true},
       {"[ip:six ISSUBSET '2001:0db8:dead:beef:0000:0000:0000:0000/64']", true},
       {"[ip:six ISSUBSET '2001:db8::/33']", false},
       {"[ip:bad ISSUBSET '198.51.100.0/24']", false},
       {"[ip:four = '198.51.100.0/27']", true},
       {"[ip:four = '198.51.100.1/27']", false}});
}

TEST(Comparison, LikeHasTwoWildcardsAndNoEscape) {
  expect(observed({R"({"type":"x","s":"C:\\Windows\\x\ny\\foo","e":"","p":"100%","u":"\ud83d\ude00!"})"}),
         {{R"([x:s LIKE 'C:\\Windows\\%\\foo'])", true},
          {R"([x:s LIKE 'C:\\windows\\%'])", false},
          {"[x:s LIKE 'C%']", true},
          {"[x:s LIKE 'Windows']", false},
          {"[x:s LIKE '%x_y%foo']", true},
          {"[x:e LIKE '%']", true},
          {"[x:e LIKE '_']", false},
          {"[x:p LIKE '100_']", true},
          {R"([x:p LIKE '100\\%'])", false},
          {"[x:u LIKE '_!']", true},
          {"[x:u LIKE '__!']", false}});
}

TEST(Comparison, RefusesByNameAndColumn) {
  EXPECT_THAT(verdict("[a:b = 1 OR a:b MATCHES '(a)\\\\1']", observed({})),
              testing::AllOf(testing::StartsWith("column 25: the regular expression is refused"),
                             testing::HasSubstr("\\1")));
  EXPECT_THAT(verdict("[a:b ISSUBSET '10.0.0.0/33']", observed({})),
              testing::StartsWith("column 15: expected an IPv4 or IPv6 address"));
  EXPECT_THAT(verdict("[a:b MATCHES 'a' OR a:b MATCHES 'b']", {}, {.regexes_max = 1}),
              testing::HasSubstr("the limit regexes_max"));
}

TEST(Comparison, EndsWhenTheBudgetIsSpent) {
  std::string text(20'000, 'a');
  const auto observation = observed({R"({"type":"x","s":")" + text + R"("})"});
  EXPECT_EQ(verdict("[x:s LIKE '%aaaaaaaaab%aaaaaaaaac']", {observation}), "no match");
  EXPECT_THAT(verdict("[x:s LIKE '%aaaaaaaaaaaaaaaaaaab']", {observation}, {.steps_max = 10'000}),
              testing::HasSubstr("the limit steps_max"));
  // References in a circle, each step twice as wide as the one before.
  const auto circle = observed({R"({"type":"x","id":"1","r_refs":["1","1","1","1"]})"});
  std::string path = "x:r_refs[*]";
  for (int i = 0; i < 15; ++i) path += ".r_refs[*]";
  EXPECT_THAT(verdict("[" + path + " = 'z']", {circle}, {.steps_max = 1'000'000}),
              testing::HasSubstr("the limit steps_max"));
}

}  // namespace
}  // namespace tocsin::pattern
