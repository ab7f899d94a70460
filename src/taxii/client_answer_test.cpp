#include "taxii/client_answer.hpp"

#include <gmock/gmock.h>

#include "taxii/client_position.hpp"
#include "taxii/client_request.hpp"
#include "taxii/client_url.hpp"

namespace tocsin::taxii::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Envelope> read(std::string_view body, std::size_t objects_max = 10) {
  static PageReader reader;
  return reader.read(body, objects_max);
}

TEST(ClientAnswer, ObjectsAreTheBytesThatTheServerSent) {
  const auto read_one = read(
      R"( {"next":"n", "objects" : [ {"id":"a--1", "modified":"m", "created":"c", "x":1.0e2} ,{"created":"c","é":"\u00e9"}
      ],"more":true} )");
  ASSERT_TRUE(read_one) << read_one.error().detail;
  ASSERT_EQ(read_one->objects.size(), 2U);
  EXPECT_EQ(read_one->objects[0].bytes, R"({"id":"a--1", "modified":"m", "created":"c", "x":1.0e2})");
  EXPECT_EQ(read_one->objects[0].id, "a--1");
  EXPECT_EQ(read_one->objects[0].version, "m");
  EXPECT_EQ(read_one->objects[1].bytes, R"({"created":"c","é":"\u00e9"})");
  EXPECT_EQ(read_one->objects[1].id, "");
  EXPECT_EQ(read_one->objects[1].version, "c");
  EXPECT_TRUE(read_one->more);
  EXPECT_EQ(read_one->next, "n");
}

TEST(ClientAnswer, EmptyPagesComeInManyForms) {
  for (const auto* body : {"{}", R"({"objects":[]})", R"({"objects":null,"next":null,"more":null})",
                           R"({"more":false})", R"({"type":"bundle","id":"bundle--1"})"}) {
    const auto empty = read(body);
    ASSERT_TRUE(empty) << body;
    EXPECT_TRUE(empty->objects.empty() && !empty->more && empty->next.empty()) << body;
  }
}

TEST(ClientAnswer, WhatCannotBeReadIsNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "not JSON"},
      {R"({"objects":[{"id":"a"})", "not JSON"},
      {"[]", "JSON object"},
      {R"({"more":"true"})", "'more'"},
      {R"({"next":7})", "'next'"},
      {R"({"objects":{}})", "'objects'"},
      {R"({"objects":[{},1]})", "number 2"},
      {R"({"objects":[{"a":tru}]})", "not JSON"},
      {R"({"objects":[{}],"objects":[{}]})", "one list"},
      {R"({"objects":[{},{},{},{},{},{},{},{},{},{},{}]})", "more than 10"},
  };
  for (const auto& [body, rule] : wrong) {
    const auto refused = read(body);
    ASSERT_FALSE(refused) << body;
    EXPECT_THAT(refused.error().detail, HasSubstr(rule)) << body;
  }
}

TEST(ClientAnswer, TheDefaultApiRootComesFirst) {
  const auto discovery = read_resource(R"({"title":"t","default":"/b/","api_roots":["/a/","/b/"]})");
  ASSERT_TRUE(discovery && discovery->discovery);
  EXPECT_THAT(discovery->discovery->api_roots, ElementsAre("/b/", "/a/"));
  const auto root = read_resource(R"({"title":"t","versions":["2.1"],"max_content_length":9})");
  ASSERT_TRUE(root);
  EXPECT_FALSE(root->discovery);
  EXPECT_FALSE(read_resource(R"({"title":"something else"})"));
  EXPECT_FALSE(read_resource("<html>"));
}

TEST(ClientUrl, IsHttpsAndHoldsNoSecrets) {
  EXPECT_EQ(parse_url("HTTPS://Host.Example:443")->text(), "https://host.example/");
  EXPECT_EQ(parse_url("https://h:8443/a?b=c#d")->text(), "https://h:8443/a?b=c");
  for (const auto* bad :
       {"http://h/", "h/a", "https://", "https://:1/", "https://h/a b", "https://h/../a", ""})
    EXPECT_FALSE(parse_url(bad)) << bad;
  for (const auto* url : {"https://me:secret@h/", "http://me:secret@h/"}) {
    const auto secret = parse_url(url);
    ASSERT_FALSE(secret);
    EXPECT_THAT(secret.error().detail, ::testing::Not(HasSubstr("secret")));
  }
}

TEST(ClientUrl, ApiRootsAreAbsoluteOrRelative) {
  const auto base = parse_url("https://h.example/taxii2/").value();
  EXPECT_EQ(resolve(base, "https://H.example/r/")->text(), "https://h.example/r/");
  EXPECT_EQ(resolve(base, "/r/")->text(), "https://h.example/r/");
  EXPECT_EQ(resolve(base, "r")->text(), "https://h.example/taxii2/r");
  EXPECT_EQ(resolve(base, "//other.example/r")->origin, "https://other.example");
  EXPECT_FALSE(resolve(base, "http://h.example/r/"));
  EXPECT_FALSE(resolve(base, "../r/"));
}

TEST(ClientPosition, ReadsAsItIsWritten) {
  const Position position{"https://h/r/collections/1/", from_micros(1'700'000'000'000'001), {"a 1", "b 2"}};
  EXPECT_EQ(read_position(to_json(position)).value(), position);
  const Position begun{"https://h/", std::nullopt, {}};
  EXPECT_EQ(read_position(to_json(begun)).value(), begun);
  EXPECT_FALSE(read_position(R"({"version":2,"collection":"c","seen":[]})"));
  EXPECT_FALSE(read_position(R"({"version":1,"seen":[]})"));
  EXPECT_FALSE(read_position(R"({"version":1,"collection":"c","added_after":"then"})"));
}

TEST(ClientRequest, RetryAfterIsSecondsOrADate) {
  using std::chrono::seconds;
  const auto now = std::chrono::system_clock::from_time_t(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(read_retry_after("120", now), seconds{120});
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), seconds{30});
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), seconds{0});
  for (const auto* bad : {"", "soon", "-1", "1.5", "99999999999999"})
    EXPECT_EQ(read_retry_after(bad, now), std::nullopt);
}

}  // namespace
}  // namespace tocsin::taxii::client
