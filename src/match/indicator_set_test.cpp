#include "match/indicator_set.hpp"

#include <gtest/gtest.h>

#include <random>

#include "match/reference_test.hpp"
#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;

const Timestamp now = *parse_rfc3339("2026-11-23T12:00:00Z");

Indicator indicator(std::string id, std::vector<Conjunction> alternatives) {
  Indicator out;
  out.id = std::move(id);
  out.circle = CircleId{1};
  out.sequence = Sequence{7};
  out.name = "name of " + out.id;
  out.alternatives = std::move(alternatives);
  return out;
}

Indicator simple(std::string id, Path path, std::string value, Relation relation = Relation::equals) {
  return indicator(std::move(id), {{{{path, relation, {std::move(value)}}}, {}, {}}});
}

stix::Observation observation(std::vector<std::pair<Path, std::string>> values) {
  stix::Observation out;
  const auto object = out.next_object();
  for (auto& [path, text] : values) out.add(path, object, out.keep(std::move(text)));
  return out;
}

std::set<std::string> matching(const IndicatorSet& set, const stix::Observation& record,
                               Timestamp when = now) {
  Scanner scanner{set};
  Hits hits;
  scanner.scan(record, when, hits);
  std::set<std::string> ids;
  for (const auto& hit : hits.hits)
    for (const auto& source : hit.sources) ids.emplace(source.id);
  return ids;
}

using Ids = std::set<std::string>;

TEST(IndicatorSet, MatchesTheTypedPathOnly) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("dst", Path::network_dst_ref_value, "192.0.2.1")));
  ASSERT_TRUE(set.add(simple("any", Path::ipv4_addr_value, "192.0.2.1")));
  EXPECT_EQ(matching(set, observation({{Path::network_dst_ref_value, "192.0.2.1"}})), Ids{"dst"});
  EXPECT_EQ(matching(set, observation({{Path::network_src_ref_value, "192.0.2.1"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "192.0.2.1"}})), Ids{"any"});
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "192.0.2.10"}})), Ids{});
}

TEST(IndicatorSet, ComparesEachKindOfValueInItsOwnWay) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("domain", Path::domain_name_value, "Evil.Example")));
  ASSERT_TRUE(set.add(simple("hash", Path::file_md5, "D41D8CD98F00B204E9800998ECF8427E")));
  ASSERT_TRUE(set.add(simple("url", Path::url_value, "http://evil.example/A")));
  ASSERT_TRUE(set.add(simple("file", Path::file_name, "Run.exe")));
  ASSERT_TRUE(set.add(simple("v6", Path::ipv6_addr_value, "2001:DB8:0:0::1")));
  EXPECT_EQ(matching(set, observation({{Path::domain_name_value, "eVIL.example."}})), Ids{"domain"});
  EXPECT_EQ(matching(set, observation({{Path::domain_name_value, "www.evil.example"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::file_md5, "d41d8cd98f00b204e9800998ecf8427e"}})), Ids{"hash"});
  EXPECT_EQ(matching(set, observation({{Path::url_value, "http://evil.example/A"}})), Ids{"url"});
  EXPECT_EQ(matching(set, observation({{Path::url_value, "http://evil.example/a"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::file_name, "run.exe"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::ipv6_addr_value, "2001:db8::1"}})), Ids{"v6"});
}

TEST(IndicatorSet, SubdomainsOnlyWhenAsked) {
  IndicatorSet set;
  auto below = simple("below", Path::domain_name_value, "evil.example");
  below.domains = DomainMatch::with_subdomains;
  ASSERT_TRUE(set.add(below));
  for (const char* name : {"evil.example", "a.evil.example", "a.b.EVIL.example."})
    EXPECT_EQ(matching(set, observation({{Path::domain_name_value, name}})), Ids{"below"}) << name;
  for (const char* name : {"notevil.example", "example", "evil.example.com"})
    EXPECT_EQ(matching(set, observation({{Path::domain_name_value, name}})), Ids{}) << name;
}

TEST(IndicatorSet, ReportsEveryNetworkThatHoldsAnAddress) {
  IndicatorSet set;
  for (const char* network : {"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "10.2.0.0/16"})
    ASSERT_TRUE(set.add(simple(network, Path::ipv4_addr_value, network, Relation::subset)));
  for (const char* network : {"2001::/16", "2001:db8::/32", "2001:db8:1::/48"})
    ASSERT_TRUE(set.add(simple(network, Path::ipv6_addr_value, network, Relation::subset)));
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "10.1.2.3"}})),
            (Ids{"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32"}));
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "203.0.113.1"}})), Ids{"0.0.0.0/0"});
  EXPECT_EQ(matching(set, observation({{Path::ipv6_addr_value, "2001:db8:1::9"}})),
            (Ids{"2001::/16", "2001:db8::/32", "2001:db8:1::/48"}));
}

TEST(IndicatorSet, ANetworkInAnEqualityIsItsText) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("text", Path::ipv4_addr_value, "10.0.0.0/8")));
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "10.1.1.1"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "10.0.0.0/8"}})), Ids{"text"});
}

TEST(IndicatorSet, AndAsksForOneObject) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(indicator("both", {{{{Path::network_dst_port, Relation::equals, {"443"}},
                                           {Path::network_dst_ref_value, Relation::equals, {"192.0.2.1"}}},
                                          {},
                                          {}}})));
  EXPECT_EQ(matching(set, observation(
                              {{Path::network_dst_ref_value, "192.0.2.1"}, {Path::network_dst_port, "443"}})),
            Ids{"both"});
  EXPECT_EQ(matching(set, observation(
                              {{Path::network_dst_ref_value, "192.0.2.1"}, {Path::network_dst_port, "80"}})),
            Ids{});
  stix::Observation apart;
  apart.add(Path::network_dst_ref_value, apart.next_object(), "192.0.2.1");
  apart.add(Path::network_dst_port, apart.next_object(), "443");
  EXPECT_EQ(matching(set, apart), Ids{});
}

TEST(IndicatorSet, StartAndStopAskForTheTimeOfTheRecord) {
  IndicatorSet set;
  const auto hour = std::chrono::hours{1};
  ASSERT_TRUE(set.add(indicator(
      "timed", {{{{Path::domain_name_value, Relation::equals, {"evil.example"}}}, now, now + hour}})));
  auto record = observation({{Path::domain_name_value, "evil.example"}});
  EXPECT_EQ(matching(set, record), Ids{});
  record.set_time(now);
  EXPECT_EQ(matching(set, record), Ids{"timed"});
  record.set_time(now + hour);
  EXPECT_EQ(matching(set, record), Ids{});
}

TEST(IndicatorSet, TimesCountToTheSecondWithoutAnyRebuild) {
  IndicatorSet set;
  auto one = simple("one", Path::domain_name_value, "evil.example");
  one.valid_from = now;
  one.valid_until = now + std::chrono::seconds{10};
  ASSERT_TRUE(set.add(one));
  const auto record = observation({{Path::domain_name_value, "evil.example"}});
  EXPECT_EQ(matching(set, record, now - std::chrono::seconds{1}), Ids{});
  EXPECT_EQ(matching(set, record, now), Ids{"one"});
  EXPECT_EQ(matching(set, record, now + std::chrono::seconds{9}), Ids{"one"});
  EXPECT_EQ(matching(set, record, now + std::chrono::seconds{10}), Ids{});
  one.expires = now + std::chrono::seconds{5};
  ASSERT_TRUE(set.add(one));
  EXPECT_EQ(matching(set, record, now + std::chrono::seconds{5}), Ids{});

  Scanner scanner{set};
  Hits hits;
  scanner.scan(record, now + std::chrono::seconds{5}, hits);
  scanner.scan(record, now - std::chrono::seconds{5}, hits);
  EXPECT_EQ(hits.expired, 1U);
  EXPECT_EQ(hits.too_early, 1U);
}

TEST(IndicatorSet, OneValueFromSeveralSourcesIsOneHit) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("a", Path::ipv4_addr_value, "192.0.2.1")));
  ASSERT_TRUE(set.add(simple("b", Path::network_dst_ref_value, "192.0.2.0/24", Relation::subset)));
  auto other_circle = simple("a", Path::ipv4_addr_value, "192.0.2.1");
  other_circle.circle = CircleId{2};
  other_circle.confidence = 85;
  ASSERT_TRUE(set.add(other_circle));
  Scanner scanner{set};
  Hits hits;
  scanner.scan(observation({{Path::ipv4_addr_value, "192.0.2.1"},
                            {Path::network_dst_ref_value, "192.0.2.1"},
                            {Path::ipv4_addr_value, "192.0.2.1"}}),
               now, hits);
  ASSERT_EQ(hits.hits.size(), 1U);
  const auto& sources = hits.hits[0].sources;
  ASSERT_EQ(sources.size(), 3U);
  EXPECT_EQ(sources[0].id, "a");
  EXPECT_EQ(sources[0].name, "name of a");
  EXPECT_EQ(sources[0].sequence, Sequence{7});
  EXPECT_EQ(sources[0].confidence, std::nullopt);
  EXPECT_EQ(sources[1].named, "192.0.2.0/24");
  EXPECT_EQ(sources[1].path, Path::network_dst_ref_value);
  EXPECT_EQ(sources[2].circle, CircleId{2});
  EXPECT_EQ(sources[2].confidence, 85);

  EXPECT_TRUE(set.remove(CircleId{1}, "a"));
  EXPECT_FALSE(set.remove(CircleId{1}, "a"));
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "192.0.2.1"}})), Ids{"a"}) << "the rest stays";
  EXPECT_TRUE(set.remove(CircleId{2}, "a"));
  EXPECT_EQ(matching(set, observation({{Path::ipv4_addr_value, "192.0.2.1"}})), Ids{});
}

TEST(IndicatorSet, ANewVersionReplacesTheOld) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("one", Path::domain_name_value, "old.example")));
  ASSERT_TRUE(set.add(simple("one", Path::domain_name_value, "new.example")));
  EXPECT_EQ(matching(set, observation({{Path::domain_name_value, "old.example"}})), Ids{});
  EXPECT_EQ(matching(set, observation({{Path::domain_name_value, "new.example"}})), Ids{"one"});
  EXPECT_EQ(set.stats().indicators, 1U);
}

TEST(IndicatorSet, WhatCannotBeEvaluatedIsListedAndReplaces) {
  IndicatorSet set;
  ASSERT_TRUE(set.add(simple("one", Path::domain_name_value, "evil.example")));
  set.add(Unevaluable{CircleId{1}, "one", Sequence{8}, "n", "FOLLOWEDBY needs several records"});
  EXPECT_EQ(matching(set, observation({{Path::domain_name_value, "evil.example"}})), Ids{});
  const auto bad = set.add(simple("two", Path::ipv4_addr_value, "no network", Relation::subset));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::invalid_input);
  ASSERT_EQ(set.unevaluable().size(), 2U);
  EXPECT_EQ(set.unevaluable()[0].reason, "FOLLOWEDBY needs several records");
  EXPECT_EQ(set.stats().unevaluable, 2U);
  ASSERT_TRUE(set.add(simple("two", Path::domain_name_value, "evil.example")));
  EXPECT_TRUE(set.remove(CircleId{1}, "one"));
  EXPECT_EQ(set.stats().unevaluable, 0U);
  EXPECT_FALSE(set.add(indicator("empty", {})));
  EXPECT_FALSE(set.add(indicator("hollow", {Conjunction{}})));
}

// Goal:   the set says exactly what the standard's meaning says, whatever was added, replaced and removed
// before. Method: random indicators over a small alphabet of values, so that collisions of every kind happen,
// against
//         an evaluator that knows no hash (reference_test.hpp); one by one and in bulk, before and after
//         merges.
TEST(IndicatorSet, AgreesWithTheReferenceOnRandomSets) {
  for (std::uint32_t round = 0; round < 15; ++round) {
    reference::Random random{round};
    IndicatorSet set;
    std::map<std::pair<CircleId, std::string>, Indicator> model;
    for (int step = 0; step < 20; ++step) {
      std::vector<Indicator> some(random.below(80));
      for (auto& one : some) one = random.indicator(now);
      if (random.below(2) == 0) {
        EXPECT_EQ(set.add(some), reference::keys_of(some).size());
      } else {
        for (const auto& one : some) ASSERT_TRUE(set.add(one));
      }
      for (const auto& one : some) model.insert_or_assign({one.circle, one.id}, one);
      for (auto left = random.below(20); left > 0; --left) {
        const auto one = random.indicator(now);
        EXPECT_EQ(set.remove(one.circle, one.id), model.erase({one.circle, one.id}) == 1);
      }
      if (step % 7 == 6) set.settle();
    }
    ASSERT_EQ(set.stats().indicators, model.size());

    std::vector<stix::Observation> records(50);
    for (auto& record : records) random.fill(record);
    Scanner scanner{set};
    Hits hits;
    const Timestamp when = now + std::chrono::seconds{random.below(20)};
    scanner.scan(records, when, hits);
    std::vector<reference::Found> found(records.size());
    for (const auto& hit : hits.hits)
      for (const auto& source : hit.sources)
        EXPECT_TRUE(found[hit.record].emplace(hit.value, source.circle.value(), source.id).second)
            << "named twice";
    for (std::size_t i = 0; i < records.size(); ++i)
      ASSERT_EQ(found[i], reference::evaluate(model, records[i], when))
          << "round " << round << " record " << i;
  }
}

}  // namespace
}  // namespace tocsin::match
