#include "departures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.hpp"
#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

const std::string own = "tool--22222222-2222-4222-8222-222222222222";
const std::string minted = "tool--33333333-3333-4333-8333-333333333333";

std::string tool(const std::string& modified, const std::string& name) {
  return R"({"type":"tool","id":")" + minted + R"(","modified":")" + modified + R"(","name":")" + name +
         R"("})";
}

class DeparturesTest : public ::testing::Test {
 protected:
  ~DeparturesTest() override {
    for (const char* end : {"", ".lock"}) std::filesystem::remove(path_ + end);
  }
  Departures open() { return Departures::open(path_).value(); }
  /// When the object says that it was modified, as it leaves.
  static std::string leaves(Departures& departures, const std::string& modified, const std::string& name) {
    const auto out = departures.leave(own, minted, tool(modified, name), name);
    EXPECT_EQ(member_value(out, "name"), '"' + name + '"');
    return std::string{member_value(out, "modified")};
  }
  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("tocsin-departed-" + uuid4())).string();
};

TEST_F(DeparturesTest, WhatLeftIsKnownAgainAfterASave) {
  {
    auto first = open();
    leaves(first, "2026-01-01T00:00:00.000Z", "a");
    EXPECT_TRUE(first.save());
  }
  struct stat about {};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  std::ofstream{path_, std::ios::app} << R"({"id":"tool--torn)";  // as a crash leaves it
  auto again = open();
  EXPECT_TRUE(again.knows(own));
  EXPECT_EQ(again.find(own), minted);
  EXPECT_TRUE(again.left_as(minted));
  EXPECT_FALSE(again.knows(minted));
  leaves(again, "2026-01-02T00:00:00.000Z", "b");
  EXPECT_TRUE(again.save());
  EXPECT_EQ(open().find(own), minted);
}

TEST_F(DeparturesTest, OtherContentIsALaterVersionAndTheSameIsTheSame) {
  auto departures = open();
  const std::string first = "2026-01-01T00:00:00.000Z";
  EXPECT_EQ(leaves(departures, first, "a"), '"' + first + '"');
  EXPECT_EQ(leaves(departures, first, "a"), '"' + first + '"') << "shared again, it is the same";
  // Another policy makes something else of the same version.
  EXPECT_EQ(leaves(departures, first, "b"), "\"2026-01-01T00:00:00.001000Z\"");
  EXPECT_EQ(leaves(departures, first, "b"), "\"2026-01-01T00:00:00.001000Z\"");
  const std::string second = "2026-01-02T00:00:00.000Z";
  EXPECT_EQ(leaves(departures, second, "c"), '"' + second + '"');
  EXPECT_EQ(leaves(departures, first, "a"), '"' + first + '"') << "an old version stays old";
  EXPECT_EQ(leaves(departures, second, "c"), '"' + second + '"');
}

TEST_F(DeparturesTest, AReviewedTextIsLaterAndDoesNotComeUndone) {
  auto departures = open();
  const std::string first = "2026-01-01T00:00:00.000Z";
  leaves(departures, first, "a");
  const auto reviewed = departures.leave_reviewed(own, minted, tool(first, "a, as read"));
  EXPECT_EQ(member_value(reviewed, "modified"), "\"2026-01-01T00:00:00.001000Z\"");
  EXPECT_EQ(leaves(departures, first, "a"), '"' + first + '"') << "what went before is only a duplicate";
  EXPECT_EQ(leaves(departures, first, "b"), "\"2026-01-01T00:00:00.002000Z\"");
  EXPECT_EQ(leaves(departures, "2026-02-01T00:00:00.000Z", "c"), "\"2026-02-01T00:00:00.000Z\"");
  // What was withheld until a person let it go leaves as it is.
  const std::string other = "tool--44444444-4444-4444-8444-444444444444";
  EXPECT_EQ(departures.leave_reviewed(other, minted, tool(first, "x")), tool(first, "x"));
}

TEST_F(DeparturesTest, TheFileIsMadeAnewWhenItIsMostlyOld) {
  auto departures = open();
  for (int i = 0; i < 12'000; ++i)
    departures.leave_reviewed(own, minted, tool("2026-01-01T00:00:00.000Z", "a"));
  ASSERT_TRUE(departures.save());
  EXPECT_LT(std::filesystem::file_size(path_), 1000U);
  EXPECT_EQ(open().find(own), minted);
}

}  // namespace
}  // namespace tocsin::cli
