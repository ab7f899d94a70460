// What stands around [ ]: several observations, and when they were.

#include "pattern/matcher.hpp"

#include <gmock/gmock.h>

#include "pattern/testing.hpp"

namespace tocsin::pattern {
namespace {

using std::chrono::seconds;

Observation seen(char letter, int at_second, std::uint64_t count = 1) {
  auto observation = observed({std::string{R"({"type":"o","k":")"} + letter + "\"}"});
  observation.first += seconds{at_second};
  observation.last = observation.first;
  observation.count = count;
  observation.id = std::string{letter} + std::to_string(at_second);
  return observation;
}

/// [a] for [o:k = 'a'].
std::string written(std::string_view brief) {
  std::string out;
  for (std::size_t i = 0; i < brief.size(); ++i) {
    if (brief[i] == '[') {
      out += std::string{"[o:k = '"} + brief[i + 1] + "']";
      i += 2;
    } else {
      out += brief[i];
    }
  }
  return out;
}

TEST(Matcher, KeepsTheQualifiersMeaning) {
  const std::vector<Observation> all{seen('a', 0), seen('b', 5), seen('c', 5), seen('a', 9, 3)};
  const struct {
    std::string_view brief;
    bool match;
  } cases[] = {
      {"[a] AND [b]", true},
      {"[b] AND [b]", false},
      {"[b] OR [x]", true},
      {"[a] FOLLOWEDBY [b]", true},
      {"[b] FOLLOWEDBY [a]", true},
      {"[b] FOLLOWEDBY [c]", true},
      {"[c] FOLLOWEDBY [b]", true},
      {"[b] FOLLOWEDBY [c] FOLLOWEDBY [b]", false},
      {"[a] REPEATS 4 TIMES", true},
      {"[a] REPEATS 5 TIMES", false},
      {"[a] REPEATS 999999999999999999 TIMES", false},
      {"[a] REPEATS 3 TIMES WITHIN 0.000001 SECONDS", true},
      {"[a] REPEATS 4 TIMES WITHIN 9 SECONDS", false},
      {"[a] REPEATS 4 TIMES WITHIN 9.1 SECONDS", true},
      {"([a] AND [b]) WITHIN 5 SECONDS", true},
      {"([b] FOLLOWEDBY [a]) WITHIN 4 SECONDS", false},
      {"([b] FOLLOWEDBY [a]) WITHIN 4.000001 SECONDS", true},
      {"([a] AND [b]) WITHIN 4 SECONDS", false},
      {"[a] FOLLOWEDBY [b] FOLLOWEDBY [a] REPEATS 3 TIMES", true},
      {"[a] FOLLOWEDBY [b] FOLLOWEDBY [a] REPEATS 4 TIMES", false},
      {"[a] START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:01Z' AND [b]", true},
      {"[a] START t'2020-01-01T00:00:00.1Z' STOP t'2020-01-01T00:00:09Z'", false},
      {"[a] REPEATS 3 TIMES START t'2020-01-01T00:00:09Z' STOP t'2020-01-01T00:00:09.1Z'", true},
      {"([a] FOLLOWEDBY [b]) AND ([c] FOLLOWEDBY [a])", true},
      {"([a] AND [b]) REPEATS 2 TIMES", false},
      {"[a] FOLLOWEDBY [x] OR [b] AND [c]", true},
  };
  for (const auto& [brief, match] : cases)
    EXPECT_EQ(verdict(written(brief), all), match ? "match" : "no match") << brief;
}

TEST(Matcher, SaysWhatItBound) {
  const std::vector<Observation> all{seen('x', 0), seen('b', 7), seen('a', 9, 3)};
  const auto found = match(compile(written("[a] REPEATS 2 TIMES AND [b]")).value(), all);
  ASSERT_TRUE(found && *found);
  ASSERT_EQ((*found)->size(), 2U);
  EXPECT_EQ((**found)[0].number, 1U);
  EXPECT_EQ((**found)[0].id, "b7");
  EXPECT_EQ((**found)[1].number, 2U);
  EXPECT_EQ((**found)[1].times, 2U);
}

TEST(Matcher, ReportsAMatchWhenItIsMadeAndUsesNothingTwice) {
  Matcher matcher{compile(written("[a] REPEATS 2 TIMES")).value()};
  std::vector<bool> matched;
  for (int i = 0; i < 5; ++i) matched.push_back(matcher.add(seen('a', i)).value().has_value());
  EXPECT_THAT(matched, testing::ElementsAre(false, true, false, true, false));
  EXPECT_EQ(matcher.held(), 1U);
  EXPECT_FALSE(matcher.add(seen('x', 9)).value());
  EXPECT_EQ(matcher.held(), 1U) << "what fulfils nothing is not held";
}

TEST(Matcher, TakesObservationsOutOfOrder) {
  Matcher matcher{compile(written("([a] FOLLOWEDBY [b]) WITHIN 10 SECONDS")).value()};
  EXPECT_FALSE(matcher.add(seen('b', 105)).value());
  const auto found = matcher.add(seen('a', 100));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((**found)[0].id, "b105");
}

TEST(Matcher, ForgetsWhatIsTooOldForAnyMatch) {
  Matcher matcher{compile(written("([a] AND [b]) WITHIN 10 SECONDS")).value(), seconds{60}};
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(matcher.add(seen('a', i)).value());
  EXPECT_LE(matcher.held(), 72U);
  EXPECT_TRUE(matcher.add(seen('b', 945)).value()) << "late, but not too late";
  Matcher without_end{compile(written("[a] AND [b]")).value(), seconds{60}};
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(without_end.add(seen('a', i)).value());
  EXPECT_EQ(without_end.held(), 1'000U);
}

TEST(Matcher, RefusesBombsByTheNameOfALimit) {
  const auto refused = [](std::string_view brief, const std::vector<Observation>& all,
                          const Limits& limits = {}) { return verdict(written(brief), all, limits); };
  EXPECT_THAT(refused("([a] FOLLOWEDBY [b]) REPEATS 999999999999 TIMES", {}),
              testing::HasSubstr("the limit bindings_max"));
  EXPECT_THAT(
      refused(
          "((((([a] FOLLOWEDBY [b]) REPEATS 99 TIMES) REPEATS 99 TIMES) REPEATS 99 TIMES) REPEATS 99 TIMES)",
          {}),
      testing::HasSubstr("the limit bindings_max"));
  std::vector<Observation> many;
  for (int i = 0; i < 300; ++i) many.push_back(seen(i % 2 == 0 ? 'a' : 'b', i / 2));
  EXPECT_THAT(refused("[a] AND [b]", many, {.observations_max = 100}),
              testing::HasSubstr("the limit observations_max"));
  // Needs one pair more than there is; every way to make the pairs is a way to fail.
  EXPECT_THAT(
      refused("(([a] FOLLOWEDBY [b]) WITHIN 2 SECONDS) REPEATS 151 TIMES", many, {.steps_max = 3'000'000}),
      testing::AnyOf("no match", testing::HasSubstr("the limit steps_max")));
  EXPECT_EQ(refused("([a] FOLLOWEDBY [b]) REPEATS 100 TIMES", many), "match");
}

TEST(Matcher, DecidesManyObservationsInOnePass) {
  std::vector<Observation> many;
  for (int i = 0; i < 4'000; ++i) many.push_back(seen(i < 2'000 ? 'b' : 'a', i));
  EXPECT_EQ(verdict(written("[a] FOLLOWEDBY [b]"), many, {.steps_max = 400'000}), "no match");
  EXPECT_EQ(verdict(written("[b] FOLLOWEDBY [a]"), many, {.steps_max = 400'000}), "match");
  EXPECT_EQ(verdict(written("[a] FOLLOWEDBY [b] FOLLOWEDBY [a]"), many, {.steps_max = 400'000}), "no match");
  EXPECT_EQ(verdict(written("[a] REPEATS 30 TIMES WITHIN 29 SECONDS"), many, {.steps_max = 400'000}),
            "no match");
  EXPECT_EQ(verdict(written("[a] REPEATS 2000 TIMES"), many, {.steps_max = 400'000}), "match");
  EXPECT_EQ(verdict(written("([a] AND [b]) WITHIN 1 SECONDS"), many, {.steps_max = 400'000}), "no match");
  EXPECT_EQ(verdict(written("([a] AND [b]) WITHIN 2 SECONDS"), many, {.steps_max = 400'000}), "match");
}

TEST(Matcher, TheObservationAtALimitIsNotHeld) {
  Matcher matcher{compile(written("[a] AND [b]"), {.observations_max = 2}).value()};
  EXPECT_TRUE(matcher.add(seen('a', 0)));
  EXPECT_TRUE(matcher.add(seen('a', 1)));
  EXPECT_FALSE(matcher.add(seen('a', 2)));
  EXPECT_EQ(matcher.held(), 2U);
}

}  // namespace
}  // namespace tocsin::pattern
