#include "pattern/regex.hpp"

#include <gmock/gmock.h>

namespace tocsin::pattern {
namespace {

using std::string_view_literals::operator""sv;

TEST(Regex, SearchesAsPcreDoes) {
  const struct {
    std::string_view pcre, subject;
    bool found;
  } cases[] = {
      {"l+", "hello", true},         {"^l+", "hello", false},      {"", "", true},
      {"a.b", "a\nb", true},         {"o$", "hello\n", true},      {"o$", "hello\n\n", false},
      {"o\\z", "hello\n", false},    {"o\\Z", "hello\n", true},    {"(?m)o$", "hello\nyou", true},
      {"(o$|x)", "hello\n", true},   {"[$]", "a", false},          {"[]$]", "$", true},
      {"\\$", "$5", true},           {"\\Qa$b\\E", "a$b", true},   {"a\\sb", "a\vb", true},
      {"a\\Sb", "a\vb", false},      {"a[\\s]b", "a\vb", true},    {"\\h", "a\xc2\xa0", true},
      {"\\h", "\n", false},          {"[\\h]", "\t", true},        {"\\v", "\r", true},
      {"\\v", "\xe2\x80\xa8", true}, {"\\e", "\x1b", true},        {"(?<word>w)", "w", true},
      {"(?i)HELLO", "hello", true},  {"^[[:alpha:]]$", "b", true}, {"^.$", "\xc3\xa4", true},
  };
  for (const auto& [pcre, subject, found] : cases) {
    const auto regex = Regex::compile(pcre, false);
    ASSERT_TRUE(regex) << pcre;
    EXPECT_EQ(regex->found_in(subject), found) << pcre << " as " << to_re2(pcre, false);
  }
}

TEST(Regex, TakesOctetsAsTheyAre) {
  const auto regex = Regex::compile(R"(^\xd4\xc3.\x00\h$)", true);
  ASSERT_TRUE(regex);
  EXPECT_TRUE(regex->found_in("\xd4\xc3\xff\x00\xa0"sv));
  EXPECT_FALSE(regex->found_in("\xd4\xc3\xc3\xa4\x00\xa0"sv)) << "no Unicode: that is one character too many";
}

TEST(Regex, NamesWhatItRefuses) {
  const struct {
    std::string_view pcre, named;
  } cases[] = {
      {R"((a)\1)", "\\1"},
      {"a(?=b)", "(?="},
      {"(?<!a)b", "(?<"},
      {"(?>a)", "(?>"},
      {"a++", "++"},
      {"a{1001}", "1001"},
      {"(?R)", "(?R"},
      {R"(\X)", "\\X"},
      {"(a", "missing"},
      {"[a", "missing"},
      {"(?(1)a|b)", "(?("},
      {R"(\K)", "\\K"},
      {"(((a{99}){99}){99})", "repetition"},
  };
  for (const auto& [pcre, named] : cases) {
    const auto regex = Regex::compile(pcre, false);
    ASSERT_FALSE(regex) << pcre;
    EXPECT_EQ(regex.error().code, Errc::invalid_input);
    EXPECT_THAT(regex.error().detail, testing::HasSubstr(named)) << pcre;
  }
}

}  // namespace
}  // namespace tocsin::pattern
