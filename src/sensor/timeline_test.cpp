#include "sensor/timeline.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"
#include "sensor/scan.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using testing::IndicatorText;

std::string conn(int second, const std::string& address = "203.0.113.7") {
  return R"({"ts":)" + std::to_string(second) + R"(.0,"id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":")" +
         address + R"(","id.resp_p":4444,"proto":"tcp"})" + "\n";
}
std::string dns(int second, const std::string& query) {
  return R"({"ts":)" + std::to_string(second) + R"(.0,"id.orig_h":"10.0.0.1","query":")" + query + "\"}\n";
}

class TimelineTest : public ::testing::Test {
 protected:
  std::vector<int> seconds(std::vector<std::string> names, std::size_t records_max = 200'000) {
    for (auto& name : names) name = folder_ / name;
    Timeline::Options how;
    how.records_max = records_max;
    how.on_error = [this](const std::string&, const Error& error) { errors_.push_back(error.detail); };
    Timeline timeline{names, std::move(how)};
    std::vector<int> out;
    while (const auto entry = timeline.next())
      out.push_back(static_cast<int>(to_micros(entry->record.time()) / 1'000'000));
    totals_ = timeline.totals();
    return out;
  }
  Folder folder_;
  std::vector<std::string> errors_;
  Timeline::Totals totals_;
};

TEST_F(TimelineTest, MergesFilesByTimeInAnyOrderOfNames) {
  testing::append(folder_ / "conn.log", conn(10) + conn(40) + conn(70));
  testing::append(folder_ / "dns.log", dns(20, "a.net") + dns(30, "b.net") + dns(80, "c.net"));
  testing::append(folder_ / "later.log", conn(60) + conn(90));
  const auto wanted = ElementsAre(10, 20, 30, 40, 60, 70, 80, 90);
  EXPECT_THAT(seconds({"conn.log", "dns.log", "later.log"}), wanted);
  EXPECT_THAT(seconds({"later.log", "dns.log", "conn.log"}), wanted);
  EXPECT_EQ(totals_.lines, 8U);
  EXPECT_EQ(totals_.records, 8U);
}

TEST_F(TimelineTest, WhatWasWrittenLateFindsItsPlace) {
  testing::append(folder_ / "conn.log", conn(50) + conn(10) + conn(30) + conn(20));
  testing::append(folder_ / "dns.log", dns(15, "a.net"));
  EXPECT_THAT(seconds({"conn.log", "dns.log"}), ElementsAre(10, 15, 20, 30, 50));
}

TEST_F(TimelineTest, ReadsNoFurtherAheadThanItMay) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += conn(1'000 + i);
  testing::append(folder_ / "conn.log", text + conn(1));
  const auto found = seconds({"conn.log"}, 1);
  ASSERT_EQ(found.size(), 201U);
  EXPECT_NE(found.front(), 1) << "64 are read ahead, not all";
  EXPECT_EQ(std::ranges::count(found, 1), 1) << "it comes all the same, with its own time";
}

TEST_F(TimelineTest, ARecordWithoutATimeFollowsTheOneBefore) {
  testing::append(folder_ / "conn.log",
                  R"({"id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"203.0.113.9","id.resp_p":1})"
                  "\n" +
                      conn(30) +
                      R"({"id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"203.0.113.8","id.resp_p":1})"
                      "\n" +
                      conn(50));
  testing::append(folder_ / "dns.log", dns(40, "a.net"));
  EXPECT_THAT(seconds({"dns.log", "conn.log"}), ElementsAre(30, 30, 30, 40, 50));
  testing::append(folder_ / "plain.txt", "from 203.0.113.1\n");
  EXPECT_THAT(seconds({"dns.log", "plain.txt"}), ElementsAre(0, 40)) << "without any time it comes first";
}

TEST_F(TimelineTest, AFileThatCannotBeReadIsToldAndTheOthersGoOn) {
  testing::append(folder_ / "dns.log", dns(40, "a.net"));
  EXPECT_THAT(seconds({"gone.log", "dns.log"}), ElementsAre(40));
  EXPECT_EQ(errors_.size(), 1U);
}

TEST_F(TimelineTest, APatternOverTwoFilesMatchesInEitherOrder) {
  // Many more than a pattern holds come between in the file that is read first by name.
  std::string much;
  for (int i = 0; i < 12'000; ++i) much += conn(200 + i, "203.0.113.99");
  testing::append(folder_ / "conn.log", conn(100) + much);
  testing::append(folder_ / "dns.log", dns(90, "stage.bad.net") + dns(5'000, "other.net"));
  match::IndicatorSet set;
  ASSERT_TRUE(add_indicators(
      IndicatorText{
          .pattern = "([domain-name:value = 'stage.bad.net'] FOLLOWEDBY [network-traffic:dst_port = 4444]) "
                     "WITHIN 60 SECONDS"}
          .json(),
      match::DomainMatch::exact, set));
  ASSERT_TRUE(Scan::needs_order(set));
  const screen::WarningLists lists;
  for (const auto& names : {std::vector{"conn.log", "dns.log"}, std::vector{"dns.log", "conn.log"}}) {
    std::vector<json::Object> hits;
    Scan::Options options;
    options.print = [&](std::string_view line) { hits.push_back(*json::parse_object(trim(line))); };
    Scan scan{set, lists, [](CircleId, std::string_view) { return std::nullopt; }, std::move(options)};
    std::vector<std::string> paths;
    for (const auto* name : names) paths.push_back(folder_ / name);
    EXPECT_TRUE(scan.in_order(paths).empty());
    ASSERT_EQ(hits.size(), 1U) << names[0];
    EXPECT_EQ(json::text_or(hits[0], "file"), folder_ / "conn.log");
    EXPECT_EQ(json::number_or(hits[0], "line"), 1U);
    const auto& matched = hits[0].at("sources").as_array()[0].as_object().at("matched").as_array();
    ASSERT_EQ(matched.size(), 2U);
    EXPECT_EQ(json::text_or(matched[0].as_object(), "file"), folder_ / "dns.log");
  }
}

}  // namespace
}  // namespace tocsin::sensor
