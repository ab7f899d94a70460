#include "sensor/lookback.hpp"

#include <gmock/gmock.h>

#include "base/file.hpp"
#include "match/compiled.hpp"
#include "sensor/past_keys.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using stix::Path;
using testing::Folder;

class LookbackTest : public ::testing::Test {
 protected:
  LookbackTest() {
    history::Store::Options options;
    options.folder = folder_ / "history";
    options.key_of = [](std::uint8_t path, std::string_view text) {
      return past_key(static_cast<Path>(path), text);
    };
    store_ = *history::Store::open(options);
  }
  void see(const std::string& name) {
    const history::Observed one{static_cast<std::uint8_t>(Path::domain_name_value),
                                match::to_second(system_clock().now()) - 86'400, name, 1};
    store_->add({&one, 1}, file_);
  }
  void add(int number, const std::string& name, Lookback* lookback) {
    match::Indicator one;
    one.id = testing::indicator_id(number);
    one.circle = CircleId{1};
    one.sequence = Sequence{static_cast<std::uint64_t>(number)};
    one.alternatives = {{{{Path::domain_name_value, match::Relation::equals, {name}}}, {}, {}}};
    ASSERT_TRUE(set_.add(one));
    if (lookback != nullptr) lookback->tell(one.circle, one.sequence, one.id);
  }
  std::unique_ptr<Lookback> open() {
    Lookback::Options options;
    options.asked = folder_ / "asked";
    options.circles = {{1, "energy grid"}};
    options.on_hits = [this] { ++woken_; };
    return std::make_unique<Lookback>(options, *store_, set_);
  }

  Folder folder_;
  const std::string file_ = "dns.log";
  std::atomic<int> woken_ = 0;
  match::IndicatorSet set_;
  std::unique_ptr<history::Store> store_;
};

TEST_F(LookbackTest, ANewIndicatorFindsWhatWasSeenAMomentAgo) {
  auto lookback = open();
  see("bad.example");
  add(1, "bad.example", lookback.get());
  add(2, "good.example", lookback.get());
  lookback->settle();
  const auto hits = lookback->take();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].value, "bad.example");
  EXPECT_EQ(hits[0].sources[0].id, testing::indicator_id(1));
  EXPECT_EQ(woken_.load(), 1);
  EXPECT_EQ(lookback->counts().asked, 2U);
}

TEST(LiveHits, AreNotToldAsThePastToo) {
  PastHit hit;
  hit.value = "bad.example";
  hit.count = 3;
  hit.sources = {{CircleId{1}, Sequence{1}, "a", "", "", {}}, {CircleId{1}, Sequence{2}, "b", "", "", {}}};
  LiveHits live;
  for (int i = 0; i < 3; ++i) live.add(CircleId{1}, "a", "bad.example");
  live.add(CircleId{1}, "b", "bad.example");
  live.add(CircleId{1}, "b", "other.example");
  auto left = hit;
  live.take_out(left);
  ASSERT_EQ(left.sources.size(), 1U);
  EXPECT_EQ(left.sources[0].id, "b");
  EXPECT_EQ(left.count, 2U);
  const auto start = std::chrono::steady_clock::now();
  live.forget_old(start);
  live.forget_old(start + LiveHits::kept * 2);
  live.take_out(hit);
  EXPECT_EQ(hit.sources.size(), 2U);
  EXPECT_EQ(hit.count, 3U);
}

TEST_F(LookbackTest, ItIsToldOnceHoweverOftenItComes) {
  auto lookback = open();
  see("bad.example");
  for (int i = 0; i < 3; ++i) {
    add(1, "bad.example", lookback.get());
    lookback->settle();
    EXPECT_EQ(lookback->take().size(), i == 0 ? 1U : 0U);
  }
  add(7, "bad.example", lookback.get());
  lookback->settle();
  const auto hits = lookback->take();
  ASSERT_EQ(hits.size(), 1U) << "another indicator says so too";
  EXPECT_EQ(hits[0].sources.size(), 1U);
}

TEST_F(LookbackTest, WhatWasWithdrawnMeanwhileIsSilent) {
  see("bad.example");
  auto lookback = open();
  add(1, "bad.example", nullptr);
  set_.remove(CircleId{1}, testing::indicator_id(1));
  lookback->tell(CircleId{1}, Sequence{1}, testing::indicator_id(1));
  lookback->settle();
  EXPECT_TRUE(lookback->take().empty());
}

TEST_F(LookbackTest, WhatAKillCutShortIsAskedForAfterTheStart) {
  see("bad.example");
  see("worse.example");
  {
    auto lookback = open();
    add(1, "bad.example", lookback.get());
    lookback->settle();
    EXPECT_EQ(lookback->take().size(), 1U);
  }
  EXPECT_EQ(*read_file(folder_ / "asked"), "1 energy grid\n");
  add(2, "worse.example", nullptr);  // it took effect, and then came the kill
  auto lookback = open();
  lookback->resume(CircleId{1}, Sequence{2});
  lookback->settle();
  const auto hits = lookback->take();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].value, "worse.example");
}

}  // namespace
}  // namespace tocsin::sensor
