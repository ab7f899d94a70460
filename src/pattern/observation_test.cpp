#include "pattern/observation.hpp"

#include <gmock/gmock.h>

#include "pattern/testing.hpp"

namespace tocsin::pattern {
namespace {

constexpr std::string_view file =
    R"({"type":"file","id":"file--1","name":"a","parent_directory_ref":"directory--1"})";
constexpr std::string_view directory = R"({"type":"directory","id":"directory--1","path":"/tmp"})";

std::string observed_data(std::string_view properties) {
  return R"({"type":"observed-data","id":"observed-data--1","first_observed":"2020-01-01T00:00:00Z",)"
         R"("last_observed":"2020-01-01T00:00:05.5Z",)" +
         std::string{properties} + "}";
}

TEST(ObservationReader, FindsWhatIsReferredToBeforeAndBehind) {
  ObservationReader reader;
  ASSERT_TRUE(reader.add(file));
  ASSERT_TRUE(reader.add(observed_data(R"("number_observed":3,"object_refs":["file--1","directory--1"])")));
  ASSERT_TRUE(reader.add(directory));
  const auto all = reader.take();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "observed-data--1");
  EXPECT_EQ(all[0].count, 3U);
  EXPECT_EQ(to_rfc3339(all[0].last), "2020-01-01T00:00:05.500000Z");
  EXPECT_EQ(verdict("[file:parent_directory_ref.path = '/tmp']", all), "match");
  EXPECT_TRUE(reader.take().empty());
}

TEST(ObservationReader, FollowsOnlyWhatTheObservationLists) {
  ObservationReader reader;
  ASSERT_TRUE(reader.add(
      R"({"type":"bundle","id":"bundle--1","objects":[)" + std::string{file} + "," + std::string{directory} +
      "," + observed_data(R"("number_observed":1,"object_refs":["file--1"],"objects":{})") + "]}"));
  const auto all = reader.take();
  EXPECT_EQ(verdict("[file:name = 'a']", all), "match");
  EXPECT_EQ(verdict("[file:parent_directory_ref.path = '/tmp']", all), "no match") << "not in object_refs";
  EXPECT_EQ(verdict("[directory:path = '/tmp']", all), "no match");
}

TEST(ObservationReader, ReadsTheDeprecatedDictionary) {
  ObservationReader reader;
  ASSERT_TRUE(reader.add(observed_data(
      R"("number_observed":1,"objects":{"0":{"type":"file","name":"a","parent_directory_ref":"1"},"1":)" +
      std::string{directory} + "}")));
  EXPECT_EQ(verdict("[file:parent_directory_ref.path = '/tmp']", reader.take()), "match");
}

TEST(ObservationReader, KeepsTheNewerOfTwoVersions) {
  const auto version = [](std::string_view modified, std::string_view count) {
    return observed_data(R"("object_refs":["file--1"],"modified":")" + std::string{modified} +
                         R"(","number_observed":)" + std::string{count});
  };
  ObservationReader reader;
  ASSERT_TRUE(reader.add(version("2021-01-01T00:00:00Z", "7")));
  ASSERT_TRUE(reader.add(version("2020-01-01T00:00:00Z", "1")));
  const auto all = reader.take();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].count, 7U);
}

TEST(ObservationReader, SaysWhatIsWrong) {
  const struct {
    std::string object;
    std::string_view error;
  } cases[] = {
      {observed_data(R"("number_observed":0,"object_refs":[])"), "number_observed must be a number from 1"},
      {observed_data(R"("number_observed":1)"), "neither object_refs nor objects"},
      {observed_data(R"("number_observed":1,"objects":[])"), "objects must be a dictionary"},
      {observed_data(R"("number_observed":1,"objects":{"0":1})"), "objects must hold objects"},
      {observed_data(R"("object_refs":[])"), "number_observed"},
      {R"({"type":"observed-data","first_observed":"yesterday"})", "yesterday"},
      {R"({"type":"observed-data","first_observed":"2020-01-02T00:00:00Z","last_observed":"2020-01-01T00:00:00Z"})",
       "last_observed lies before first_observed"},
      {R"({"type":"bundle","objects":{}})", "must be a list"},
      {"[]", ""},
  };
  for (const auto& [object, error] : cases) {
    ObservationReader reader;
    const auto added = reader.add(object);
    ASSERT_FALSE(added) << object;
    EXPECT_THAT(added.error().detail, testing::HasSubstr(error));
    EXPECT_TRUE(reader.take().empty());
  }
}

TEST(ObservationReader, KeepsItsLimit) {
  ObservationReader reader{{.objects_max = 1}};
  ASSERT_TRUE(reader.add(file));
  const auto over = reader.add(directory);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::overloaded);
  EXPECT_THAT(over.error().detail, testing::HasSubstr("objects_max"));
}

}  // namespace
}  // namespace tocsin::pattern
