#include "taxii/page_cache.hpp"

#include <gtest/gtest.h>

namespace tocsin::taxii {
namespace {

std::shared_ptr<const CachedPage> page(std::size_t bytes) {
  auto made = std::make_shared<CachedPage>();
  made->body.assign(bytes, 'x');
  return made;
}

TEST(PageCache, DropsWhatAnOlderHeadMade) {
  PageCache cache{1 << 20};
  cache.put(CircleId{1}, Sequence{5}, "a", page(10));
  cache.put(CircleId{2}, Sequence{1}, "b", page(10));
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put(CircleId{1}, Sequence{6}, "c", page(10));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_NE(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("c"), nullptr);
  cache.put(CircleId{1}, Sequence{5}, "late", page(10));
  EXPECT_EQ(cache.find("late"), nullptr);
}

TEST(PageCache, KeepsWhatWasUsedLast) {
  PageCache cache{10'000};
  for (const auto* key : {"a", "b", "c"}) cache.put(CircleId{1}, Sequence{1}, key, page(2500));
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put(CircleId{1}, Sequence{1}, "d", page(2500));
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put(CircleId{1}, Sequence{1}, "too large", page(20'000));
  EXPECT_EQ(cache.find("too large"), nullptr);
}

}  // namespace
}  // namespace tocsin::taxii
