#include "taxii/cursor.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace tocsin::taxii {
namespace {

Seal seal_with(std::string key) {
  return [key = std::move(key)](std::string_view text) { return hmac_sha256(as_bytes(key), text); };
}

const CursorScope scope{CircleId{3}, MemberId{7}, 'o', ""};

Filters filters_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
  const auto query = parse_query(parameters, {true, true});
  EXPECT_TRUE(query);
  return query ? query->filters : Filters{};
}

Result<Continuation> opened(const std::string& cursor, const CursorScope& by = scope, Filters named = {},
                            const std::string& key = "key") {
  Query query;
  query.next = cursor;
  query.filters = std::move(named);
  return open_cursor(seal_with(key), by, query);
}

TEST(Cursor, CarriesPlaceAndFilters) {
  const auto filters = filters_of({{"match[type]", "malware"}, {"added_after", "2026-01-01T00:00:00Z"}});
  const auto cursor = make_cursor(seal_with("key"), scope, filters, Sequence{12345678901});
  const auto on = opened(cursor);
  ASSERT_TRUE(on);
  EXPECT_EQ(on->position, Sequence{12345678901});
  EXPECT_EQ(on->filters, filters);
  EXPECT_TRUE(opened(cursor, scope, filters));
  EXPECT_TRUE(opened(cursor, scope, filters_of({{"match[type]", "malware"}})));
}

TEST(Cursor, IsBoundToAllOfItsScope) {
  const auto cursor = make_cursor(seal_with("key"), scope, {}, Sequence{1});
  for (const auto& other :
       {CursorScope{CircleId{4}, MemberId{7}, 'o', ""}, CursorScope{CircleId{3}, MemberId{8}, 'o', ""},
        CursorScope{CircleId{3}, MemberId{7}, 'm', ""}, CursorScope{CircleId{3}, MemberId{7}, 'o', "x"}})
    EXPECT_FALSE(opened(cursor, other));
  EXPECT_FALSE(opened(cursor, scope, {}, "another key"));
}

TEST(Cursor, OtherFiltersAreRefused) {
  const auto cursor =
      make_cursor(seal_with("key"), scope, filters_of({{"match[type]", "malware"}}), Sequence{1});
  EXPECT_FALSE(opened(cursor, scope, filters_of({{"match[type]", "indicator"}})));
  EXPECT_FALSE(opened(cursor, scope, filters_of({{"match[version]", "all"}})));
  EXPECT_FALSE(opened(cursor, scope, filters_of({{"added_after", "2026-01-01T00:00:00Z"}})));
}

TEST(Cursor, EveryChangedByteIsNoticed) {
  auto bytes =
      *from_base64url(make_cursor(seal_with("key"), scope, filters_of({{"match[type]", "a"}}), Sequence{9}));
  for (char& byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      byte = static_cast<char>(byte ^ (1 << bit));
      EXPECT_FALSE(opened(to_base64url(as_bytes(bytes))));
      byte = static_cast<char>(byte ^ (1 << bit));
    }
  EXPECT_TRUE(opened(to_base64url(as_bytes(bytes))));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(opened(to_base64url(as_bytes(std::string_view{bytes}.substr(0, size)))));
}

TEST(Cursor, LongFiltersAreRepeatedByTheClient) {
  std::string types;
  for (int i = 0; i < 200; ++i) types += (i == 0 ? "type-" : ",type-") + std::to_string(i);
  const auto filters = filters_of({{"match[type]", types}});
  const auto cursor = make_cursor(seal_with("key"), scope, filters, Sequence{5});
  EXPECT_LT(cursor.size(), 200U);
  EXPECT_FALSE(opened(cursor));
  const auto on = opened(cursor, scope, filters);
  ASSERT_TRUE(on);
  EXPECT_EQ(on->filters, filters);
}

}  // namespace
}  // namespace tocsin::taxii
