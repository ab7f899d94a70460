// The search against the definitions, word for word, on random patterns: every set of different observations
// that the standard's text makes a match of, written out.

#include "pattern/search.hpp"

#include <gmock/gmock.h>

#include <set>

#include "pattern/random_patterns.hpp"

namespace tocsin::pattern {
namespace {

using Set = std::uint32_t;  // of observations, a bit each
using Sets = std::set<Set>;
using Expression = stix::ObservationExpression;

class Reference {
 public:
  explicit Reference(const std::vector<Observation>& observations) {
    for (const auto& observation : observations)
      for (std::uint64_t i = 0; i < observation.count; ++i) one_each_.push_back(&observation);
  }
  std::size_t size() const { return one_each_.size(); }

  Sets matches(const Expression& expression) const {
    Sets sets = expression.kind == Expression::Kind::single ? single(expression) : group(expression);
    for (const auto& qualifier : expression.qualifiers) sets = qualified(sets, qualifier);
    return sets;
  }

 private:
  Sets single(const Expression& expression) const {
    std::size_t regexes = 9;
    const auto test = ObjectTest::compile(expression.comparison, regexes);
    Budget budget{1'000'000};
    Sets sets;
    for (std::size_t i = 0; i < size(); ++i)
      if (test->matches(*one_each_[i], budget)) sets.insert(Set{1} << i);
    return sets;
  }
  Sets group(const Expression& expression) const {
    auto sets = matches(expression.parts.front());
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
      const auto right = matches(expression.parts[i]);
      if (expression.kind == Expression::Kind::any_of)
        sets.insert(right.begin(), right.end());
      else
        sets = pairs(sets, right, expression.kind == Expression::Kind::followed_by);
    }
    return sets;
  }
  Sets pairs(const Sets& left, const Sets& right, bool in_order) const {
    Sets sets;
    for (const auto a : left)
      for (const auto b : right)
        if ((a & b) == 0 && (!in_order || latest_first(a) <= earliest_last(b))) sets.insert(a | b);
    return sets;
  }
  Sets qualified(const Sets& sets, const stix::Qualifier& qualifier) const {
    Sets kept;
    if (qualifier.kind == stix::Qualifier::Kind::repeats) {
      kept = sets;
      for (int i = 1; i < std::stoi(qualifier.first); ++i) kept = pairs(kept, sets, false);
      return kept;
    }
    for (const auto set : sets) {
      if (qualifier.kind == stix::Qualifier::Kind::within) {
        const std::chrono::microseconds window{std::llround(std::stod(qualifier.first) * 1e6)};
        if (latest_first(set) < earliest_last(set) + window) kept.insert(set);
        continue;
      }
      const auto start = parse_rfc3339(qualifier.first).value(),
                 stop = parse_rfc3339(qualifier.second).value();
      bool all = true;
      for (std::size_t i = 0; i < size(); ++i)
        if ((set >> i & 1U) != 0) all = all && one_each_[i]->first < stop && one_each_[i]->last >= start;
      if (all) kept.insert(set);
    }
    return kept;
  }
  Timestamp latest_first(Set set) const {
    auto time = Timestamp::min();
    for (std::size_t i = 0; i < size(); ++i)
      if ((set >> i & 1U) != 0) time = std::max(time, one_each_[i]->first);
    return time;
  }
  Timestamp earliest_last(Set set) const {
    auto time = Timestamp::max();
    for (std::size_t i = 0; i < size(); ++i)
      if ((set >> i & 1U) != 0) time = std::min(time, one_each_[i]->last);
    return time;
  }

  std::vector<const Observation*> one_each_;
};

TEST(Search, AgreesWithTheDefinitions) {
  RandomPatterns random{20'260'101};
  std::size_t matched = 0, tried = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::vector<Observation> observations;
    for (auto count = random.below(8); count-- > 0;) observations.push_back(random.observation());
    const auto text = random.observations(1 + random.below(2), [&] { return random.letter(); });
    const auto pattern = stix::parse_pattern(text);
    if (!pattern) continue;  // a qualifier twice
    const Reference reference{observations};
    const auto expected = reference.matches(*pattern);
    const auto found = match(compile(*pattern).value(), observations);
    ASSERT_TRUE(found) << text << "\n" << found.error().detail;
    ASSERT_EQ(found->has_value(), !expected.empty()) << text;
    ++tried;
    if (!*found) continue;
    ++matched;
    Set bound = 0;
    for (const auto& one : **found) {
      std::size_t before = 0;
      for (std::size_t i = 0; i < one.number; ++i) before += observations[i].count;
      for (std::uint64_t i = 0; i < one.times; ++i) bound |= Set{1} << (before + i);
    }
    // Copies of one observation are alike: the first of them stand for any.
    ASSERT_TRUE(expected.contains(bound)) << text << "\nbound " << bound;
  }
  EXPECT_GT(tried, 3'000U);
  EXPECT_GT(matched, tried / 5) << "a world in which nothing matches proves nothing";
  EXPECT_LT(matched, tried * 4 / 5);
}

TEST(Search, StreamAndBatchAgree) {
  RandomPatterns random{7};
  std::size_t matched = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::vector<Observation> observations;
    for (auto count = 1 + random.below(10); count-- > 0;) observations.push_back(random.observation());
    const auto plan = compile(random.observations(2, [&] { return random.letter(); }));
    if (!plan) continue;
    Matcher matcher{*plan};
    std::size_t seen = 0;
    bool streamed = false;
    while (!streamed && seen < observations.size()) {
      const auto found = matcher.add(observations[seen++]);
      ASSERT_TRUE(found);
      streamed = found->has_value();
    }
    // A match as soon as there is one, and no sooner.
    const auto with = match(*plan, {observations.data(), seen});
    const auto without = match(*plan, {observations.data(), seen - 1});
    ASSERT_TRUE(with && without);
    ASSERT_EQ(with->has_value(), streamed);
    ASSERT_FALSE(without->has_value());
    matched += streamed ? 1 : 0;
  }
  EXPECT_GT(matched, 200U);
}

}  // namespace
}  // namespace tocsin::pattern
