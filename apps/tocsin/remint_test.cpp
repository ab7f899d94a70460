#include "remint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> mine{"identity--11111111-1111-4111-8111-111111111111"};
const std::string own_id = "indicator--22222222-2222-4222-8222-222222222222";
const std::string own_tool = "tool--33333333-3333-4333-8333-333333333333";

class Remint : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("tocsin-minted-" + uuid4())).string();
    mapping_.emplace(*Mapping::open(path_, key_));
    mapping_->minted(own_id);
    mapping_->minted(own_tool);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string path_;
  std::string key_ = Mapping::new_key();
  std::optional<Mapping> mapping_;
};

TEST_F(Remint, OwnObjectsLoseTheirCreatorAndTheirIdsEverywhere) {
  const std::string object = R"({"type":"indicator","created_by_ref":")" + mine[0] + R"(","id":")" + own_id +
                             R"(","description":"see <)" + own_tool + R"(>","x_refs":[")" + own_tool +
                             R"("],"n":1.0})";
  const auto out = reminted(object, mine, *mapping_);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_THAT(*out, Not(HasSubstr("created_by_ref")));
  EXPECT_THAT(*out, Not(HasSubstr(own_id)));
  EXPECT_THAT(*out, HasSubstr("see <" + mapping_->find(own_tool) + ">"));
  EXPECT_THAT(*out, HasSubstr(R"("x_refs":[")" + mapping_->find(own_tool) + R"("])"));
  EXPECT_THAT(*out, HasSubstr(R"("n":1.0)")) << "numbers keep their form";
}

TEST_F(Remint, ObjectsOfOthersPassWholeOrNotAtAll) {
  const std::string theirs = R"({"type":"indicator","created_by_ref":"identity--9","id":"indicator--8"})";
  EXPECT_EQ(*reminted(theirs, mine, *mapping_), theirs);
  for (const auto& telling :
       {R"({"type":"relationship","id":"relationship--8","target_ref":")" + own_id + R"("})",
        R"({"type":"identity","id":")" + mine[0] + R"(","name":"Us"})",
        R"({"type":"note","id":"note--8","content":"from )" + mine[0] + R"("})",
        // Written with an escape, it still names the object.
        R"({"type":"note","id":"note--8","content":"\u0069)" + own_id.substr(1) + R"("})",
        R"({"type":"note","created_by_ref":")" + mine[0] + R"(","id":")" + own_id + R"(","x":"\u0069)" +
            mine[0].substr(1) + R"("})"})
    EXPECT_EQ(reminted(telling, mine, *mapping_).error().code, Errc::denied) << telling;
}

TEST_F(Remint, TheMappingStaysTheSameAndIsReadByItsKeyOnly) {
  const auto first = mapping_->minted(own_id);
  ASSERT_TRUE(mapping_->save());
  const auto again = Mapping::open(path_, key_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->find(own_id), first);
  EXPECT_TRUE(again->knows(first));
  EXPECT_THAT(*read_file(path_), Not(HasSubstr("indicator")));
  EXPECT_EQ(Mapping::open(path_, Mapping::new_key()).error().code, Errc::corrupt);
}

TEST(RawJson, FindsAndTakesOutOnlyTheTopLevelMember) {
  EXPECT_EQ(without_member(R"({"a":1,"b":{"a":2},"c":"x,}\""})", "a"), R"({"b":{"a":2},"c":"x,}\""})");
  EXPECT_EQ(without_member(R"({"b":{"a":2},"a":[1,{"a":3}]})", "a"), R"({"b":{"a":2}})");
  EXPECT_EQ(without_member(R"({"a":1})", "a"), "{}");
  EXPECT_EQ(without_member(R"({"b":"\"a\":1,"})", "a"), R"({"b":"\"a\":1,"})");
  EXPECT_EQ(member_value(R"({"entries":[{"next":1}],"next":42,"head":50})", "next"), "42");
  EXPECT_EQ(member_value(R"({"entries":[{"next":1}]})", "next"), "");
}

}  // namespace
}  // namespace tocsin::cli
