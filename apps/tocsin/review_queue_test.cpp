#include "review_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.hpp"
#include "base/file.hpp"

namespace tocsin::cli {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

class ReviewQueueTest : public ::testing::Test {
 protected:
  ~ReviewQueueTest() override { std::filesystem::remove_all(folder_); }
  ReviewQueue open() { return ReviewQueue::open(folder_).value(); }
  ReviewItem item(const std::string& text) const {
    ReviewItem made;
    made.made = now_;
    made.expires = now_ + hours{72};
    made.original = "tool--22222222-2222-4222-8222-222222222222";
    made.minted = made.left_as = "tool--33333333-3333-4333-8333-333333333333";
    made.submission = {{"town"}, "tlp=amber"};
    made.object = R"({"description":"secret )" + text + "\"}";
    made.leaves = "{}";
    made.reviewed = R"({"description":")" + text + "\"}";
    made.record = {{"policy", "p"}};
    return made;
  }
  std::vector<ReviewItem> all(Timestamp at) {
    std::vector<std::string> damaged;
    auto queue = open();
    return queue.list(at, damaged).value();
  }
  const Timestamp now_ = from_micros(1'700'000'000'000'000);
  const std::string folder_ =
      (std::filesystem::temp_directory_path() / ("tocsin-review-" + uuid4())).string();
};

TEST_F(ReviewQueueTest, AnItemComesBackWholeAndIsForItsOwnerAlone) {
  EXPECT_TRUE(open().add(item("a")).value());
  const auto listed = all(now_);
  ASSERT_EQ(listed.size(), 1U);
  const auto back = open().get(listed[0].id).value();
  EXPECT_EQ(back.object, item("a").object);
  EXPECT_EQ(back.reviewed, item("a").reviewed);
  EXPECT_EQ(to_line(back.submission), to_line(item("a").submission));
  EXPECT_EQ(name(back.state), "new");
  EXPECT_EQ(json::text_or(back.record, "policy"), "p");
  struct stat about {};
  ASSERT_EQ(::stat((folder_ + "/" + back.id + ".json").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(folder_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
}

TEST_F(ReviewQueueTest, TheSameAgainIsNoSecondItemAndALaterVersionTakesItsPlace) {
  auto queue = open();
  EXPECT_TRUE(queue.add(item("a")).value());
  EXPECT_FALSE(queue.add(item("a")).value());
  EXPECT_TRUE(queue.add(item("b")).value());
  auto elsewhere = item("b");
  elsewhere.submission.circles = {"port"};
  EXPECT_TRUE(queue.add(elsewhere).value()) << "other circles are asked for by themselves";
  int waits = 0, replaced = 0;
  for (const auto& one : all(now_)) {
    waits += one.state == ReviewState::waits ? 1 : 0;
    replaced += one.state == ReviewState::replaced ? 1 : 0;
  }
  EXPECT_EQ(waits, 2);
  EXPECT_EQ(replaced, 1);
}

TEST_F(ReviewQueueTest, WhatNobodyDecidesExpiresAndLosesItsTexts) {
  open().add(item("a")).value();
  EXPECT_EQ(all(now_ + hours{71})[0].state, ReviewState::waits);
  const auto late = all(now_ + hours{72});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].state, ReviewState::expired);
  const auto text = read_file(folder_ + "/" + late[0].id + ".json").value();
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
  EXPECT_TRUE(open().add(item("a")).value()) << "shared again, it waits again";
  auto queue = open();
  EXPECT_TRUE(queue.decide(queue.get(late[0].id).value(), ReviewState::rejected));
  EXPECT_FALSE(queue.add(item("a")).value()) << "what was decided stays decided";
  EXPECT_EQ(all(now_ + hours{72 + 24 * 30 - 1}).size(), 1U);
  EXPECT_TRUE(all(now_ + hours{72 + 24 * 30 + 1}).empty());
}

TEST_F(ReviewQueueTest, ADamagedItemIsNamedAndTheOthersAreThere) {
  open().add(item("a")).value();
  auto other = item("b");
  other.minted = "tool--44444444-4444-4444-8444-444444444444";
  open().add(other).value();
  const auto id = all(now_)[0].id;
  const auto path = folder_ + "/" + id + ".json";
  for (const char* bad : {"", "{", "[]", R"({"state":"new"})", R"({"state":"odd"})"}) {
    ASSERT_TRUE(write_file(path, bad, 0600));
    const auto got = open().get(id);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Errc::corrupt);
    EXPECT_THAT(got.error().detail, HasSubstr(path));
    std::vector<std::string> damaged;
    auto queue = open();
    EXPECT_EQ(queue.list(now_, damaged).value().size(), 1U);
    EXPECT_EQ(damaged.size(), 1U);
  }
  for (const char* odd : {"../profile", "", "nothing", "000000000000-00000000"})
    EXPECT_EQ(open().get(odd).error().code, Errc::not_found) << odd;
}

}  // namespace
}  // namespace tocsin::cli
