#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>

#include "match/graph.hpp"
#include "match/pattern.hpp"
#include "match/random_rules.hpp"
#include "match/saved.hpp"
#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr CircleId circle{1};
const Timestamp noon = parse_rfc3339("2020-06-01T12:00:00Z").value();

Indicator evaluated(const std::string& id, const std::string& pattern, std::uint64_t sequence = 1) {
  Indicator out;
  out.id = id;
  out.circle = circle;
  out.sequence = Sequence{sequence};
  out.name = "name of " + id;
  auto rule = rule_of(pattern);
  EXPECT_TRUE(rule) << pattern << ": " << rule.error().detail;
  if (rule) out.rule = *std::move(rule);
  return out;
}

struct Said {
  Path path;
  std::uint8_t object;
  std::string_view text;
};
stix::Observation record(std::initializer_list<Said> values, Timestamp time = noon) {
  stix::Observation out;
  for (const auto& value : values) {
    while (out.next_object() < value.object) {
    }
    out.add(value.path, value.object, out.keep(std::string{value.text}));
  }
  out.set_time(time);
  return out;
}

/// "id on value", sorted.
std::vector<std::string> hits(const IndicatorSet& set, const stix::Observation& seen, Timestamp now = noon) {
  Scanner scanner{set};
  Hits found;
  scanner.scan(seen, now, found);
  std::vector<std::string> out;
  for (const auto& hit : found.hits)
    for (const auto& source : hit.sources)
      out.push_back(std::string{source.id} + " on " + std::string{hit.value});
  std::ranges::sort(out);
  return out;
}

TEST(PatternSet, AValueWakesAndThePatternDecides) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(evaluated("large", "[file:name = 'x.exe' AND file:size > 10]")));
  EXPECT_THAT(hits(set, record({{Path::file_name, 0, "x.exe"}, {Path::file_size, 0, "11"}})),
              ElementsAre("large on x.exe"));
  EXPECT_THAT(hits(set, record({{Path::file_name, 0, "x.exe"}, {Path::file_size, 0, "10"}})), IsEmpty());
  EXPECT_THAT(hits(set, record({{Path::file_name, 0, "x.exe"}, {Path::file_size, 1, "11"}})), IsEmpty())
      << "two files";
  ASSERT_TRUE(set.remove(circle, "large"));
  EXPECT_THAT(hits(set, record({{Path::file_name, 0, "x.exe"}, {Path::file_size, 0, "11"}})), IsEmpty());
  EXPECT_EQ(set.stats().indicators, 0U);
}

TEST(PatternSet, LikeAndMatchesBeforeAndAfterTheIndexIsBuilt) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(evaluated("like", "[domain-name:value LIKE '%EVIL%']")));
  ASSERT_TRUE(set.add(evaluated("matches", "[url:value MATCHES '/gate/[0-9]+$']")));
  ASSERT_TRUE(set.add(evaluated("not-ascii", "[file:name LIKE 'caf\xc3\xa9%']")));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(hits(set, record({{Path::domain_name_value, 0, "my.evil.example"}})),
                ElementsAre("like on my.evil.example"));
    EXPECT_THAT(hits(set, record({{Path::domain_name_value, 0, "my.good.example"}})), IsEmpty());
    EXPECT_THAT(hits(set, record({{Path::url_value, 0, "http://x/gate/42"}})),
                ElementsAre("matches on http://x/gate/42"));
    EXPECT_THAT(hits(set, record({{Path::url_value, 0, "http://x/gate/42?"}})), IsEmpty());
    EXPECT_THAT(hits(set, record({{Path::file_name, 0, "cafe\xcc\x81.exe"}})),
                ElementsAre("not-ascii on cafe\xcc\x81.exe"))
        << "composed otherwise";
    set.settle();
    EXPECT_EQ(set.patterns().stats().indexed, 2U);
  }
}

TEST(PatternSet, ManyExpressionsInSeveralIndexesWhileTheyAreBuilt) {
  IndicatorSet set;
  const auto word = [](int number) { return "word" + std::to_string(1000 + number); };
  const auto found = [&](int number) {
    const auto text = "a" + word(number) + "b.example";
    return hits(set, record({{Path::domain_name_value, 0, text}})).size();
  };
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(set.add(evaluated(word(i), "[domain-name:value LIKE '%" + word(i) + "%']")));
    EXPECT_EQ(found(i), 1U) << "at once";
    EXPECT_EQ(found(i / 2), 1U);
  }
  for (int i = 0; i < 300; i += 2) EXPECT_TRUE(set.remove(circle, word(i)));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) EXPECT_EQ(found(i), static_cast<std::size_t>(i % 2)) << i;
    set.settle();
    EXPECT_EQ(set.patterns().stats().indexed, 150U);
    EXPECT_EQ(set.patterns().stats().waiting, 0U);
  }
}

TEST(PatternSet, OneAlertForAValueNamesExactAndEvaluatedSources) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(evaluated("b", "[domain-name:value LIKE 'evil.%']")));
  Indicator exact;
  exact.id = "a";
  exact.circle = circle;
  exact.alternatives = {{{{Path::domain_name_value, Relation::equals, {"evil.example"}}}, {}, {}}};
  ASSERT_TRUE(set.add(exact));
  Scanner scanner{set};
  Hits found;
  const auto seen = record({{Path::domain_name_value, 0, "evil.example"}});
  scanner.scan(seen, noon, found);
  ASSERT_EQ(found.hits.size(), 1U);
  ASSERT_EQ(found.hits[0].sources.size(), 2U);
  EXPECT_EQ(found.hits[0].sources[1].name, "name of b");
}

TEST(PatternSet, SeveralRecordsInTheirOrderAndTime) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(evaluated(
      "spread",
      "([domain-name:value = 'evil.example'] FOLLOWEDBY [file:name LIKE '%.scr']) WITHIN 60 SECONDS")));
  std::vector<std::string> names;
  Scanner scanner{set, [](std::size_t) { return std::string{"a record"}; }};
  Hits found;
  const auto scan = [&](const stix::Observation& seen) {
    scanner.scan(seen, noon, found);
    return found.hits.size();
  };
  const auto file = [&](int second) {
    return record({{Path::file_name, 0, "x.scr"}}, noon + std::chrono::seconds{second});
  };
  const auto domain = [&](int second) {
    return record({{Path::domain_name_value, 0, "evil.example"}}, noon + std::chrono::seconds{second});
  };
  EXPECT_EQ(scan(file(0)), 0U);
  EXPECT_EQ(scan(domain(10)), 0U);
  EXPECT_EQ(scan(file(70)), 0U) << "exactly 60 s apart is too late";
  EXPECT_EQ(scanner.pattern_totals().held, 3U);
  EXPECT_EQ(scan(domain(80)), 0U);
  const auto last = file(90);  // the hit speaks of its text
  ASSERT_EQ(scan(last), 1U);
  EXPECT_EQ(found.hits[0].value, "x.scr");
  EXPECT_THAT(found.hits[0].sources[0].records, ElementsAre("a record", "a record"));
  EXPECT_EQ(scan(file(91)), 0U) << "what was bound is not used again";
  set.remove(circle, "spread");
  EXPECT_EQ(scan(domain(92)), 0U);
}

TEST(PatternSet, TheOldestAreDroppedAndCounted) {
  auto rule = rule_of("[domain-name:value = 'a.example'] REPEATS 6 TIMES", {.observations_max = 4});
  ASSERT_TRUE(rule);
  IndicatorSet set;
  auto indicator = evaluated("many", "[url:value = 'x'] REPEATS 2 TIMES");
  indicator.rule = *rule;
  ASSERT_TRUE(set.add(indicator));
  Scanner scanner{set};
  Hits found;
  const auto seen = record({{Path::domain_name_value, 0, "a.example"}});
  for (int i = 0; i < 10; ++i) {
    scanner.scan(seen, noon, found);
    EXPECT_TRUE(found.hits.empty());
  }
  EXPECT_EQ(scanner.pattern_totals().held, 4U);
  EXPECT_EQ(scanner.pattern_totals().dropped, 6U);
}

TEST(PatternSet, ValidityIsKept) {
  IndicatorSet set;
  auto indicator = evaluated("timed", "[domain-name:value LIKE '%.example' AND domain-name:value != 'x']");
  indicator.valid_from = noon;
  indicator.valid_until = noon + std::chrono::hours{1};
  ASSERT_TRUE(set.add(indicator));
  const auto seen = record({{Path::domain_name_value, 0, "a.example"}});
  EXPECT_THAT(hits(set, seen, noon - std::chrono::seconds{1}), IsEmpty());
  EXPECT_EQ(hits(set, seen, noon).size(), 1U);
  EXPECT_THAT(hits(set, seen, noon + std::chrono::hours{1}), IsEmpty());
}

TEST(PatternSet, ANewVersionMayBecomeExactAndBack) {
  IndicatorSet set;
  const auto seen = record({{Path::domain_name_value, 0, "a.example"}});
  ASSERT_TRUE(set.add(evaluated("one", "[domain-name:value LIKE 'a%']")));
  Indicator exact;
  exact.id = "one";
  exact.circle = circle;
  exact.sequence = Sequence{2};
  exact.alternatives = {{{{Path::domain_name_value, Relation::equals, {"b.example"}}}, {}, {}}};
  ASSERT_TRUE(set.add(exact));
  EXPECT_THAT(hits(set, seen), IsEmpty());
  EXPECT_EQ(set.patterns().stats().patterns, 0U);
  ASSERT_TRUE(set.add(evaluated("one", "[domain-name:value MATCHES '^a']", 3)));
  EXPECT_EQ(hits(set, seen).size(), 1U);
  set.add(Unevaluable{circle, "one", Sequence{4}, "", "why"});
  EXPECT_THAT(hits(set, seen), IsEmpty());
}

TEST(PatternSet, PatternsWithoutAnythingToLookForAreCountedNamedAndLimited) {
  IndicatorSet set;
  for (std::size_t i = 0; i < always_max; ++i)
    ASSERT_TRUE(set.add(evaluated("indicator--" + std::to_string(i), "[network-traffic:dst_port > 6000]")));
  const auto refused = set.add(evaluated("last", "[network-traffic:dst_port > 6000]"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("always_max"));
  ASSERT_EQ(set.unevaluable().size(), 1U);
  for (const char* weak :
       {"[domain-name:value LIKE '%a_%' AND domain-name:value != 'x']", "[url:value MATCHES '^a']",
        "[ipv4-addr:value ISSUBSET '0.0.0.0/1' AND ipv4-addr:value != 'x']",
        "[network-traffic:protocols[*] = 'tcp' AND network-traffic:dst_port > 1]"})
    EXPECT_FALSE(set.add(evaluated("weak", weak))) << weak;
  EXPECT_TRUE(set.add(evaluated("telling", "[url:value MATCHES '^abc']")));
  set.remove(circle, "telling");
  EXPECT_EQ(set.patterns().stats().always, always_max);
  EXPECT_EQ(set.patterns().stats().always_ids.size(), 20U);
  EXPECT_EQ(hits(set, record({{Path::network_dst_port, 0, "6001"}})).size(), always_max);
  EXPECT_THAT(hits(set, record({{Path::network_dst_port, 0, "5999"}})), IsEmpty());
}

TEST(PatternSet, WhatNoLogTellsIsRefusedByItsPath) {
  const auto rule = rule_of("[artifact:payload_bin = 'x' AND file:size > 3]");
  ASSERT_FALSE(rule);
  EXPECT_THAT(rule.error().detail, HasSubstr("artifact:payload_bin"));
  EXPECT_TRUE(rule_of("[file:size > 3] OR [artifact:payload_bin = 'x']"));
  EXPECT_FALSE(rule_of("[file:size > 3] AND [artifact:payload_bin = 'x']"));
}

TEST(PatternSet, IsThereAgainFromASavedSegment) {
  const auto path = (std::filesystem::temp_directory_path() / "tocsin-pattern-set-test.set").string();
  const auto seen =
      record({{Path::domain_name_value, 0, "evil.example"}, {Path::network_dst_port, 1, "443"}});
  std::vector<std::string> expected;
  {
    IndicatorSet set;
    ASSERT_TRUE(set.add(evaluated("like", "[domain-name:value LIKE 'evil%']")));
    ASSERT_TRUE(
        set.add(evaluated("exact", "[domain-name:value = 'evil.example' AND domain-name:value != 'x']")));
    ASSERT_TRUE(set.add(evaluated("always", "[network-traffic:dst_port < 500]")));
    expected = hits(set, seen);
    ASSERT_EQ(expected.size(), 3U);
    std::vector<Segment::Item> items;
    const auto pinned = set.pin();
    for (const auto& segment : pinned->segments)
      for (std::uint32_t i = 0; i < segment->size(); ++i)
        if (!segment->is_removed(i)) items.push_back(segment->item(i));
    ASSERT_TRUE(save(path, Segment{set.seed(), items}, ""));
  }
  for (const bool another_seed : {false, true}) {
    const auto file = Saved::open(path, circle);
    ASSERT_TRUE(file) << file.error().detail;
    IndicatorSet set;
    if (another_seed) {
      ASSERT_TRUE(set.add(evaluated("own", "[url:value LIKE 'q']")));
    }
    set.adopt(file->segment());
    EXPECT_EQ(hits(set, seen), expected);
    EXPECT_TRUE(set.remove(circle, "like"));
    EXPECT_EQ(hits(set, seen).size(), 2U);
    if (!another_seed) {
      set.drop(file->segment().get());
      EXPECT_THAT(hits(set, seen), IsEmpty());
      EXPECT_EQ(set.patterns().stats().patterns, 0U);
    }
  }
  std::filesystem::remove(path);
}

// Goal:   what wakes patterns never hides a match, and neither the order of changes nor the index shows.
// Method: random patterns and records; each pattern evaluated one by one over the graphs of all records,
// against
//         a set that was changed in a random order, one built afresh, and both once the index is built.
TEST(PatternSetProperty, AgreesWithEachPatternEvaluatedByItself) {
  std::size_t matched = 0, refused = 0;
  for (std::uint32_t round = 0; round < 150; ++round) {
    RandomRules random{round};
    std::map<std::string, Indicator> wanted;
    IndicatorSet changed;
    for (std::uint64_t i = 0; i < 40; ++i) {
      const auto id = "indicator--" + std::to_string(random.below(25));
      if (random.below(4) == 0) {
        EXPECT_EQ(changed.remove(circle, id), wanted.erase(id) > 0);
        continue;
      }
      const auto text = random.pattern();
      const auto rule = rule_of(text);
      if (!rule) {
        ++refused;
        continue;
      }
      Indicator indicator;
      indicator.id = id;
      indicator.circle = circle;
      indicator.sequence = Sequence{i + 1};
      indicator.rule = *rule;
      ASSERT_TRUE(changed.add(indicator)) << text;
      wanted.insert_or_assign(id, indicator);
      if (random.below(10) == 0) changed.settle();
    }
    IndicatorSet fresh;
    std::vector<Indicator> all;
    for (const auto& [id, indicator] : wanted) all.push_back(indicator);
    fresh.add(all);
    if (round % 2 == 0) fresh.settle();

    std::vector<stix::Observation> records;
    records.reserve(30);  // values point into their observation: none may move
    for (int i = 0; i < 30; ++i) records.push_back(random.record());
    std::map<std::string, std::vector<std::size_t>> expected, by_changed, by_fresh;
    for (const auto& indicator : all) {
      pattern::Matcher matcher{indicator.rule->plan, std::chrono::minutes{5}};
      for (std::size_t i = 0; i < records.size(); ++i) {
        const auto found = matcher.add(graph_of(records[i], noon));
        if (found && *found) expected[indicator.id].push_back(i);
      }
    }
    const auto scan = [&](const IndicatorSet& set, auto& out) {
      Scanner scanner{set};
      Hits found;
      scanner.scan(records, noon, found);
      for (const auto& hit : found.hits)
        for (const auto& source : hit.sources) out[std::string{source.id}].push_back(hit.record);
    };
    scan(changed, by_changed);
    scan(fresh, by_fresh);
    for (const auto& [id, places] : expected) matched += places.size();
    for (const auto& indicator : all) {
      EXPECT_EQ(by_changed[indicator.id], expected[indicator.id]) << round << ": " << indicator.rule->text;
      EXPECT_EQ(by_fresh[indicator.id], expected[indicator.id]) << round << ": " << indicator.rule->text;
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(matched, 1000U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace tocsin::match
