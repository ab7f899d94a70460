#include "taxii/statuses.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>

namespace tocsin::taxii {
namespace {

class StatusesTest : public testing::Test {
 protected:
  StatusesTest() {
    options_.folder = (std::filesystem::temp_directory_path() /
                       ("tocsin-statuses-" + std::to_string(::getpid()) + '-' +
                        testing::UnitTest::GetInstance()->current_test_info()->name()))
                          .string();
    options_.clock = &clock_;
    std::filesystem::remove_all(options_.folder);
    reopen();
  }
  ~StatusesTest() override {
    statuses_.reset();
    std::filesystem::remove_all(options_.folder);
  }
  void reopen() {
    statuses_.reset();
    auto opened = Statuses::open(options_);
    ASSERT_TRUE(opened) << opened.error().detail;
    statuses_ = *std::move(opened);
  }
  void keep(const std::string& id, MemberId member, const std::string& json) {
    std::promise<bool> done;
    statuses_->keep({id, member, [json] { return json; }},
                    [&done](const Status& kept) { done.set_value(kept.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  std::string found(const std::string& id, MemberId member) const {
    const auto status = statuses_->find(id, member);
    return status ? *status : std::string{name(status.error().code)};
  }

  ManualClock clock_{*parse_rfc3339("2026-11-23T12:00:00Z")};
  Statuses::Options options_;
  std::unique_ptr<Statuses> statuses_;
};

TEST_F(StatusesTest, AreForTheirSenderAlone) {
  keep("a", MemberId{1}, "{1}");
  EXPECT_EQ(found("a", MemberId{1}), "{1}");
  EXPECT_EQ(found("a", MemberId{2}), name(Errc::not_found));
  EXPECT_EQ(found("b", MemberId{1}), name(Errc::not_found));
}

TEST_F(StatusesTest, StayThroughARestart) {
  keep("a", MemberId{1}, "{1}");
  const auto bytes = statuses_->bytes();
  reopen();
  EXPECT_EQ(found("a", MemberId{1}), "{1}");
  EXPECT_EQ(statuses_->bytes(), bytes);
}

TEST_F(StatusesTest, StayForADayAndGoInTheEnd) {
  keep("a", MemberId{1}, "{1}");
  clock_.advance(std::chrono::hours{47});
  keep("b", MemberId{1}, "{2}");
  reopen();  // whatever was to be dropped is dropped
  EXPECT_EQ(found("a", MemberId{1}), "{1}");
  clock_.advance(std::chrono::hours{2});
  keep("c", MemberId{1}, "{3}");
  reopen();
  EXPECT_EQ(found("a", MemberId{1}), name(Errc::not_found));
  EXPECT_EQ(found("b", MemberId{1}), "{2}");
  EXPECT_EQ(found("c", MemberId{1}), "{3}");
}

TEST_F(StatusesTest, TheOldestGoWhenAllTogetherAreTooMuch) {
  options_.bytes_max = 10'000;
  reopen();
  for (int i = 0; i < 30; ++i) {
    clock_.advance(std::chrono::seconds{1});
    keep("id" + std::to_string(i), MemberId{1}, std::string(1000, 'x'));
  }
  reopen();
  EXPECT_LE(statuses_->bytes(), 10'000U);
  EXPECT_EQ(found("id0", MemberId{1}), name(Errc::not_found));
  EXPECT_EQ(found("id29", MemberId{1}).size(), 1000U);
}

TEST_F(StatusesTest, ManyAtOnceAreAllKept) {
  constexpr int count = 500;
  std::vector<std::promise<bool>> done(count);
  for (int i = 0; i < count; ++i)
    statuses_->keep(
        {"id" + std::to_string(i), MemberId{1}, [] { return std::string{"{}"}; }},
        [&done, i](const Status& kept) { done[static_cast<std::size_t>(i)].set_value(kept.has_value()); });
  for (auto& each : done) EXPECT_TRUE(each.get_future().get());
  for (int i = 0; i < count; ++i) EXPECT_EQ(found("id" + std::to_string(i), MemberId{1}), "{}");
}

}  // namespace
}  // namespace tocsin::taxii
