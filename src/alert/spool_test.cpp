#include "alert/spool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace tocsin::alert {
namespace {

namespace fs = std::filesystem;

class SpoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tocsin-spool-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::unique_ptr<Spool> open(Spool::Limits limits = {}) { return *Spool::open(folder_.string(), limits); }
  static std::string line(int number) { return "line " + std::to_string(number) + "\n"; }

  fs::path folder_;
};

// Goal:   what was taken in comes out once, in order, over restarts, and the disk is given back.
// Method: random appends, fronts, settles and restarts against a plain queue.
TEST_F(SpoolTest, IsAQueueOverRestarts) {
  std::mt19937 random{7};
  const Spool::Limits limits{1 << 20, 256};
  auto spool = open(limits);
  int appended = 0, settled = 0;
  for (int step = 0; step < 4000; ++step) {
    switch (random() % 8) {
      case 0:
        spool.reset();
        spool = open(limits);
        break;
      case 1:
      case 2: {
        const auto got = spool->front(random() % 20 + 1, random() % 200 + 1);
        ASSERT_EQ(got.empty(), settled == appended);
        const auto take = got.empty() ? 0 : random() % (got.size() + 1);
        for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], line(settled + static_cast<int>(i)));
        spool->settle(take);
        settled += static_cast<int>(take);
        break;
      }
      default:
        ASSERT_TRUE(spool->append(line(appended++)));
    }
  }
  while (settled < appended) {
    const auto got = spool->front(50, 1000);
    ASSERT_FALSE(got.empty());
    spool->settle(got.size());
    settled += static_cast<int>(got.size());
  }
  EXPECT_EQ(spool->counts().waiting_bytes, 0U);
  EXPECT_EQ(spool->counts().dropped, 0U);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator{folder_}) files += entry.path().extension() == ".ndjson";
  EXPECT_LE(files, 2U);
}

TEST_F(SpoolTest, WhatFindsNoRoomIsCountedAndTheRestStays) {
  auto spool = open({20, 1000});
  EXPECT_TRUE(spool->append("aaaaaaaa\n"));
  EXPECT_TRUE(spool->append("bbbbbbbb\n"));
  EXPECT_FALSE(spool->append("cccccccc\n"));
  EXPECT_EQ(spool->counts().dropped, 1U);
  EXPECT_EQ(spool->front(1, 100).front(), "aaaaaaaa\n");
  spool->settle(1);
  EXPECT_TRUE(spool->append("d\n"));
  EXPECT_EQ(spool->front(10, 100), (std::vector<std::string>{"bbbbbbbb\n", "d\n"}));
}

TEST_F(SpoolTest, ATornEndIsCut) {
  open()->append("whole\n");
  std::ofstream{folder_ / "000000000001.ndjson", std::ios::app} << "half";
  auto spool = open();
  spool->append("next\n");
  EXPECT_EQ(spool->front(10, 100), (std::vector<std::string>{"whole\n", "next\n"}));
}

TEST_F(SpoolTest, ALineLongerThanABatchComesWhole) {
  auto spool = open();
  const auto large = std::string(300'000, 'x') + "\n";
  spool->append(large);
  spool->append("next\n");
  EXPECT_EQ(spool->front(1, 64).front(), large);
  spool->settle(1);
  EXPECT_EQ(spool->front(1, 64).front(), "next\n");
}

}  // namespace
}  // namespace tocsin::alert
