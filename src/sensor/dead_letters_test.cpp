#include "sensor/dead_letters.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::sensor {
namespace {

class DeadLettersTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tocsin-dead-letters-" + std::to_string(::getpid()));
  std::string path_ = (folder_ / "dead.jsonl").string();
  Timestamp now_ = parse_rfc3339("2026-01-02T03:04:05Z").value();
};

TEST_F(DeadLettersTest, SayWhereAndWhyAndWhat) {
  auto letters = DeadLetters::open(path_);
  ASSERT_TRUE(letters);
  letters->add({"/logs/a.log", 7, 99, "zeek-json", "line 7: a comma is missing", "{\"a\" \"\x1b[31m\xff\"}"},
               now_);
  const auto one = json::parse_object(trim(read_file(path_).value()));
  ASSERT_TRUE(one);
  EXPECT_EQ(json::text_or(*one, "file"), "/logs/a.log");
  EXPECT_EQ(json::number_or(*one, "line"), 7);
  EXPECT_EQ(json::number_or(*one, "offset"), 99);
  EXPECT_EQ(json::text_or(*one, "format"), "zeek-json");
  EXPECT_EQ(json::text_or(*one, "why"), "line 7: a comma is missing");
  EXPECT_EQ(json::text_or(*one, "record"), "{\"a\" \"\x1b[31m\xef\xbf\xbd\"}");
  EXPECT_EQ(json::text_or(*one, "time"), "2026-01-02T03:04:05.000000Z");
}

// Goal:   a log that became unreadable fills neither the disk nor the sample of other logs.
TEST_F(DeadLettersTest, AreASampleOfEachFile) {
  auto letters = DeadLetters::open(path_);
  ASSERT_TRUE(letters);
  for (int i = 0; i < 1000; ++i) letters->add({"a", 1, 0, "eve", "why", "x"}, now_);
  letters->add({"b", 1, 0, "eve", "why", "x"}, now_);
  EXPECT_EQ(letters->counts().kept, DeadLetters::per_file_max + 1);
  EXPECT_EQ(letters->counts().left_out, 1000 - DeadLetters::per_file_max);
  letters->add({"a", 1, 0, "eve", "why", "x"}, now_ + std::chrono::hours{1});
  EXPECT_EQ(letters->counts().kept, DeadLetters::per_file_max + 2);
}

TEST_F(DeadLettersTest, AreRotatedAtTheirLimit) {
  auto letters = DeadLetters::open(path_, 20'000);
  ASSERT_TRUE(letters);
  const std::string record(10'000, 'x');
  for (int i = 0; i < 20; ++i) letters->add({"a", 1, 0, "eve", "why", record}, now_);
  EXPECT_EQ(letters->counts().kept, 20U);
  EXPECT_LE(std::filesystem::file_size(path_), 20'000U);
  EXPECT_LE(std::filesystem::file_size(path_ + ".1"), 20'000U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator{folder_}) ++files;
  EXPECT_EQ(files, 2U);
}

TEST_F(DeadLettersTest, AFolderThatIsNotThereIsTold) {
  const auto letters = DeadLetters::open((folder_ / "no" / "file").string());
  ASSERT_FALSE(letters);
  EXPECT_NE(letters.error().detail.find("dead letters: "), std::string::npos);
  EXPECT_TRUE(DeadLetters::open(""));
}

}  // namespace
}  // namespace tocsin::sensor
