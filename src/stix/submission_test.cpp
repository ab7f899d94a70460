#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

std::string url(int number) {
  return R"({"type":"url","id":"url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef40)" + std::to_string(number) +
         R"(","value":"http://a.example/"})";
}

/// One character an object: + accepted, - refused; or the error of the whole.
std::string verdicts(std::string_view body, Limits limits = {}) {
  Parser parser{limits};
  const auto parsed = parser.parse_submission(body);
  if (!parsed) return parsed.error().detail;
  std::string all;
  for (const auto& one : *parsed) all += one.object ? '+' : '-';
  return all;
}

TEST(ParseSubmission, TakesEveryWrapper) {
  const auto two = url(1) + "," + url(2);
  EXPECT_EQ(verdicts(url(1)), "+");
  EXPECT_EQ(verdicts("\xef\xbb\xbf " + url(1) + "\r\n"), "+");
  EXPECT_EQ(verdicts(R"({"type":"bundle","id":"x","objects":[)" + two + "]}"), "++");
  EXPECT_EQ(verdicts(R"({"objects":[)" + two + R"(],"more":false})"), "++");
  EXPECT_EQ(verdicts(R"({"objects":[],"type":"bundle"})"), "");
  EXPECT_EQ(verdicts(R"({"type":"bundle","id":"x"})"), "");
  EXPECT_EQ(verdicts("[" + two + "]"), "++");
  EXPECT_EQ(verdicts(url(1) + "\n" + url(2)), "++");
  EXPECT_EQ(verdicts(url(1) + "\r\n\r\n" + url(2) + "\n"), "++");
  EXPECT_EQ(verdicts(R"({"objects":[)" + url(1) + "]}\n[" + two + "]\n" + url(3)), "++++");
  EXPECT_EQ(verdicts("{\n\"objects\" : [\n" + url(1) + ",\n" + url(2) + "\n]\n}"), "++");
}

TEST(ParseSubmission, AListNamedObjectsAloneMakesNoWrapper) {
  const std::string own =
      R"("id":"x-own--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef401","objects":[)" + url(1) + "," + url(2) + "]";
  EXPECT_EQ(verdicts(R"({"type":"x-own",)" + own + "}"), "+");
  EXPECT_EQ(verdicts("{" + own + R"(,"type":"x-own"})"), "+");
  EXPECT_EQ(verdicts("{" + own + R"(,"type":"bundle"})"), "++");
  EXPECT_EQ(verdicts("{" + own + R"(,"type":5})"), "-");
}

TEST(ParseSubmission, KeepsTheBytesOfEachPartAlone) {
  Parser parser;
  const auto parsed = parser.parse_submission("{ \"objects\" : [\n  " + url(1) + " ,\n" + url(2) + "\n ] } ");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ(parsed->at(0).object->bytes, url(1));
  EXPECT_EQ(parsed->at(1).object->bytes, url(2));
}

TEST(ParseSubmission, OneBadObjectFailsNoOther) {
  Parser parser;
  const auto parsed =
      parser.parse_submission(R"({"objects":[)" + url(1) +
                              R"(,{"type":"url"},5,"x",null,{"a":1e999},{"a":"\ud800"},)" + url(2) + "]}");
  ASSERT_TRUE(parsed) << parsed.error().detail;
  std::vector<std::string> seen;
  for (const auto& one : *parsed)
    seen.push_back(one.object ? "+" : one.problems[0].id + " " + one.problems[0].rule);
  EXPECT_THAT(seen, testing::ElementsAre("+", "(object 2) missing-property", "(object 3) not-an-object",
                                         "(object 4) not-an-object", "(object 5) not-an-object",
                                         "(object 6) bad-number", "(object 7) bad-string", "+"));
}

TEST(ParseSubmission, ABrokenLineIsOneRefusedObject) {
  EXPECT_EQ(verdicts(url(1) + "\n{\"type\":\n" + url(2)), "+-+");
  EXPECT_EQ(verdicts("{\"type\":\n" + url(1) + "\n" + url(2)), "-++");
  EXPECT_EQ(verdicts("not json\n" + url(1)), "-+");
  EXPECT_EQ(verdicts(url(1) + "\n{\"a\":\"\xff\"}\n\"text\"\n[" + url(2) + ",]"), "+---");
  EXPECT_EQ(verdicts(url(1) + "\n\"never ends\n" + url(2)), "+-+");
}

TEST(ParseSubmission, RefusesABodyThatIsNoJson) {
  for (const std::string& body : std::vector<std::string>{"",
                                                          "  ",
                                                          "5",
                                                          "\"x\"",
                                                          "null",
                                                          "{",
                                                          "[",
                                                          "{\"objects\":[" + url(1),
                                                          "{\"objects\":[" + url(1) + "]} x",
                                                          "{\"objects\":[" + url(1) + ",]}",
                                                          "{\"objects\":[" + url(1) + "],}",
                                                          "{\"objects\":[{\"a\":1]]}",
                                                          "{\"objects\":[" + url(1) + "],\"more\":tru}",
                                                          "{\"objects\":[" + url(1) + "],\"objects\":[]}",
                                                          "{\"type\":\"bundle\",\"objects\":{\"0\":1}}",
                                                          "[" + url(1) + "] []",
                                                          "{\"objects\":[" + url(1) + " " + url(2) + "]}",
                                                          "{\"objects\":[\"\xff\"]}",
                                                          std::string("{\"a\":\"\0\"}", 9),
                                                          std::string(100'000, '['),
                                                          "{\"a\":1 2}"}) {
    Parser parser;
    const auto parsed = parser.parse_submission(body);
    ASSERT_FALSE(parsed) << body.substr(0, 200);
    EXPECT_EQ(parsed.error().code, Errc::invalid_input);
  }
}

TEST(ParseSubmission, KeepsItsLimits) {
  const auto two = R"({"objects":[)" + url(1) + "," + url(2) + "]}";
  EXPECT_EQ(verdicts(two, {.body_bytes_max = two.size()}), "++");
  EXPECT_THAT(verdicts(two, {.body_bytes_max = two.size() - 1}), testing::HasSubstr("larger than"));
  EXPECT_EQ(verdicts(two, {.objects_max = 2}), "++");
  EXPECT_THAT(verdicts(two, {.objects_max = 1}), testing::HasSubstr("more than 1 objects"));
  EXPECT_THAT(verdicts(url(1) + "\n" + url(2), {.objects_max = 1}),
              testing::HasSubstr("more than 1 objects"));
  EXPECT_EQ(verdicts(two, {.object_bytes_max = url(1).size()}), "++");
  EXPECT_EQ(verdicts(two, {.object_bytes_max = url(1).size() - 1}), "--");
}

TEST(ParseSubmission, OneParserReadsManyBodies) {
  Parser parser;
  const std::string large = "[" + url(1) + "," + std::string(1 << 20, ' ') + url(2) + "]";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(parser.parse_submission(large)->size(), 2U);
    EXPECT_FALSE(parser.parse_submission("{"));
    EXPECT_EQ(parser.parse_submission(url(3))->at(0).object->bytes, url(3));
    EXPECT_EQ(parser.parse_object(url(4)).object->bytes, url(4));
  }
}

}  // namespace
}  // namespace tocsin::stix
