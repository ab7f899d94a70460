#include "pattern/canonical.hpp"

#include <gmock/gmock.h>

#include "pattern/random_patterns.hpp"

namespace tocsin::pattern {
namespace {

std::string canonical_of(std::string_view text) {
  const auto pattern = stix::parse_pattern(text);
  return pattern ? canonical_text(*pattern) : "refused: " + pattern.error().detail;
}

TEST(Canonical, IsOneForPatternsThatSayTheSame) {
  const std::vector<std::string_view> same[] = {
      {"[a:b = 1 AND a:c = 2]", "[a:c=2 AND (a:b=+1)]", "[a:c = 2 AND a:b = 1.0 AND a:c = 2]"},
      {"[a:b = 'x' OR a:b = 'y']", "[a:b IN ('y', 'x')]", "[a:b = 'y'] OR [a:b = 'x']",
       "[a:b IN ('x', 'y', 'x')]", "[a:b = 'x'] OR ([a:b = 'y'] OR [a:b = 'x'])"},
      {"[a:b != 'x']", "[a:b NOT = 'x']", "[a:b NOT IN ('x')]", "[a:b <> 'x']"},
      {"[a:b = 'x']", "[a:b NOT != 'x']", "[a:b = 'x' OR a:b = 'x' AND a:c = 1]",
       "[a:b = 'x'] REPEATS 1 TIMES", "[a:b = 'x'] WITHIN 5 SECONDS", "([a:b = 'x'])",
       "[a:b = 'x' OR (a:b = 'y' AND b:b = 'y')]", "[a:'b' = 'x' /* so */]"},
      {"[a:b != 'x' AND a:b != 'y']", "[a:b NOT IN ('y', 'x')]"},
      {"[a:b = 1 AND (a:c = 2 OR a:d = 3)]", "[(a:d = 3 AND a:b = 1) OR (a:b = 1 AND a:c = 2)]"},
      {"[a:b_hex = h'0aff']", "[a:b_hex = b'Cv8=']", "[a:b_hex = '\n\u00ff']", "[a:b_hex = h'0AFF']"},
      {"[a:b = t'2020-01-01T00:00:00Z']", "[a:b = t'2020-01-01T00:00:00.000Z']"},
      {"[a:b ISSUBSET '10.0.0.0/8']", "[a:b ISSUBSET '10.1.2.3/8']"},
      {"[a:b ISSUBSET '2001:db8::1']", "[a:b ISSUBSET '2001:0DB8:0::1/128']"},
      {"[a:b LIKE '\xc3\xb2%']", "[a:b LIKE 'o\xcc\x80%']"},
      {"[a:b = 1] AND [a:c = 2]", "[a:c = 2] AND [a:b = 1]"},
      {"[a:b = 1] AND [a:b = 1] AND [a:b = 1]", "[a:b = 1] REPEATS 3 TIMES",
       "[a:b = 1] AND [a:b = 1] REPEATS 2 TIMES", "([a:b = 1]) REPEATS 3 TIMES"},
      {"([a:b = 1] AND [a:c = 2]) REPEATS 2 TIMES", "[a:b = 1] REPEATS 2 TIMES AND [a:c = 2] REPEATS 2 TIMES",
       "([a:b = 1] AND [a:c = 2]) AND ([a:b = 1] AND [a:c = 2])"},
      {"([a:b = 1] REPEATS 2 TIMES) REPEATS 3 TIMES", "[a:b = 1] REPEATS 6 TIMES"},
      {"[a:b = 1] FOLLOWEDBY ([a:c = 1] FOLLOWEDBY [a:d = 1])",
       "[a:b = 1] FOLLOWEDBY [a:c = 1] FOLLOWEDBY [a:d = 1]"},
      {"[a:b = 1] REPEATS 2 TIMES WITHIN 5.0 SECONDS", "([a:b = 1] AND [a:b = 1]) WITHIN 5 SECONDS",
       "([a:b = 1] REPEATS 2 TIMES) WITHIN 5 SECONDS"},
      {"[a:b = 1] REPEATS 2 TIMES START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00.0Z'",
       "[a:b = 1] START t'2020-01-01T00:00:00.0Z' STOP t'2021-01-01T00:00:00Z' REPEATS 2 TIMES"},
  };
  std::vector<std::string> forms;
  for (const auto& group : same) {
    forms.push_back(canonical_of(group.front()));
    for (const auto text : group) EXPECT_EQ(canonical_of(text), forms.back()) << text;
  }
  // And no two groups are taken for one.
  for (std::size_t i = 0; i < forms.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(forms[i], forms[j]);
}

TEST(Canonical, KeepsApartWhatDiffers) {
  const std::pair<std::string_view, std::string_view> differ[] = {
      {"[a:b[*] != 1]", "[a:b[*] NOT = 1]"},
      {"[a:b NOT < 1]", "[a:b >= 1]"},
      {"[a:b = '1']", "[a:b = 1]"},
      {"[a:b = 'a' AND a:c = 1]", "[a:b = 'a'] AND [a:c = 1]"},
      {"[a:b = 1] AND [a:b = 1]", "[a:b = 1]"},
      {"[a:b = 1] FOLLOWEDBY [a:c = 1]", "[a:c = 1] FOLLOWEDBY [a:b = 1]"},
      {"([a:b = 1] AND [a:c = 1]) WITHIN 5 SECONDS REPEATS 2 TIMES",
       "([a:b = 1] AND [a:c = 1]) REPEATS 2 TIMES WITHIN 5 SECONDS"},
      {"[a:b LIKE 'x']", "[a:b = 'x']"},
      {"[a:b = '\xc3\xb2']", "[a:b = 'o\xcc\x80']"},
      {"[a:b = 9007199254740993]", "[a:b = 9007199254740992]"},
      {"[NOT EXISTS a:b]", "[EXISTS a:b]"},
  };
  for (const auto& [a, b] : differ) EXPECT_NE(canonical_of(a), canonical_of(b)) << a;
}

TEST(Canonical, LeavesWhatIsTooLargeInItsShape) {
  std::string text = "[";
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    text += (i == 0 ? "(a:x" : " AND (a:x") + n + " = 1 OR a:y" + n + " = 1)";
  }
  text += "]";
  const auto form = canonical_of(text);
  EXPECT_LT(form.size(), 2 * text.size());
  EXPECT_EQ(canonical_of(form), form);
}

// Goal:   equal canonical forms evaluate alike, so each form must evaluate as its pattern does.
// Method: random patterns in all their ways to write things, on random observations.
TEST(Canonical, SaysWhatThePatternSays) {
  RandomPatterns random{2'026};
  std::size_t matched = 0, tried = 0, changed = 0;
  for (int round = 0; round < 4'000; ++round) {
    const auto leaf = [&] { return '[' + random.comparisons(random.below(3)) + ']'; };
    const auto text = random.observations(random.below(3), leaf);
    const auto pattern = stix::parse_pattern(text);
    if (!pattern) continue;
    const auto form = canonical(*pattern);
    const auto written = print(form);
    ASSERT_EQ(canonical_of(written), written) << "no fixed point: " << text;
    ASSERT_TRUE(equivalent(*pattern, form));
    ++tried;
    changed += written != print(*pattern) ? 1 : 0;
    for (int world = 0; world < 3; ++world) {
      std::vector<Observation> observations;
      for (auto count = random.below(6); count-- > 0;) observations.push_back(random.observation());
      const auto a = match(compile(*pattern).value(), observations),
                 b = match(compile(form).value(), observations);
      ASSERT_TRUE(a && b) << text;
      ASSERT_EQ(a->has_value(), b->has_value()) << text << "\n" << written;
      matched += a->has_value() ? 1 : 0;
    }
  }
  EXPECT_GT(tried, 3'000U);
  EXPECT_GT(changed, tried / 2);
  EXPECT_GT(matched, tried / 2);
  EXPECT_LT(matched, tried * 5 / 2);
}

}  // namespace
}  // namespace tocsin::pattern
