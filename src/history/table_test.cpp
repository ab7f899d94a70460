#include "history/table.hpp"

#include <gmock/gmock.h>

#include "history/run.hpp"

namespace tocsin::history {
namespace {

std::string tagged(std::uint8_t tag, std::string_view text) {
  return static_cast<char>(tag) + std::string{text};
}

TEST(Table, CountsEachValueOnceForItsTag) {
  const std::string conn = "conn.log", dns = "dns.log";
  Table table{100'000};
  std::vector<std::string> texts;
  for (int i = 0; i < 3'000; ++i) texts.push_back("value " + std::to_string(i));
  for (std::uint32_t round = 0; round < 3; ++round) {
    std::vector<Observed> values;
    for (std::uint32_t i = 0; i < texts.size(); ++i)
      values.push_back({static_cast<std::uint8_t>(i % 2), 100 + round, texts[i], 1'000 * round + i});
    values.push_back({1, 50 + round, texts[0], 7});
    EXPECT_EQ(table.add(values, round == 0 ? conn : dns), values.size());
  }
  EXPECT_EQ(table.size(), 3'001U);
  const auto run = Run::of(*table.seal(tagged));
  ASSERT_TRUE(run);
  EXPECT_EQ((*run)->entries(), 3'001U);
  const auto found = (*run)->find(tagged(1, "value 7"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->count, 3U);
  EXPECT_EQ(found->first_second, 100U);
  EXPECT_EQ(found->last_second, 102U);
  EXPECT_EQ(found->first_file, conn);
  EXPECT_EQ(found->last_file, dns);
  EXPECT_EQ(found->last_offset_bytes, 2'007U);
  EXPECT_EQ((*run)->find(tagged(1, "value 0"))->first_second, 50U);
  EXPECT_EQ((*run)->find(tagged(0, "value 0"))->first_second, 100U);
}

TEST(Table, WhatFindsNoRoomIsNotTaken) {
  const std::string file = "a.log";
  Table table{2};
  const std::vector<Observed> values = {
      {0, 1, "a", 0}, {0, 1, "b", 0}, {0, 1, "a", 0}, {0, 1, "c", 0}, {0, 1, "a", 0}};
  EXPECT_EQ(table.add(values, file), 3U);
  EXPECT_EQ(table.size(), 2U);
}

TEST(Table, SpellingsOfOneValueLieUnderOneKey) {
  const std::string file = "a.log";
  Table table{10};
  const std::vector<Observed> values = {{0, 5, "A", 1}, {0, 9, "a", 2}};
  EXPECT_EQ(table.add(values, file), 2U);
  const auto run = Run::of(*table.seal([](std::uint8_t, std::string_view) { return std::string{"a"}; }));
  ASSERT_TRUE(run);
  EXPECT_EQ((*run)->entries(), 1U);
  EXPECT_EQ((*run)->find("a")->count, 2U);
  EXPECT_EQ((*run)->find("a")->first_second, 5U);
  EXPECT_EQ((*run)->find("a")->last_offset_bytes, 2U);
}

}  // namespace
}  // namespace tocsin::history
