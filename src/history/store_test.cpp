#include "history/store.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/file.hpp"

namespace tocsin::history {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest()
      : folder_{
            (fs::temp_directory_path() / ("tocsin-history-" + std::to_string(::getpid()) + "-" +
                                          ::testing::UnitTest::GetInstance()->current_test_info()->name()))
                .string()} {
    fs::remove_all(folder_);
    options_.folder = folder_;
    options_.table_entries_max = 500;
    options_.persist_interval = hours{1};  // by hand
  }
  ~StoreTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Store> open() {
    auto store = Store::open(options_, clock_);
    EXPECT_TRUE(store);
    return store ? *std::move(store) : nullptr;
  }
  std::uint32_t now() const {
    return static_cast<std::uint32_t>(
        std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count());
  }
  void add(Store& store, const std::string& text, std::uint64_t offset = 1) {
    const Observed one{0, now(), text, offset};
    store.add({&one, 1}, file_);
  }
  static std::uint64_t count(const Past& past, const std::string& key) {
    const auto found = past.find(key);
    return found ? found->count : 0;
  }

  std::string folder_;
  const std::string file_ = "conn.log";
  Store::Options options_;
  ManualClock clock_{*parse_rfc3339("2026-11-23T00:00:00Z")};
};

TEST_F(StoreTest, WhatWasAddedIsThereAtOnceAndAfterARestart) {
  auto store = open();
  std::map<std::string, std::uint64_t> truth;
  for (int i = 0; i < 20'000; ++i) {
    const auto text = "v" + std::to_string(i * i % 7'001);
    add(*store, text);
    ++truth[text];
    if (i % 3'000 == 0) {
      EXPECT_TRUE(store->persist());
    }
  }
  const auto check = [&](const Past& past) {
    for (const auto& [text, times] : truth) ASSERT_EQ(count(past, text), times) << text;
    EXPECT_EQ(count(past, "v7002"), 0U);
    std::map<std::string, std::uint64_t> walked;
    past.walk({}, [&](std::string_view key, const Trace& trace) {
      return walked.emplace(key, trace.count).second;
    });
    EXPECT_EQ(walked, truth);
  };
  check(store->past());
  EXPECT_TRUE(store->persist());
  store->settle();
  check(store->past());
  check(*Past::read(folder_));
  store.reset();
  store = open();
  check(store->past());
  EXPECT_LT(store->counts().runs, 10U);
}

TEST_F(StoreTest, AViewStaysGoodWhileItsRunsAreMerged) {
  auto store = open();
  for (int i = 0; i < 100; ++i) add(*store, "v" + std::to_string(i));
  EXPECT_TRUE(store->persist());
  const auto before = store->past();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100; ++i) add(*store, "w" + std::to_string(i));
    EXPECT_TRUE(store->persist());
  }
  store->settle();
  EXPECT_LT(store->counts().runs, 8U);
  EXPECT_EQ(count(before, "v7"), 1U);
  EXPECT_EQ(count(before, "w7"), 0U);
  EXPECT_EQ(count(store->past(), "w7"), 20U);
}

TEST_F(StoreTest, AKillLosesAtMostWhatWasNotWritten) {
  {
    auto store = open();
    add(*store, "early");
    EXPECT_TRUE(store->persist());
    fs::copy(folder_, folder_ + "-copy", fs::copy_options::recursive);  // as a kill would leave it
    add(*store, "late");
  }
  fs::remove_all(folder_);
  fs::rename(folder_ + "-copy", folder_);
  std::ofstream{folder_ + "/run-77"} << "half a run";  // its writing was cut short
  auto store = open();
  EXPECT_EQ(count(store->past(), "early"), 1U);
  EXPECT_EQ(count(store->past(), "late"), 0U);
  EXPECT_FALSE(fs::exists(folder_ + "/run-77"));
}

TEST_F(StoreTest, ADamagedRunIsSetAside) {
  { add(*open(), "a"); }
  fs::resize_file(folder_ + "/run-1", fs::file_size(folder_ + "/run-1") - 3);
  auto store = open();
  EXPECT_EQ(count(store->past(), "a"), 0U);
  EXPECT_FALSE(store->counts().failure.empty());
  EXPECT_TRUE(fs::exists(folder_ + "/damaged-run-1"));
}

TEST_F(StoreTest, AgeEndsWhatWasNotSeenAgain) {
  options_.age_max = hours{24 * 10};
  auto store = open();
  add(*store, "once");
  add(*store, "again");
  EXPECT_TRUE(store->persist());
  clock_.advance(hours{24 * 6});
  add(*store, "again");
  EXPECT_TRUE(store->persist());
  clock_.advance(hours{24 * 6});
  EXPECT_EQ(count(store->past(), "once"), 0U) << "it is no longer told, although it is still there";
  EXPECT_EQ(count(store->past(), "again"), 2U);
  store.reset();
  store = open();
  store->settle();
  EXPECT_EQ(store->counts().entries, 1U) << "a run with values that are too old is written anew";
}

TEST_F(StoreTest, TheOldestGoWhenThereIsTooMuch) {
  options_.bytes_max = 20'000;
  auto store = open();
  for (int i = 0; i < 10'000; ++i) {
    if (i % 10 == 0) clock_.advance(std::chrono::minutes{1});
    add(*store, "value number " + std::to_string(i));
    if (i % 500 == 0) {
      EXPECT_TRUE(store->persist());
    }
  }
  EXPECT_TRUE(store->persist());
  store->settle();
  EXPECT_LE(store->counts().bytes, options_.bytes_max);
  EXPECT_GT(store->counts().bytes, options_.bytes_max / 4);
  EXPECT_EQ(count(store->past(), "value number 9999"), 1U);
  EXPECT_EQ(count(store->past(), "value number 1"), 0U);
}

TEST_F(StoreTest, HashedValuesAreFoundAndNotListed) {
  options_.values = Values::hashed;
  {
    auto store = open();
    add(*store, "secret.example");
    EXPECT_EQ(count(store->past(), "secret.example"), 1U);
  }
  const auto past = Past::read(folder_);
  ASSERT_TRUE(past);
  EXPECT_EQ(count(*past, "secret.example"), 1U);
  EXPECT_FALSE(past->can_walk());
  past->walk({}, [](std::string_view, const Trace&) -> bool {
    ADD_FAILURE() << "listed";
    return true;
  });
  EXPECT_THAT(*read_file(folder_ + "/run-1"), ::testing::Not(::testing::HasSubstr("secret")));
  struct stat info {};
  ASSERT_EQ(::stat((folder_ + "/key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ + "/run-1").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(StoreTest, ValuesMayBecomeHashesAndPlainAgain) {
  { add(*open(), "first.example"); }
  options_.values = Values::hashed;
  {
    auto store = open();
    add(*store, "first.example");
    EXPECT_EQ(count(store->past(), "first.example"), 2U);
    for (const auto& entry : fs::directory_iterator{folder_})
      EXPECT_THAT(*read_file(entry.path().string()), ::testing::Not(::testing::HasSubstr("first.example")))
          << entry.path();
  }
  options_.values = Values::plain;
  auto store = open();
  add(*store, "first.example");
  add(*store, "last.example");
  EXPECT_EQ(count(store->past(), "first.example"), 3U);
  EXPECT_EQ(count(*Past::read(folder_), "first.example"), 2U) << "the third is not on disk yet";
  EXPECT_TRUE(store->persist());
  EXPECT_EQ(count(*Past::read(folder_), "first.example"), 3U);
}

TEST_F(StoreTest, LongValuesAreFoundToo) {
  const std::string text(100'000, 'u');
  { add(*open(), text); }
  EXPECT_EQ(count(*Past::read(folder_), text), 1U);
  EXPECT_LT(fs::file_size(folder_ + "/run-1"), 1'000U);
}

TEST_F(StoreTest, AFullDiskStopsNothing) {
  auto store = open();
  add(*store, "a");
  fs::remove_all(folder_);
  std::ofstream{folder_} << "no folder";
  EXPECT_FALSE(store->persist());
  EXPECT_FALSE(store->counts().failure.empty());
  add(*store, "b");
  EXPECT_EQ(count(store->past(), "a"), 1U);
  EXPECT_EQ(count(store->past(), "b"), 1U);
  fs::remove(folder_);
  fs::create_directories(folder_);
  EXPECT_TRUE(store->persist());
  EXPECT_EQ(store->counts().failure, "");
}

}  // namespace
}  // namespace tocsin::history
