#include "stix/object.hpp"

#include <gtest/gtest.h>

namespace tocsin::stix {
namespace {

constexpr std::string_view indicator =
    R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
    R"("created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z",)"
    R"("pattern":"[ipv4-addr:value = '198.51.100.1']","pattern_type":"stix","valid_from":"2016-01-01T00:00:00Z"})";

TEST(ParseObject, SumsUpAnIndicator) {
  Parser parser;
  const auto parsed = parser.parse_object(indicator);
  ASSERT_TRUE(parsed.object) << parsed.problems.at(0).reason;
  EXPECT_EQ(parsed.object->bytes, indicator);
  EXPECT_EQ(parsed.object->type, "indicator");
  EXPECT_EQ(parsed.object->version(), "2016-04-06T20:03:48.000Z");
}

}  // namespace
}  // namespace tocsin::stix
