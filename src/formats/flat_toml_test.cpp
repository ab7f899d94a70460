#include "formats/flat_toml.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

TEST(FlatToml, ReadsWhatProfilesAndConfigurationsHold) {
  const auto fields = parse_flat_toml(
      "# a comment, äöü\n"
      "text = \"M\\u00fcller \\\"and\\\" \\\\ S\xc3\xb6hne\"  # behind\r\n"
      "path = 'C:\\logs'\n"
      "flag = true\n"
      "list = [ \"a\", # one\n  'b',\n]\n"
      "pem = \"\"\"\n-----BEGIN-----\nabc\n\"\"\"\n"
      "raw = '''x\\y'''\n"
      "empty = []");
  ASSERT_TRUE(fields) << fields.error().detail;
  ASSERT_EQ(fields->size(), 7U);
  EXPECT_EQ(std::get<std::string>((*fields)[0].value), "M\xc3\xbcller \"and\" \\ S\xc3\xb6hne");
  EXPECT_EQ(std::get<std::string>((*fields)[1].value), "C:\\logs");
  EXPECT_EQ(std::get<bool>((*fields)[2].value), true);
  EXPECT_EQ(std::get<std::vector<std::string>>((*fields)[3].value), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(std::get<std::string>((*fields)[4].value), "-----BEGIN-----\nabc\n");
  EXPECT_EQ(std::get<std::string>((*fields)[5].value), "x\\y");
  EXPECT_TRUE(std::get<std::vector<std::string>>((*fields)[6].value).empty());
}

TEST(FlatToml, WritesTextsThatItReads) {
  for (const std::string text : {"plain", "a\"b\\c\nd\te\x01", "\xf0\x9f\x94\x94", ""}) {
    const auto fields = parse_flat_toml("k = " + toml_string(text));
    ASSERT_TRUE(fields) << text;
    EXPECT_EQ(std::get<std::string>(fields->front().value), text);
  }
}

TEST(FlatToml, NamesTheLineAndTheFault) {
  const std::pair<std::string, std::string> cases[] = {{"a = 1\n", "line 1: 'a' must be"},
                                                       {"\na = \"x\" b = \"y\"", "line 2: one line"},
                                                       {"[table]", "line 1: there are no tables"},
                                                       {"a = \"x\"\na = \"y\"", "line 2: 'a' stands twice"},
                                                       {"a = \"x", "does not end"},
                                                       {"a = \"x\n\"", "ends on its line"},
                                                       {"a = \"\\q\"", "no such escape"},
                                                       {"a = \"\\ud800\"", "names no character"},
                                                       {"a = \"\\u12\"", "names no character"},
                                                       {"a = [\"x\" \"y\"]", "',' or ']'"},
                                                       {"a = [", "list of texts"},
                                                       {"a", "'=' is expected"},
                                                       {"\xff", "not UTF-8"},
                                                       {"a.b = \"x\"", "'=' is expected"}};
  for (const auto& [text, part] : cases) {
    const auto fields = parse_flat_toml(text);
    ASSERT_FALSE(fields) << text;
    EXPECT_NE(fields.error().detail.find(part), std::string::npos) << fields.error().detail;
  }
}

}  // namespace
}  // namespace tocsin::formats
