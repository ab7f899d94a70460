// The recorded verdicts of the OASIS matcher, and the examples of the standard.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "pattern/testing.hpp"

namespace tocsin::pattern {
namespace {

std::map<std::string, std::vector<Observation>> observation_sets() {
  std::map<std::string, std::vector<Observation>> sets;
  for (const auto& line : data_lines("patterns/match-observations-2.1.ndjson")) {
    const auto set = json::parse_object(line).value();
    ObservationReader reader;
    for (const auto& bundle : set.at("bundles").as_array())
      EXPECT_TRUE(reader.add(json::dump(bundle))) << line;
    sets[json::text_or(set, "observations")] = reader.take();
  }
  return sets;
}

// Goal:   the verdict of the standard on every recorded case.
// Method: each recorded verdict against ours; the differences are listed, and no others may appear.
TEST(PatternData, AgreesWithTheMatchersOwnCases) {
  const auto cases = data_lines("patterns/match-cases-2.1.ndjson");
  if (cases.empty()) GTEST_SKIP() << "no shared data beside the project";
  EXPECT_EQ(cases.size(), 227U);
  const auto sets = observation_sets();
  std::vector<std::string> differences;
  for (const auto& line : cases) {
    const auto recorded = json::parse_object(line).value();
    const auto pattern = json::text_or(recorded, "pattern");
    const auto expected = json::text_or(recorded, "expect");
    const auto name = json::text_or(recorded, "observations");
    auto got = verdict(pattern, sets.at(name));
    if (got == "no match") got = "no-match";
    const bool refused = got != "match" && got != "no-match";
    if (expected == "error" ? !refused : got != expected)
      differences.push_back(pattern + " on " + name + ": " + got + ", recorded: " + expected);
  }
  // The reasons stand in docs/patterns.md.
  EXPECT_THAT(
      differences,
      testing::UnorderedElementsAre(
          // A text is no timestamp: types that cannot be compared are no error but false, != is true.
          "[test:string = t'1965-07-19T22:41:38Z'] on obs000: no-match, recorded: error",
          "[test:string != t'1965-07-19T22:41:38Z'] on obs000: match, recorded: error",
          "[test:string > t'1965-07-19T22:41:38Z'] on obs000: no-match, recorded: error",
          "[event:bad_ts[0] = t'1996-07-11T09:17:10Z'] on obs021: no-match, recorded: error",
          "[event:bad_ts[3] = t'1996-07-11T09:17:10Z'] on obs021: no-match, recorded: error",
          "[event:bad_ts[4] = t'1996-07-11T09:17:10Z'] on obs021: no-match, recorded: error",
          "[event:bad_ts[5] = t'1996-07-11T09:17:10Z'] on obs021: no-match, recorded: error",
          // WITHIN: the latest must lie strictly before the earliest and the time.
          "[person:name > 'aaron'] REPEATS 5 TIMES WITHIN 1 SECONDS on obs003: no-match, recorded: match",
          "([person:name='alice'] AND [person:name='bob']) WITHIN 1 SECONDS on obs015: no-match, "
          "recorded: match",
          // What the parser refuses: an empty set, one qualifier twice, STOP before START.
          testing::StartsWith("[test:string NOT IN ()] on obs000: column 22: expected a constant"),
          testing::StartsWith("[test:string IN ()] on obs000: column 18: expected a constant"),
          testing::StartsWith("[person:age < 20] REPEATS 2 TIMES REPEATS 5 TIMES on obs004: column 35"),
          testing::StartsWith("[person:age < 20] REPEATS 2 TIMES REPEATS 5 TIMES on obs004: column 35"),
          testing::StartsWith("[person:name = 'bob'] START t'1994-11-29T13:37:59Z' STOP "
                              "t'1994-11-29T13:37:58Z' on obs011: column 58: STOP must lie after START")));
}

// How many of ten real observations each pattern matches, counted beforehand by a few lines of Python over
// the JSON.
TEST(PatternData, CountsInRealObservedData) {
  const auto lines = data_lines("observed-data/kestrel-test_bundle_2.json");
  if (lines.empty()) GTEST_SKIP() << "no shared data beside the project";
  ObservationReader reader;
  ASSERT_EQ(lines.size(), 1U);
  ASSERT_TRUE(reader.add(lines.front()));
  const auto all = reader.take();
  ASSERT_EQ(all.size(), 10U);
  const std::pair<std::string_view, int> counts[] = {
      {"[network-traffic:dst_port = 22]", 3},
      {"[network-traffic:dst_port NOT = 22]", 7},
      {"[network-traffic:src_ref.value LIKE '192.168.5.%']", 10},
      {"[network-traffic:src_ref.value MATCHES '^10[.]']", 0},
      {"[network-traffic:dst_ref.value ISSUBSET '10.3.15.224/31']", 3},
      {"[network-traffic:src_byte_count > 1000000 AND network-traffic:dst_port = 22]", 2},
      {"[network-traffic:start > t'2020-09-11T21:01:00Z']", 8},
  };
  for (const auto& [pattern, count] : counts)
    EXPECT_EQ(std::count_if(
                  all.begin(), all.end(),
                  [&, &wanted = pattern](const Observation& one) { return verdict(wanted, one) == "match"; }),
              count)
        << pattern;
  EXPECT_EQ(verdict("[network-traffic:dst_port = 22] REPEATS 3 TIMES", all), "match");
  EXPECT_EQ(verdict("[network-traffic:dst_port = 22] REPEATS 4 TIMES", all), "no match");
}

}  // namespace
}  // namespace tocsin::pattern
