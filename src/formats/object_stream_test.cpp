#include "formats/object_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tocsin::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Cut {
  std::vector<std::string> objects, problems;
  std::string error;
};

Cut cut(std::string_view text, std::size_t piece = 1 << 20, ObjectStream::Options options = {}) {
  Cut out;
  ObjectStream stream{std::move(options)};
  const auto take = [&](const ObjectStream::Item& item) {
    if (item.problem.empty())
      out.objects.emplace_back(item.bytes);
    else
      out.problems.push_back(std::to_string(item.number) + ": " + std::string{item.problem});
  };
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (auto fed = stream.feed(text.substr(at, piece), take); !fed) {
      out.error = fed.error().detail;
      return out;
    }
  if (auto finished = stream.finish(); !finished) out.error = finished.error().detail;
  return out;
}

// Goal:   every form of submission gives the same objects, wherever the pieces are cut.
// Method: each form, fed whole and in pieces of 1 to 7 bytes.
TEST(ObjectStream, EveryFormGivesTheSameObjectsHoweverItIsCut) {
  const std::string a = R"({"type":"x","n":{"objects":[1, 2]},"t":"a } ] \" \\"})";
  const std::string compact_a = R"({"type":"x","n":{"objects":[1,2]},"t":"a } ] \" \\"})";
  const std::string b = R"({"id":"b"})";
  const std::vector<std::string> forms{
      a + "\n" + b + "\n",
      a + b,
      "[" + a + " ,\n" + b + "]",
      R"({"type":"bundle","id":"bundle--1","objects":[)" + a + "," + b + R"(],"more":{"objects":[3]}})",
      R"({ "objects" : [)" + a + "," + b + R"(] , "type" : "bundle" })",
      "\xef\xbb\xbf{\"more\":false,\"objects\":[" + a + "]}\n\n" + b,
  };
  for (const auto& form : forms)
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
      const auto out = cut(form, piece);
      EXPECT_THAT(out.objects, ElementsAre(compact_a, b)) << form << " in pieces of " << piece;
      EXPECT_THAT(out.problems, IsEmpty()) << form;
      EXPECT_EQ(out.error, "") << form;
    }
}

TEST(ObjectStream, AnObjectWithAListNamedObjectsStaysWhole) {
  const std::string object = R"({"type":"x-thing","objects":[{"id":"a"}]})";
  EXPECT_THAT(cut(object).objects, ElementsAre(object));
  // With the list in front of the type nobody can tell before the list is over: refused, not mis-cut
  // silently.
  EXPECT_THAT(cut(R"({"objects":[{"id":"a"}],"type":"x-thing"})").error, HasSubstr("cannot be told"));
}

TEST(ObjectStream, TakingOutWhiteSpaceNeverMakesAnotherValue) {
  const auto out = cut("{\"a\":1 2}\n{\"a\":tru e}\n{\"a\": 1 ,\"b\" : true }\n");
  EXPECT_THAT(out.objects, ElementsAre(R"({"a":1,"b":true})"));
  EXPECT_THAT(out.problems, ElementsAre(HasSubstr("white space"), HasSubstr("white space")));
}

TEST(ObjectStream, ABadLineDoesNotStopTheNext) {
  const auto out = cut("{\"a\":1]\n{\"b\":2}\nhello {\n{\"c\":3}\n");
  EXPECT_THAT(out.objects, ElementsAre(R"({"b":2})", R"({"c":3})"));
  EXPECT_THAT(out.problems, ElementsAre(HasSubstr("1: brackets"), HasSubstr("3: this line")));
  EXPECT_EQ(out.error, "");
}

TEST(ObjectStream, ABadElementDoesNotStopTheList) {
  const auto out = cut("[{\"a\":\"x\ny\"}, 5, \"t,]\", [1,{}], {\"b\":2}]");
  EXPECT_THAT(out.objects, ElementsAre(R"({"b":2})"));
  EXPECT_THAT(out.problems, ElementsAre(HasSubstr("control character"), HasSubstr("2: something"),
                                        HasSubstr("3: something"), HasSubstr("4: a list")));
}

TEST(ObjectStream, AfterABadLastElementTheEnvelopeStillEndsWhereItEnds) {
  const auto out = cut(R"({"objects":[5],"x":]1}{"objects":[{"a":1},"t"],"x":[1]}{"b":2})");
  EXPECT_THAT(out.error, HasSubstr("brackets do not match"));
  EXPECT_THAT(cut(R"({"objects":[{"a":1},"t"],"x":[1]}{"b":2})").objects,
              ElementsAre(R"({"a":1})", R"({"b":2})"));
}

TEST(ObjectStream, LimitsHoldAndTheRestIsRead) {
  const std::string large = R"({"t":")" + std::string(100, 'x') + R"("})";
  for (const std::size_t piece : {1U, 1000U}) {
    const auto out = cut(R"({"objects":[)" + large + R"(,{"a":1}]})", piece, {.object_bytes_max = 50});
    EXPECT_THAT(out.objects, ElementsAre(R"({"a":1})"));
    EXPECT_THAT(out.problems, ElementsAre(HasSubstr("larger than 50")));
  }
  EXPECT_THAT(cut(std::string(100, '{')).problems, ElementsAre(HasSubstr("too deeply")));
}

TEST(ObjectStream, ATextThatEndsTooEarlyIsAnError) {
  for (const auto* text : {"{\"a\":1", "[{\"a\":1}", R"({"objects":[{"a":1}])", "{\"a\":\"}"})
    EXPECT_THAT(cut(text).error, HasSubstr("ends inside")) << text;
}

TEST(ObjectStream, AnotherListCanBeTakenApart) {
  EXPECT_THAT(cut(R"({"entries":[{"object":{"objects":[]}}],"next":3})", 5, {.list_key = "entries"}).objects,
              ElementsAre(R"({"object":{"objects":[]}})"));
}

}  // namespace
}  // namespace tocsin::formats
