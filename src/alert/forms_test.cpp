#include "alert/forms.hpp"

#include <gmock/gmock.h>

#include "alert/sender.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"

namespace tocsin::alert {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Speaker speaker{"edge 1", "s1", "0.1", 42};

const std::string line =
    R"({"type":"alert","time":"2026-11-23T13:24:00.004211Z","value":"198.51.100.7","path":"network-traffic:dst_ref.value",)"
    R"("record":{"id.resp_h":"198.51.100.7"},"file":"/var/log/conn.log","line":12,"offset":4711,"format":"zeek-json",)"
    R"("sources":[{"indicator":"indicator--a","name":"C2 | one=1","confidence":85,"tier":"high","circle_name":"energy","author":"ACME",)"
    R"("tlp":"amber+strict","date_added":"2026-11-23T13:00:00.000001Z"},{"indicator":"indicator--b","name":"two","circle_name":"port"}],"delay_ms":4.210})"
    "\n";

json::Object at(const json::Object& from, std::initializer_list<const char*> keys) {
  json::Object out = from;
  for (const auto* key : keys) out = json::Object{out.at(key).as_object()};
  return out;
}

TEST(Forms, EcsNamesEverySourceAsAnEnrichment) {
  const auto ecs = json::parse_object(in_form(Form::ecs, line, speaker));
  ASSERT_TRUE(ecs);
  EXPECT_EQ(json::text_or(*ecs, "@timestamp"), "2026-11-23T13:24:00.004211Z");
  EXPECT_EQ(json::text_or(at(*ecs, {"event"}), "kind"), "alert");
  EXPECT_EQ(json::text_or(at(*ecs, {"event"}), "original"), R"({"id.resp_h":"198.51.100.7"})");
  EXPECT_EQ(json::text_or(at(*ecs, {"log", "file"}), "path"), "/var/log/conn.log");
  EXPECT_EQ(json::dump(ecs->at("related")), R"({"ip":["198.51.100.7"]})");
  const auto list = ecs->at("threat").as_object().at("enrichments").as_array();
  ASSERT_EQ(list.size(), 2U);
  const auto first = at(list[0].as_object(), {"indicator"});
  EXPECT_EQ(json::text_or(first, "type"), "ipv4-addr");
  EXPECT_EQ(json::text_or(first, "ip"), "198.51.100.7");
  EXPECT_EQ(json::text_or(first, "confidence"), "High");
  EXPECT_EQ(json::text_or(first, "provider"), "ACME");
  EXPECT_EQ(json::text_or(at(first, {"marking"}), "tlp"), "AMBER+STRICT");
  EXPECT_EQ(json::text_or(at(list[0].as_object(), {"matched"}), "id"), "indicator--a");
  EXPECT_EQ(json::text_or(at(list[1].as_object(), {"indicator"}), "confidence"), "Not Specified");
}

TEST(Forms, EcsFieldsFollowTheKindOfValue) {
  const auto field = [](const char* path, const char* value) {
    const auto text = in_form(
        Form::ecs,
        std::string{R"({"type":"alert","sources":[{}],"value":")"} + value + R"(","path":")" + path + "\"}",
        speaker);
    return json::dump(json::parse_object(text)
                          ->at("threat")
                          .as_object()
                          .at("enrichments")
                          .as_array()[0]
                          .as_object()
                          .at("indicator"));
  };
  EXPECT_THAT(field("domain-name:value", "a.example"), HasSubstr(R"("url":{"domain":"a.example"})"));
  EXPECT_THAT(field("network-traffic:dst_ref.value", "a.example"), HasSubstr(R"("type":"domain-name")"));
  EXPECT_THAT(field("ipv6-addr:value", "2001:db8::1"), HasSubstr(R"("type":"ipv6-addr")"));
  EXPECT_THAT(field("file:hashes.'SHA-256'", "ab"), HasSubstr(R"("file":{"hash":{"sha256":"ab"}})"));
  EXPECT_THAT(field("file:hashes.'SHA-1'", "ab"), HasSubstr(R"("sha1":"ab")"));
  EXPECT_THAT(field("url:value", "http://a/"), HasSubstr(R"("url":{"full":"http://a/"})"));
  EXPECT_THAT(field("mutex:name", "m"), HasSubstr(R"("type":"mutex")"));
}

TEST(Forms, CefEscapesWhatWouldEndAField) {
  const auto cef = in_form(Form::cef, line, speaker);
  EXPECT_THAT(
      cef,
      StartsWith("CEF:0|Tocsin|sensor|0.1|alert|A value that a circle names was seen|8|rt=1795440240004 "));
  EXPECT_THAT(cef, HasSubstr("dst=198.51.100.7 "));
  EXPECT_THAT(cef, HasSubstr("cs1Label=indicators cs1=indicator--a indicator--b "));
  EXPECT_THAT(cef, HasSubstr("cs2=energy, port "));
  EXPECT_THAT(cef, HasSubstr("msg=C2 | one\\=1; two"));
  const auto hostile = in_form(Form::cef, R"({"type":"a|b\\","value":"x=\u001b[2J\n\\"})", speaker);
  EXPECT_THAT(hostile, HasSubstr("|a\\|b\\\\"));
  EXPECT_THAT(hostile, Not(HasSubstr("\x1b")));
  EXPECT_THAT(hostile, Not(HasSubstr("\n")));
  EXPECT_THAT(hostile, HasSubstr("cs3=x\\="));
}

TEST(Forms, SyslogIsRfc5424) {
  EXPECT_EQ(syslog_message(Form::json, line, speaker).substr(0, 76),
            R"(<35>1 2026-11-23T13:24:00.004211Z edge_1 tocsin 42 alert - {"type":"alert",")");
  const auto low = syslog_message(Form::cef, R"({"type":"muted","time":"x"})", speaker);
  EXPECT_THAT(low, StartsWith("<36>1 - edge_1 tocsin 42 muted - CEF:0|"));
}

TEST(Forms, ALongRecordIsLeftOutOfSyslogAndSaidSo) {
  auto large = line;
  large.replace(large.find("198.51.100.7\"},"), 12, std::string(9000, 'x'));
  const auto message = syslog_message(Form::json, large, speaker);
  EXPECT_LT(message.size(), 2000U);
  EXPECT_THAT(message, HasSubstr(R"("record_bytes":9016)"));
  EXPECT_THAT(message, HasSubstr("indicator--b"));
}

TEST(Forms, HecEventsHoldTheLineAsItIs) {
  const auto event = hec_event(line, speaker);
  const auto read = json::parse_object(event);
  ASSERT_TRUE(read) << event;
  EXPECT_DOUBLE_EQ(read->at("time").as_double(), 1795440240.004211);
  EXPECT_EQ(json::text_or(*read, "source"), "/var/log/conn.log");
  EXPECT_THAT(event, HasSubstr("\"event\":" + line.substr(0, line.size() - 1) + "}"));
}

TEST(Forms, NothingMovesATerminal) {
  const std::string hostile =
      "{\"a\":\"\xc2\x9b"
      "31m \xe2\x80\xae \xe2\x81\xa6 \x7f \xc3\xa9 \xe2\x82\xac\"}\n";
  const auto shown = for_terminal(hostile);
  EXPECT_EQ(shown, "{\"a\":\"\\u009b31m \\u202e \\u2066 \\u007f \xc3\xa9 \xe2\x82\xac\"}\n");
  EXPECT_EQ(*json::parse(shown), *json::parse(hostile)) << "and it says the same";
}

TEST(Forms, TiersAreThoseOfTheStandard) {
  EXPECT_EQ(tier(std::nullopt), "unknown");
  EXPECT_EQ(tier(0), "none");
  EXPECT_EQ(tier(1), "low");
  EXPECT_EQ(tier(29), "low");
  EXPECT_EQ(tier(30), "medium");
  EXPECT_EQ(tier(69), "medium");
  EXPECT_EQ(tier(70), "high");
}

TEST(Webhook, IsSignedAsStandardWebhooksSays) {
  // The example of the specification's own libraries.
  const auto headers = webhook_headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", R"({"test": 2432232314})",
                                       Timestamp{std::chrono::seconds{1614265330}});
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[1].second, "1614265330");
  const auto key = *from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(headers[2].second,
            "v1," + to_base64(hmac_sha256(as_bytes(key),
                                          headers[0].second + R"(.1614265330.{"test": 2432232314})")));
  EXPECT_EQ(webhook_headers("x", "body", {})[0].second,
            webhook_headers("y", "body", Timestamp{std::chrono::hours{1}})[0].second)
      << "the id is the alert's";
}

}  // namespace
}  // namespace tocsin::alert
