#include "formats/network_rule.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace tocsin::formats {
namespace {

using ::testing::HasSubstr;

std::string rule(const std::string& options) {
  return "alert tcp any any -> any any (" + options + " sid:1; rev:2;)";
}

TEST(NetworkRule, ReadsOneRule) {
  const auto read = read_network_rule(
      "# from a feed\nalert tcp $HOME_NET any -> any 80 (msg:\"a\\;)\\\"b\"; \\\n content:\"x|3b|\"; sid : 7 "
      "; "
      "rev:3;)\n\n");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->sid, 7U);
  EXPECT_EQ(read->rev, 3U);
  EXPECT_EQ(read->text.find('\n'), std::string::npos);
  EXPECT_THAT(with_sid(*read, 9), HasSubstr("sid :9; rev:3;)"));
}

TEST(NetworkRule, RefusesByNameWhatDoesMoreThanLook) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {rule("lua:x.lua;"), "lua: it runs code"},
           {rule("LuaJIT:x;"), "luajit"},
           {rule("filestore;"), "filestore: it writes files"},
           {rule("filestore:both,flow;"), "filestore"},
           {rule("dataset:set,a,type string,save /etc/passwd;"), "dataset with save"},
           {rule("dataset:isset,a,type md5,load ../../x;"), "dataset with load"},
           {rule("datarep:a,>,1,load x,type ip;"), "datarep with load"},
           {rule("dataset:isset,a, STATE x;"), "dataset with state"},
           {rule("filemd5:list;"), "filemd5"},
           {rule("logto:\"x\";"), "logto"},
           {rule("bypass;"), "bypass"},
           {rule("replace:\"x\";"), "changes traffic"},
           {rule("metadata:engine shared, soid 3|1;"), "engine shared"},
           {"drop" + rule("").substr(5), "the action 'drop'"},
           {"pass" + rule("").substr(5), "the action 'pass'"},
           {"include other.rules", "include"},
           {rule("") + "\ninclude other.rules", "more than one line"},
           {rule("") + "\r\nalert tcp any any -> any any (sid:2;)", "more than one line"},
           {rule("msg:\"a\nb\";"), "more than one line"},
           {rule("") + " lua:x;", "text behind"},
           {"alert tcp any any -> any any (msg:\"x; sid:1;)", "quotes"},
           {"alert tcp any any -> any any (msg:\"x\"; sid:1)", "semicolon"},
           {"alert tcp any any -> any any (msg:\"x\";)", "no sid"},
           {rule("sid:2;"), "stands twice"},
           {rule("msg:\"\x1b[2J\";"), "control characters"},
           {"alert tcp any any any (sid:1;)", "no direction"},
           {"", "no rule"}}) {
    const auto read = read_network_rule(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().detail, HasSubstr(why)) << text;
  }
  EXPECT_TRUE(read_network_rule(rule("msg:\"lua:x\\; filestore\\;\"; dataset:isset,known;")))
      << "words in quotes are words";
  EXPECT_FALSE(read_network_rule(rule("msg:\"a; filestore; b\";"))) << "but not for everybody";
  EXPECT_FALSE(read_network_rule("alert tcp any any -> any any (sid:1;) x:(a;)"));
}

OwnedRule owned(const std::string& owner, const std::string& options) {
  return {owner, *read_network_rule("alert tcp any any -> any any (" + options + ")")};
}

TEST(NetworkRule, NumbersAreUniqueAndTheSameInAnyOrder) {
  std::vector<OwnedRule> rules{
      owned("b", "msg:\"b\"; sid:1; rev:1;"),   owned("a", "msg:\"a\"; sid:1; rev:1;"),
      owned("c", "msg:\"old\"; sid:2; rev:1;"), owned("d", "msg:\"new\"; sid:2; rev:2;"),
      owned("e", "msg:\"a\"; sid:1; rev:1;"),   owned("f", "msg:\"f\"; sid:3;")};
  const auto file = rule_file(rules);
  std::ranges::reverse(rules);
  EXPECT_EQ(rule_file(rules).text, file.text);
  EXPECT_EQ(file.listed, 4U);
  EXPECT_EQ(file.renumbered, 1U);
  EXPECT_EQ(file.superseded, 1U);
  EXPECT_THAT(file.text, HasSubstr("# a\nalert tcp any any -> any any (msg:\"a\"; sid:1; rev:1;)\n"));
  EXPECT_THAT(file.text, HasSubstr("msg:\"b\"; sid:19"));
  EXPECT_THAT(file.text, HasSubstr("\"new\""));
  EXPECT_EQ(file.text.find("\"old\""), std::string::npos);
}

TEST(NetworkRule, RealRules) {
  std::size_t taken = 0, refused = 0;
  for (const auto* name : {"eset-potao-et.rules", "eset-ta410.rules", "eset-windigo-ebury.rules",
                           "eset-windigo-onimiki.rules"}) {
    std::ifstream file{std::string{TOCSIN_SOURCE_DIR} + "/../shared/data/rules/" + name};
    if (!file) GTEST_SKIP() << "the data are not there";
    std::string rule;
    for (std::string line; std::getline(file, line);) {
      if (rule.empty() && !line.starts_with("alert")) continue;
      rule += line + "\n";
      if (line.ends_with("\\")) continue;
      const auto read = read_network_rule(std::exchange(rule, {}));
      ++(read ? taken : refused);
      EXPECT_TRUE(read) << read.error().detail;
    }
  }
  EXPECT_EQ(taken, 11U);
}

}  // namespace
}  // namespace tocsin::formats
