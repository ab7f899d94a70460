#include "review_sheet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;

ReviewItem item() {
  ReviewItem out;
  out.object = R"({"id":"tool--1","name":"Bob's","description":"of Bob","goals":["a","b"],"x":1})";
  out.leaves = R"({"id":"tool--2","name":"redacted","x":1})";
  out.reviewed = R"({"id":"tool--2","name":"Bob's","description":"of [email]","goals":["a","b"],"x":1})";
  return out;
}

TEST(ReviewSheet, SaysWhatApprovingAdds) {
  std::string names;
  for (const auto& text : waiting_texts(item())) names += text.property + " ";
  EXPECT_EQ(names, "name description goals ");
  EXPECT_THAT(sheet_of(item()), HasSubstr("--- description\nof [email]\n"));
  EXPECT_THAT(sheet_of(item()), HasSubstr("--- goals\n[\"a\",\"b\"]\n"));
  auto withheld = item();
  withheld.leaves.clear();
  withheld.record = {{"findings", json::Array{json::Object{{"path", "goals[1]"}, {"rule", "card"}}}}};
  ASSERT_EQ(waiting_texts(withheld).size(), 1U);
  EXPECT_EQ(waiting_texts(withheld)[0].property, "goals");
}

TEST(ReviewSheet, WhatIsWrittenLeavesAndWhatIsRemovedDoesNot) {
  const auto same = with_sheet(item(), sheet_of(item()));
  ASSERT_TRUE(same) << same.error().detail;
  EXPECT_EQ(*json::parse(*same), *json::parse(item().reviewed));
  const auto edited = with_sheet(item(), "a remark\n--- description\na \"loader\"\n\n--- of two lines\n\n");
  ASSERT_TRUE(edited) << edited.error().detail;
  EXPECT_EQ(member_value(*edited, "description"), R"("a \"loader\"\n\n--- of two lines")");
  EXPECT_EQ(member_value(*edited, "name"), "\"redacted\"");
  EXPECT_EQ(member_value(*edited, "goals"), "");
  EXPECT_EQ(member_value(*edited, "x"), "1");
  EXPECT_EQ(member_value(*edited, "id"), "\"tool--2\"");
}

TEST(ReviewSheet, WhatCannotBeReadIsNamed) {
  const auto error = [](std::string_view sheet) { return with_sheet(item(), sheet).error().detail; };
  EXPECT_THAT(error(""), HasSubstr("no heading"));
  EXPECT_THAT(error("--- pattern\nx"), HasSubstr("pattern"));
  EXPECT_THAT(error("--- goals\n[\"a\"\n"), HasSubstr("goals"));
  EXPECT_THAT(error("--- name\na\n--- name\nb"), HasSubstr("twice"));
}

}  // namespace
}  // namespace tocsin::cli
