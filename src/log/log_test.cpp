#include "log/log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace tocsin::log {
namespace {

TEST(Log, AppendsAndReads) {
  const auto folder = std::filesystem::temp_directory_path() / "tocsin-log-first";
  std::filesystem::remove_all(folder);
  {
    auto log = Log::open({.folder = folder.string()}, {}, {});
    ASSERT_TRUE(log) << log.error().detail;
    std::vector<Draft> drafts(3, Draft{.circle = CircleId{1}, .bytes = "{}"});
    auto done = (*log)->append(drafts);
    ASSERT_TRUE(done) << done.error().detail;
    auto entry = (*log)->read(CircleId{1}, Sequence{2});
    ASSERT_TRUE(entry) << entry.error().detail;
    EXPECT_EQ(entry->bytes, "{}");
    ASSERT_TRUE((*log)->append(drafts));
    ASSERT_TRUE((*log)->erase(CircleId{1}, Sequence{2}));
    EXPECT_TRUE((*log)->read(CircleId{1}, Sequence{2})->erased);
  }
  int seen = 0;
  auto log = Log::open({.folder = folder.string()}, {}, [&](const Entry&, Position) -> Status {
    ++seen;
    return {};
  });
  ASSERT_TRUE(log) << log.error().detail;
  EXPECT_EQ(seen, 6);
}

}  // namespace
}  // namespace tocsin::log
