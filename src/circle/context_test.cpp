#include "circle/context.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::circle {
namespace {

bool lacks(std::string_view fields) {
  stix::Object object;
  object.type = "indicator";
  object.bytes = R"({"type":"indicator","pattern":"[a:b = 'c']")" + std::string{fields} + '}';
  return lacks_context(object);
}

TEST(Context, OneOfThreeIsEnough) {
  EXPECT_TRUE(lacks(""));
  EXPECT_TRUE(lacks(R"(,"confidence":0)"));
  EXPECT_FALSE(lacks(R"(,"confidence":1)"));
  EXPECT_TRUE(lacks(R"(,"kill_chain_phases":[])"));
  EXPECT_FALSE(lacks(R"(,"kill_chain_phases":[{"kill_chain_name":"k","phase_name":"p"}])"));
  EXPECT_TRUE(lacks(R"(,"name":"45.155.205.7")"));
  EXPECT_TRUE(lacks(R"(,"name":"evil.example")")) << "a value is no sentence";
  EXPECT_TRUE(lacks(R"(,"name":"a b c d e f")"));
  EXPECT_TRUE(lacks(R"(,"description":"bad, bad!")"));
  EXPECT_FALSE(lacks(R"(,"description":"Beacon of the loader")"));
  EXPECT_FALSE(lacks(R"(,"name":"Сервер управления ботнетом")"));
}

TEST(Context, OnlyIndicatorsThatAreNotRevokedNeedIt) {
  stix::Object object;
  object.type = "malware";
  object.bytes = "{}";
  EXPECT_FALSE(lacks_context(object));
  object.type = "indicator";
  object.revoked = true;
  EXPECT_FALSE(lacks_context(object));
}

}  // namespace
}  // namespace tocsin::circle
