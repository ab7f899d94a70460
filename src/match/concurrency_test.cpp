#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;

Indicator numbered(std::uint64_t number, std::uint64_t version) {
  Indicator out;
  out.id = "indicator--" + std::to_string(number);
  out.circle = CircleId{1};
  out.sequence = Sequence{version};
  out.alternatives.push_back(
      {{{Path::domain_name_value, Relation::equals, {"n" + std::to_string(number) + ".example"}}}, {}, {}});
  return out;
}

// Goal:   what stands in the set is found by every scan while others come, go and are merged; what was never
//         added is never found; what was removed is not found by a scan that begins afterwards.
// Method: one thread adds and removes, two scan. Run under ThreadSanitizer as well.
TEST(IndicatorSetThreads, ScannersSeeTheConstantOnesAlwaysAndTheAbsentNever) {
  constexpr std::uint64_t constant = 300;
  constexpr std::uint64_t changes = 6000;
  IndicatorSet set;
  for (std::uint64_t i = 0; i < constant; ++i) ASSERT_TRUE(set.add(numbered(i, 1)));

  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> scans = 0;
  const auto scan = [&] {
    std::vector<stix::Observation> records(constant + 1);
    for (std::uint64_t i = 0; i < constant; ++i)
      records[i].add(Path::domain_name_value, 0, records[i].keep("n" + std::to_string(i) + ".example"));
    records[constant].add(Path::domain_name_value, 0, "never.example");
    Scanner scanner{set};
    Hits hits;
    while (!done) {
      scanner.scan(records, Timestamp{}, hits);
      ASSERT_EQ(hits.hits.size(), constant);
      for (const auto& hit : hits.hits) ASSERT_EQ(hit.sources.size(), 1U);
      ++scans;
    }
  };
  std::thread first{scan}, second{scan};

  Scanner scanner{set};
  Hits hits;
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::uint64_t number = constant + i;
    EXPECT_TRUE(set.add(numbered(number, 1)));
    EXPECT_TRUE(set.add(numbered(i % constant, 2 + i))) << "a new version of a constant one";
    stix::Observation record;
    record.add(Path::domain_name_value, 0, record.keep("n" + std::to_string(number) + ".example"));
    scanner.scan(record, Timestamp{}, hits);
    EXPECT_EQ(hits.hits.size(), 1U) << number;
    if (i % 4 == 0) continue;
    EXPECT_TRUE(set.remove(CircleId{1}, "indicator--" + std::to_string(number)));
    scanner.scan(record, Timestamp{}, hits);
    EXPECT_TRUE(hits.hits.empty()) << number;
  }
  done = true;
  first.join();
  second.join();
  EXPECT_GT(scans, 0U);
  set.settle();
  EXPECT_EQ(set.stats().indicators, constant + changes / 4);
}

}  // namespace
}  // namespace tocsin::match
