#include "views/keys.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tocsin::views {
namespace {

TEST(Keys, numbers_keep_their_order_and_come_back) {
  const std::vector<std::uint64_t> numbers{0, 1, 255, 256, 65'535, 65'536, 1ULL << 40, ~0ULL};
  std::string before;
  for (const auto number : numbers) {
    std::string text;
    append_ordered(text, number);
    EXPECT_TRUE(number == 0 || before < text) << number;
    before = text;
    std::string_view rest = text;
    EXPECT_EQ(take_ordered(rest), number);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Keys, a_cut_or_oversized_number_is_none) {
  for (const std::string_view bad : {std::string_view{}, std::string_view{"\x02\x01"},
                                     std::string_view{"\x09"
                                                      "123456789"}}) {
    auto rest = bad;
    EXPECT_FALSE(take_ordered(rest).has_value());
    EXPECT_EQ(rest, bad);
  }
}

TEST(Keys, versions_come_back_and_take_half) {
  for (const std::string text :
       {"", "2016-05-12T08:17:27Z", "2016-05-12T08:17:27.000Z", "2016-05-12T08:17:27.0Z",
        "2016-05-12T08:17:27.123456Z", "2016-05-12T08:17:27.1234567890123Z", "2016-05-12T08:17:27.Z",
        "2016-05-12T08:17:27+00:00", "Z", "yesterday", "2016-05-12T08:17:27.12x4Z", "2016/05/12T08:17:27Z",
        "2016-05-12T08:17:27.000z"}) {
    EXPECT_EQ(unpack_version(pack_version(text)), text);
  }
  EXPECT_EQ(pack_version("2016-05-12T08:17:27.000Z").size(), 9U);
  EXPECT_EQ(pack_version("2016-05-12T08:17:27Z").size(), 7U);
}

TEST(Keys, different_ids_have_different_groups) {
  const std::string uuid = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";
  EXPECT_EQ(id_group("indicator--" + uuid).size(), 9U + 1 + 16);
  EXPECT_EQ(id_group("indicator--" + uuid).substr(0, 10), std::string_view("indicator\0", 10));
  const std::vector<std::string> ids{"indicator--" + uuid,
                                     "indicator--8E2E2D2B-17d4-4cbf-938f-98ee46b3cd3f",
                                     "indicator--8e2e2d2b17d44cbf938f98ee46b3cd3f",
                                     "Indicator--" + uuid,
                                     "--" + uuid,
                                     "indicator-" + uuid,
                                     "malware--" + uuid,
                                     "x",
                                     ""};
  for (std::size_t a = 0; a < ids.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      EXPECT_NE(id_group(ids[a]), id_group(ids[b])) << ids[a] << ' ' << ids[b];
}

TEST(Keys, a_group_is_found_in_any_of_its_keys) {
  for (const std::size_t size : {0U, 1U, 39U, 40U, 41U, 100'000U}) {
    for (const std::uint64_t circle : {0ULL, 1ULL, 300ULL, ~0ULL}) {
      const auto group = group_key(Table::value, CircleId{circle}, std::string(size, 'v'));
      auto key = group;
      append_ordered(key, 1ULL << 33);
      EXPECT_EQ(group_size(key), group.size());
      EXPECT_EQ(group_size(group), group.size());
      EXPECT_LE(group.size(), 52U);
    }
  }
  EXPECT_NE(group_key(Table::value, CircleId{1}, std::string(100, 'a')),
            group_key(Table::value, CircleId{1}, std::string(101, 'a')));
}

TEST(Keys, group_size_of_any_bytes_stays_within_them) {
  const std::string bytes("\x03\x02\x01\x01\xFF\x05\x01\xF0\x04", 9);
  for (std::size_t from = 0; from < bytes.size(); ++from)
    for (std::size_t size = 0; from + size <= bytes.size(); ++size)
      EXPECT_LE(group_size(std::string_view{bytes}.substr(from, size)), size);
}

}  // namespace
}  // namespace tocsin::views
