#include "sensor/config.hpp"

#include <gmock/gmock.h>

namespace tocsin::sensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SensorConfig, ReadsTheKeysOfTheOptions) {
  const auto config = parse_config(R"(
circle = ["energy", "health"]
file = "/var/log/zeek/conn.log=zeek-json"
state = "/var/lib/tocsin"
sightings = "count"
subdomains = true
warning-lists = "/usr/share/lists"
)");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_THAT(config->circles, ElementsAre("energy", "health"));
  EXPECT_THAT(config->files, ElementsAre("/var/log/zeek/conn.log=zeek-json"));
  EXPECT_EQ(config->state, "/var/lib/tocsin");
  EXPECT_EQ(config->alerts, "");
  EXPECT_EQ(config->sightings, "count");
  EXPECT_TRUE(config->subdomains);
  EXPECT_FALSE(config->from_start);
}

TEST(SensorConfig, RefusesWhatWouldSilentlyDoNothing) {
  for (const auto& [text, part] : {std::pair{"circles = \"energy\"", "no key 'circles'"},
                                   {"subdomains = \"yes\"", "'subdomains' must be true or false"},
                                   {"file = [1]", "'file' must be a"},
                                   {"sightings = \"all\"", "off, count or named"},
                                   {"circle = [", "line 1"}}) {
    const auto config = parse_config(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().detail, HasSubstr(part));
  }
}

TEST(SensorConfig, TakesAFormatOnlyWhenItIsOne) {
  EXPECT_EQ(file_and_format("a=b.log"), (std::pair{std::string{"a=b.log"}, observe::Format::automatic}));
  EXPECT_EQ(file_and_format("a=b.log=eve"), (std::pair{std::string{"a=b.log"}, observe::Format::eve}));
}

}  // namespace
}  // namespace tocsin::sensor
