#include "sensor/explain.hpp"

#include <gmock/gmock.h>

namespace tocsin::sensor {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view conn =
    R"({"_path":"conn","ts":100.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":4444,"proto":"tcp"})"
    "\n";
constexpr std::string_view dns =
    R"({"_path":"dns","ts":130.5,"uid":"C2","id.orig_h":"10.0.0.1","query":"x.bad.example"})"
    "\n";

json::Object explained(std::string_view pattern, std::string_view lines) {
  const auto out = explain(pattern, lines, observe::Format::automatic, Timestamp{});
  EXPECT_TRUE(out) << out.error().detail;
  return out ? *out : json::Object{};
}
std::string why(const json::Object& said) {
  return json::text_or(said, "why");
}

TEST(Explain, SaysWhatTheRecordTellsAndWhatHeld) {
  const auto said =
      explained("[network-traffic:dst_port > 4000 AND network-traffic:dst_ref.value = '198.51.100.7']", conn);
  EXPECT_TRUE(said.at("match").as_bool());
  EXPECT_EQ(why(said), "fulfilled by line 1");
  EXPECT_EQ(json::text_or(said, "how"), "evaluated, woken by a value of network-traffic:dst_ref.value");
  const auto& record = said.at("records").as_array().at(0).as_object();
  EXPECT_EQ(json::text_or(record, "format"), "zeek-json");
  EXPECT_EQ(json::text_or(record, "time"), "1970-01-01T00:01:40.500000Z");
  EXPECT_THAT(json::dump(record), HasSubstr(R"("path":"network-traffic:dst_port","value":"4444")"));
  const auto& comparisons = said.at("observations").as_array().at(0).as_object().at("comparisons").as_array();
  EXPECT_EQ(json::dump(comparisons.at(0)),
            R"({"comparison":"network-traffic:dst_port > 4000","records":[1],"told":["4444"]})");
}

TEST(Explain, SaysWhyNot) {
  EXPECT_EQ(why(explained("[network-traffic:dst_port = 443]", conn)),
            "no record fulfils [network-traffic:dst_port = 443]: network-traffic:dst_port = 443 does not "
            "hold; the log "
            "tells [\"4444\"]");
  EXPECT_THAT(why(explained("[file:name LIKE 'x%']", conn)), HasSubstr("no record tells file:name"));
  EXPECT_THAT(why(explained("[ipv4-addr:value = '10.0.0.1' AND ipv4-addr:value != '10.0.0.1']", conn)),
              HasSubstr("not together on one object"));
  const std::string both = std::string{conn} + std::string{dns};
  constexpr std::string_view in_order =
      "[domain-name:value LIKE '%.bad.example'] FOLLOWEDBY [network-traffic:dst_port > 4000]";
  const auto not_in_order = explained(in_order, both);
  EXPECT_FALSE(not_in_order.at("match").as_bool());
  EXPECT_THAT(why(not_in_order), StartsWith("each [ ] is fulfilled, but not"));
  EXPECT_EQ(why(explained("([domain-name:value LIKE '%.bad.example'] AND [network-traffic:dst_port > 4000]) "
                          "WITHIN 31 SECONDS",
                          both)),
            "fulfilled by lines 1 2");
}

TEST(Explain, WhatNoSensorEvaluatesIsAnError) {
  for (const auto pattern : {"[file:name = ]", "[file:name MATCHES '(?=a)']", "[artifact:url = 'x']"})
    EXPECT_FALSE(explain(pattern, conn, observe::Format::automatic, Timestamp{})) << pattern;
  EXPECT_FALSE(explain("[file:name = 'x']", "", observe::Format::automatic, Timestamp{}));
  EXPECT_FALSE(explain("[file:name = 'x']", "{broken", observe::Format::zeek_json, Timestamp{}));
}

}  // namespace
}  // namespace tocsin::sensor
