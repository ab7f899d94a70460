#include "sensor/scan.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using testing::Folder;
using testing::IndicatorText;

class ScanTest : public ::testing::Test {
 protected:
  /// The hits of a file with this text.
  std::vector<json::Object> hits(const std::string& text, bool show_held_back = false) {
    testing::append(folder_ / "access.log", text);
    std::vector<json::Object> out;
    Scan::Options options;
    options.show_held_back = show_held_back;
    options.print = [&](std::string_view line) {
      EXPECT_TRUE(line.ends_with("}\n"));
      auto parsed = json::parse_object(trim(line));
      ASSERT_TRUE(parsed) << line;
      out.push_back(*std::move(parsed));
    };
    Scan scan{set_, lists_, [](CircleId, std::string_view) { return std::nullopt; }, std::move(options)};
    EXPECT_TRUE(scan.file(folder_ / "access.log"));
    totals_ = scan.totals();
    return out;
  }
  void know(const std::string& objects) {
    EXPECT_TRUE(add_indicators(objects, match::DomainMatch::exact, set_));
  }

  Folder folder_;
  match::IndicatorSet set_;
  screen::WarningLists lists_;
  Scan::Totals totals_;
};

TEST_F(ScanTest, OneHitPerValueNamesAllItsSources) {
  know(IndicatorText{.number = 1}.json() + "\n" + IndicatorText{.number = 2}.json());
  const auto found = hits("nothing here\nfrom 198.51.100.7 and \"198.51.100.8\"\n");
  ASSERT_EQ(found.size(), 1U);
  const auto& hit = found.front();
  EXPECT_EQ(json::text_or(hit, "value"), "198.51.100.7");
  EXPECT_EQ(json::number_or(hit, "line"), 2U);
  EXPECT_EQ(json::text_or(hit, "record"), "from 198.51.100.7 and \"198.51.100.8\"");
  EXPECT_EQ(hit.at("sources").as_array().size(), 2U);
  EXPECT_EQ(totals_.lines, 2U);
  EXPECT_EQ(totals_.hits, 1U);
}

TEST_F(ScanTest, AJsonRecordStaysJson) {
  know(IndicatorText{}.json());
  const auto found = hits(
      R"({"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":443,"proto":"tcp"})"
      "\n");
  ASSERT_EQ(found.size(), 1U);
  ASSERT_TRUE(found.front().at("record").is_object());
  EXPECT_EQ(json::text_or(found.front().at("record").as_object(), "uid"), "C1");
}

TEST_F(ScanTest, WhatReadersSkipCannotBreakTheOutput) {
  know(IndicatorText{}.json());
  const auto found = hits(
      R"({"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":443,"other":zzz})"
      "\n");
  for (const auto& hit : found) EXPECT_TRUE(hit.at("record").is_string());
}

TEST_F(ScanTest, APatternOverSeveralRecordsNamesThemAll) {
  know(IndicatorText{
      .pattern = "([domain-name:value LIKE '%.bad.example'] FOLLOWEDBY [network-traffic:dst_port "
                 "> 4000 AND network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24']) WITHIN 60 SECONDS"}
           .json());
  const auto conn = [](int ts, int port) {
    return R"({"_path":"conn","ts":)" + std::to_string(ts) +
           R"(.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":)" +
           std::to_string(port) + "}\n";
  };
  const std::string dns =
      R"({"_path":"dns","ts":100.5,"uid":"C2","id.orig_h":"10.0.0.1","query":"x.bad.example"})"
      "\n";
  const auto found = hits(conn(90, 4444) + dns + conn(120, 443) + conn(140, 4444) + conn(150, 4444));
  ASSERT_EQ(found.size(), 1U);
  const auto& hit = found.front();
  EXPECT_EQ(json::number_or(hit, "line"), 4U);
  EXPECT_EQ(json::text_or(hit, "value"), "198.51.100.7");
  const auto& matched = hit.at("sources").as_array().front().as_object().at("matched").as_array();
  ASSERT_EQ(matched.size(), 2U);
  EXPECT_EQ(json::number_or(matched[0].as_object(), "line"), 2U);
  EXPECT_EQ(json::text_or(matched[0].as_object(), "time"), "1970-01-01T00:01:40.500000Z");
  EXPECT_EQ(json::text_or(matched[1].as_object(), "file"), folder_ / "access.log");
  EXPECT_EQ(json::number_or(matched[1].as_object(), "line"), 4U);
}

TEST_F(ScanTest, AValueOnAWarningListIsHeldBackAndCounted) {
  know(IndicatorText{.pattern = "[ipv4-addr:value = '127.0.0.1']"}.json());
  lists_ = screen::WarningLists{screen::built_in_warning_lists()};
  EXPECT_TRUE(hits("from 127.0.0.1\n").empty());
  EXPECT_EQ(totals_.held_back, 1U);
  EXPECT_EQ(totals_.hits, 0U);
  const auto shown = hits("", true);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_FALSE(shown.front().at("warninglists").as_array().empty());
}

}  // namespace
}  // namespace tocsin::sensor
