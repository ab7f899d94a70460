#include "match/saved.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "match/indicator_set.hpp"
#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;
using ::testing::HasSubstr;
using ::testing::Not;

/// Of four shapes: a value, several values, several comparisons, a network.
Indicator indicator(int number) {
  Indicator out;
  out.id = "indicator--" + std::to_string(number);
  out.circle = CircleId{1};
  out.sequence = Sequence{static_cast<std::uint64_t>(number) + 1};
  out.name = "name " + std::to_string(number);
  out.note = "note " + std::to_string(number);
  const auto text = std::to_string(number) + ".example";
  const auto address = "192.0." + std::to_string(number / 256 % 256) + '.' + std::to_string(number % 256);
  switch (number % 4) {
    case 0:
      out.alternatives = {{{{Path::domain_name_value, Relation::equals, {text}}}, {}, {}}};
      break;
    case 1:
      out.alternatives = {{{{Path::ipv4_addr_value, Relation::equals, {address, "198.51.100.1"}}}, {}, {}}};
      break;
    case 2:
      out.alternatives = {{{{Path::network_dst_ref_value, Relation::equals, {address}},
                            {Path::network_dst_port, Relation::equals, {"443"}}},
                           {},
                           {}},
                          {{{Path::url_value, Relation::equals, {"http://" + text}}}, {}, {}}};
      break;
    default:
      out.alternatives = {{{{Path::ipv4_addr_value, Relation::subset, {address + "/31"}}}, {}, {}}};
  }
  return out;
}

class SavedTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<Segment> segment(int count, std::uint64_t seed = 7) {
    std::vector<Compiled> compiled;
    std::vector<Segment::Item> items;
    for (int i = 0; i < count; ++i) compiled.push_back(*compile(indicator(i)));
    for (const auto& one : compiled) items.push_back({one.from_second, one.until_second, one.bytes});
    return std::make_shared<Segment>(seed, items);
  }
  Saved saved(int count, CircleId circle = CircleId{1}) {
    EXPECT_TRUE(save(path_, *segment(count), "the owner's"));
    auto out = Saved::open(path_, circle);
    EXPECT_TRUE(out) << out.error().detail;
    return *std::move(out);
  }
  std::string slurp() { return *read_file(path_); }
  static std::size_t hits(const IndicatorSet& set, Path path, const std::string& text) {
    stix::Observation record;
    record.add(path, record.next_object(), text);
    Scanner scanner{set};
    Hits found;
    scanner.scan(record, system_clock().now(), found);
    return found.hits.empty() ? 0 : found.hits.front().sources.size();
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tocsin-saved-" + std::to_string(::getpid()));
  const std::string path_ = (folder_ / "set").string();
};

TEST_F(SavedTest, FindsWhatWasSaved) {
  const auto file = saved(400);
  EXPECT_EQ(file.note(), "the owner's");
  IndicatorSet set;
  set.adopt(file.segment());
  EXPECT_EQ(set.stats().indicators, 400U);
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.EXAMPLE."), 1U);
  EXPECT_EQ(hits(set, Path::ipv4_addr_value, "198.51.100.1"), 100U);
  EXPECT_EQ(hits(set, Path::ipv4_addr_value, "192.0.0.2"), 1U) << "in the network of 3";
  EXPECT_EQ(hits(set, Path::url_value, "http://10.example"), 1U);
  EXPECT_EQ(hits(set, Path::url_value, "http://11.example"), 0U);
  ASSERT_TRUE(set.find(CircleId{1}, "indicator--17"));
  EXPECT_EQ(set.find(CircleId{1}, "indicator--17")->note, "note 17");
}

TEST_F(SavedTest, BelongsToTheCircleThatOpensIt) {
  const auto file = saved(8, CircleId{300});
  IndicatorSet set;
  set.adopt(file.segment());
  EXPECT_FALSE(set.remove(CircleId{1}, "indicator--0"));
  EXPECT_TRUE(set.find(CircleId{300}, "indicator--0"));
  EXPECT_TRUE(set.remove(CircleId{300}, "indicator--0"));
  EXPECT_EQ(hits(set, Path::domain_name_value, "0.example"), 0U);
  EXPECT_EQ(read_head(file.segment()->compiled(1).bytes.data()).circle, CircleId{300});
}

TEST_F(SavedTest, OfAnotherSeedIsCopied) {
  const auto file = saved(40);
  IndicatorSet set;
  auto own = indicator(1000);
  ASSERT_TRUE(set.add(own));
  set.adopt(file.segment());
  EXPECT_EQ(set.stats().indicators, 41U);
  EXPECT_EQ(set.stats().mapped_bytes, 0U);
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.example"), 1U);
}

TEST_F(SavedTest, TakesThePlaceOfWhatIsInMemory) {
  IndicatorSet set;
  std::vector<Indicator> all;
  for (int i = 0; i < 4000; ++i) all.push_back(indicator(i));
  set.add(all);
  set.add(std::span{all}.first(0));
  ASSERT_TRUE(set.add(indicator(4000)));  // another segment, open
  ASSERT_TRUE(save(path_, *segment(4000, set.seed()), ""));
  const auto file = Saved::open(path_, CircleId{1});
  ASSERT_TRUE(file);
  ASSERT_TRUE(set.remove(CircleId{1}, "indicator--4"));
  file->segment()->remove(file->segment()->find(CircleId{1}, "indicator--4"));
  set.adopt(file->segment());
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.example"), 1U) << "told once";
  EXPECT_EQ(hits(set, Path::domain_name_value, "4.example"), 0U);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(set.add(indicator(5000 + i)));
  set.settle();
  EXPECT_LE(set.stats().indicators, 3999U + 101U + 512U);
  EXPECT_GT(set.stats().mapped_bytes, 0U);
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.example"), 1U);
  // A new version in memory, then a new file in place of the old.
  auto changed = indicator(8);
  changed.sequence = Sequence{9000};
  changed.alternatives[0].atoms[0].values = {"changed.example"};
  ASSERT_TRUE(set.add(changed));
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.example"), 0U);
  EXPECT_EQ(hits(set, Path::domain_name_value, "changed.example"), 1U);
  const auto* former = file->segment().get();
  set.drop(former);
  set.settle();
  EXPECT_EQ(hits(set, Path::domain_name_value, "12.example"), 0U);
  EXPECT_EQ(hits(set, Path::domain_name_value, "changed.example"), 1U);
}

TEST_F(SavedTest, WhatIsBlankedIsGoneFromTheFile) {
  {
    auto file = saved(40);
    EXPECT_THAT(slurp(), HasSubstr("note 8"));
    const auto at = file.segment()->find(CircleId{1}, "indicator--8");
    ASSERT_NE(at, Segment::none);
    file.segment()->remove(at);
    EXPECT_EQ(file.segment()->find_removed(CircleId{1}, "indicator--8"), at);
    ASSERT_TRUE(file.blank(at));
    const auto bytes = slurp();
    for (const auto* text : {"note 8", "name 8", "indicator--8"}) EXPECT_THAT(bytes, Not(HasSubstr(text)));
  }
  const auto again = Saved::open(path_, CircleId{1});
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->segment()->removed(), 1U);
  EXPECT_EQ(again->segment()->find(CircleId{1}, "indicator--8"), Segment::none);
  EXPECT_NE(again->segment()->find(CircleId{1}, "indicator--9"), Segment::none);
}

// Goal:   a file that is not what was written is never used.
// Method: cut at many lengths, and with one byte changed at many places.
TEST_F(SavedTest, RefusesWhatIsTornOrChanged) {
  const auto whole = saved_bytes(*segment(40), "note");
  std::string note;
  const auto reads = [&](std::string bytes) {
    return Saved::read(bytes, CircleId{1}, note, nullptr).has_value();
  };
  ASSERT_TRUE(reads(whole));
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 50)
    EXPECT_FALSE(reads(whole.substr(0, size)));
  EXPECT_FALSE(reads(whole + "x"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    ASSERT_FALSE(reads(changed)) << "byte " << at << " of " << whole.size();
  }
  EXPECT_EQ(Saved::open(path_, CircleId{1}).error().code, Errc::not_found);
}

TEST_F(SavedTest, KeepsAnEmptySet) {
  const auto file = saved(0);
  EXPECT_EQ(file.segment()->size(), 0U);
  IndicatorSet set;
  set.adopt(file.segment());
  EXPECT_EQ(hits(set, Path::domain_name_value, "8.example"), 0U);
}

}  // namespace
}  // namespace tocsin::match
