#include "observe/line_template.hpp"

#include <gmock/gmock.h>

#include <optional>

namespace tocsin::observe {
namespace {

using Cells = std::vector<std::string>;

/// What the first variant that fits finds, with the fields' names.
std::optional<Cells> read(std::string_view text, std::string_view line) {
  const auto variants = LineTemplate::parse(text);
  if (!variants) return std::nullopt;
  for (const auto& variant : *variants) {
    Cells cells;
    const auto take = [&](std::size_t i, std::string_view cell) {
      cells.push_back(variant.fields()[i] + "=" + std::string{cell});
      return true;
    };
    if (variant.match(line, take)) return cells;
  }
  return std::nullopt;
}

TEST(LineTemplate, TakesTheShortestTextUpToWhatFollows) {
  EXPECT_EQ(read("<a> <b>", "1 2 3"), (Cells{"a=1", "b=2 3"}));
  EXPECT_EQ(read("<a>/<b> <>", "x/y/z rest"), (Cells{"a=x", "b=y/z", "=rest"}));
  EXPECT_EQ(read("[<a>] \"<b>\" <c>", "[1 2] \"x y\" z"), (Cells{"a=1 2", "b=x y", "c=z"}));
  EXPECT_EQ(read("<a>:<b>", "none"), std::nullopt);
}

TEST(LineTemplate, TheWholeLineMustFit) {
  EXPECT_EQ(read("(<a>)", "(x)"), (Cells{"a=x"}));
  EXPECT_EQ(read("(<a>)", "(x) "), (Cells{"a=x"}));
  EXPECT_EQ(read("(<a>)", "(x) more"), std::nullopt);
  EXPECT_EQ(read("(<a>)", "say (x)"), std::nullopt);
}

TEST(LineTemplate, ASpaceStandsForAnyNumberOfBlanks) {
  EXPECT_EQ(read("<a> <b>", "1 \t  2"), (Cells{"a=1", "b=2"}));
  EXPECT_EQ(read("x <a>", "x1"), std::nullopt);
}

TEST(LineTemplate, PartsMayBeAbsent) {
  constexpr std::string_view text = "{<when> }client {@<> }<address>";
  EXPECT_EQ(read(text, "now client @0x1 10.0.0.1"), (Cells{"when=now", "=0x1", "address=10.0.0.1"}));
  EXPECT_EQ(read(text, "client @0x1 10.0.0.1"), (Cells{"=0x1", "address=10.0.0.1"}));
  EXPECT_EQ(read(text, "client 10.0.0.1"), (Cells{"address=10.0.0.1"}));
}

TEST(LineTemplate, AQuoteBehindABackslashBelongsToTheText) {
  EXPECT_EQ(read("\"<a>\" <b>", R"("x \"y\" z" w)"), (Cells{R"(a=x \"y\" z)", "b=w"}));
  EXPECT_EQ(read("\"<a>\" <b>", R"("x\\" w)"), (Cells{R"(a=x\\)", "b=w"}));
}

TEST(LineTemplate, ABackslashMakesACharacterItself) {
  EXPECT_EQ(read("\\<<a>> \\{<b>\\}", "<34> {tcp}"), (Cells{"a=34", "b=tcp"}));
}

TEST(LineTemplate, RefusesWhatItCannotReadWithTheColumn) {
  for (const auto& [text, why] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"<a", "column 1: this '<' is not closed"},
           {"<a><b>", "column 4: something must stand between two fields"},
           {"<a>{ {<b>}}", "column 6: a part in { } holds no other"},
           {"<a> }", "column 5: there is no '{' before this '}'"},
           {"<a> {x", "column 7: a '{' is not closed"},
           {"<a> x\\", "column 6: a backslash stands before another character"},
           {"<a b>", "column 1: a field's name has letters, digits, '_', '-' and '.'"},
           {"text", "a template needs a field"},
           {"<a>{1}{2}{3}{4}{5}{6}{7}", "more than 6 parts in { }"}}) {
    const auto parsed = LineTemplate::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().detail, why);
  }
}

}  // namespace
}  // namespace tocsin::observe
