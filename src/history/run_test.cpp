#include "history/run.hpp"

#include <gmock/gmock.h>

#include <map>

namespace tocsin::history {
namespace {

using Content = std::map<std::string, Trace>;

std::string bytes_of(const Content& content, std::uint32_t base_second = 1'000) {
  std::string out;
  RunWriter writer{[&](std::string_view part) {
                     out += part;
                     return Status{};
                   },
                   content.size(), base_second};
  for (const auto& [key, trace] : content) EXPECT_TRUE(writer.add(key, trace));
  EXPECT_TRUE(writer.finish());
  return out;
}

void expect_same(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.first_second, b.first_second);
  EXPECT_EQ(a.last_second, b.last_second);
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.first_file, b.first_file);
  EXPECT_EQ(a.last_file, b.last_file);
  EXPECT_EQ(a.last_offset_bytes, b.last_offset_bytes);
}

/// Keys that share beginnings, some as long as may be, over many blocks.
Content many() {
  Content out;
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    auto key = "k" + std::to_string(i * 7919 % 5'000);
    if (i % 500 == 0) key.append(key_bytes_max - key.size(), 'x');
    out[key] = {1'000 + i,
                1'000 + i + i % 3 * 86'400,
                i % 5 + 1,
                i % 2 == 0 ? "conn.log" : "dns.log",
                i % 3 == 0 ? "conn.log" : "http.log",
                std::uint64_t{i} << 20};
  }
  return out;
}

TEST(Run, HoldsWhatWasWrittenAndNothingElse) {
  const auto content = many();
  const auto run = Run::of(bytes_of(content));
  ASSERT_TRUE(run);
  EXPECT_EQ((*run)->entries(), content.size());
  for (const auto& [key, trace] : content) {
    const auto found = (*run)->find(key);
    ASSERT_TRUE(found) << key;
    expect_same(*found, trace);
  }
  for (int i = 5'000; i < 15'000; ++i) EXPECT_FALSE((*run)->find("k" + std::to_string(i)));
  EXPECT_FALSE((*run)->find(""));
  EXPECT_FALSE((*run)->find("z"));
}

TEST(Run, IsWalkedInOrderFromAnyKey) {
  const auto content = many();
  const auto run = Run::of(bytes_of(content));
  ASSERT_TRUE(run);
  for (const std::string from : {"", "k", "k25", "k4999", "k31x", "z"}) {
    auto expected = content.lower_bound(from);
    Run::Cursor cursor{*run, from};
    for (; cursor.next(); ++expected) {
      ASSERT_NE(expected, content.end());
      ASSERT_EQ(cursor.key(), expected->first);
      expect_same(cursor.trace(), expected->second);
    }
    EXPECT_EQ(expected, content.end()) << from;
  }
}

TEST(Run, ABrokenBlockIsPassedOverAndABrokenFrameRefused) {
  const auto whole = bytes_of(many());
  const auto good = Run::of(whole);
  std::uint64_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    const auto run = Run::of(bytes);
    if (!run) {
      ++refused;
      continue;
    }
    std::size_t walked = 0;
    for (Run::Cursor cursor{*run}; cursor.next();) ++walked;
    EXPECT_EQ((*run)->damaged(), 1U) << at;
    EXPECT_LT(walked, (*good)->entries());
    EXPECT_GT(walked + 200, (*good)->entries());
  }
  EXPECT_GT(refused, 10U);
  EXPECT_FALSE(Run::of(whole.substr(0, whole.size() - 1)));
  EXPECT_FALSE(Run::of(""));
}

TEST(Run, AnEmptyOneIsWhole) {
  const auto run = Run::of(bytes_of({}));
  ASSERT_TRUE(run);
  EXPECT_FALSE((*run)->find("a"));
  EXPECT_FALSE(Run::Cursor{*run}.next());
}

}  // namespace
}  // namespace tocsin::history
