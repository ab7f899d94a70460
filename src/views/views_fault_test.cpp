#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "views/test_changes.hpp"
#include "views/test_disk.hpp"
#include "views/views.hpp"

namespace tocsin::views {
namespace {

Views::Options small_options(std::string folder) {
  auto options = options_in(std::move(folder));
  options.write_buffer_bytes = 64 << 10;
  options.bulk_rows_min = 400;
  return options;
}

/// Small and large calls in turn, with a flush now and then.
Status follow_mixed(Views& views, const Story& story) {
  for (int call = 1;; ++call) {
    const auto part = story.frames(views.applied(), call % 8 == 0 ? 20 : 1);
    if (part.empty()) return views.flush();
    TOCSIN_TRY(views.apply(part));
    if (call % 50 == 0) TOCSIN_TRY(views.flush());
  }
}

Hash digest_of(const Story& story, log::Position end = {~0ULL}) {
  TestFolder folder;
  const auto views = std::move(*Views::open(options_in(folder.path())));
  EXPECT_TRUE(views->apply(story.frames({}, end.frame)));
  return *views->digest();
}

/// A run in which one write fails, and the way back from it. False when there was no such write.
bool survives(const Story& story, const Hash& expected, std::uint64_t fails_at, bool lasting) {
  TestFolder folder;
  Fault fault;
  fault.fails_at = fails_at;
  fault.lasting = lasting;
  const auto environment = environment_of(fault);
  auto options = small_options(folder.path());
  options.environment = environment.get();
  if (auto views = Views::open(options); !views) {
    EXPECT_EQ(views.error().code, Errc::unavailable) << views.error().detail;
  } else if (auto done = follow_mixed(**views, story); !done) {
    EXPECT_EQ(done.error().code, Errc::unavailable) << done.error().detail;
    // Also once there is space again: only a new start knows what got through.
    fault.space_again = true;
    const auto part = story.frames((*views)->applied(), 1);
    if (!part.empty()) {
      EXPECT_FALSE((*views)->apply(part));
    }
    EXPECT_FALSE((*views)->flush());
    EXPECT_TRUE((*views)->exists(CircleId{1}, id_of("indicator", 0))) << "reading goes on";
  }
  fault.space_again = true;
  auto views = Views::open(options);
  EXPECT_TRUE(views) << views.error().detail;
  if (!views) return false;
  if (fails_at % 5 == 0) {
    EXPECT_EQ(*(*views)->digest(), digest_of(story, (*views)->applied())) << "something is half there";
  }
  EXPECT_TRUE(follow_mixed(**views, story));
  EXPECT_EQ((*views)->applied(), story.changes.back().position);
  EXPECT_EQ(*(*views)->digest(), expected) << "write " << fails_at << (lasting ? ", lasting" : ", passing");
  return fault.failed > 0;
}

TEST(ViewsFault, a_full_disk_at_any_write_leaves_views_that_catch_up) {
  const auto story = long_story(3000, 10);
  const auto expected = digest_of(story);
  for (const bool lasting : {false, true}) {
    std::uint64_t faults = 0;
    // Every write of the beginning, where files are made, then fewer and fewer.
    for (std::uint64_t at = 1; survives(story, expected, at, lasting) && !testing::Test::HasFailure();
         at += 1 + at / 6)
      ++faults;
    EXPECT_GT(faults, 20U);
  }
}

TEST(ViewsFault, a_flush_that_fails_in_the_background_ends_writing) {
  TestFolder folder;
  Fault fault;
  const auto environment = environment_of(fault);
  auto options = small_options(folder.path());
  options.bulk_rows_min = 1'000'000;
  options.environment = environment.get();
  const auto story = long_story(20'000, 10);
  const auto views = std::move(*Views::open(options));
  fault.fails_at = fault.writes + 1;  // no call writes a file itself: it is the flush that meets this
  const auto done = follow(*views, story, 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::unavailable);
  EXPECT_FALSE(views->apply(story.frames(views->applied(), 1)));
}

void flip(const std::string& path, std::uint64_t at) {
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

/// A right answer or the word "corrupt"; nothing else.
template <class T>
void expect_right_or_corrupt(const Result<T>& found, const Result<T>& right, std::uint64_t& refused) {
  if (found) {
    EXPECT_EQ(*found, *right);
  } else {
    EXPECT_EQ(found.error().code, Errc::corrupt) << found.error().detail;
    ++refused;
  }
}

TEST(ViewsFault, a_flipped_bit_gives_right_answers_or_corrupt_and_a_rebuild_heals) {
  const auto story = long_story(1500, 10);
  TestFolder folder;
  const auto good_options = small_options(folder.path("good"));
  auto good = std::move(*Views::open(good_options));
  ASSERT_TRUE(follow(*good, story, 10));
  ASSERT_TRUE(good->compact());
  const auto digest = *good->digest();
  const auto bad_options = small_options(folder.path("bad"));
  std::uint64_t refused = 0;
  std::uint64_t flips = 0;
  for (const auto& entry : std::filesystem::directory_iterator{good_options.folder}) {
    const auto size = entry.is_regular_file() ? entry.file_size() : 0;
    if (entry.path().filename() == "LOCK" || entry.path().filename() == "IDENTITY") continue;
    for (std::uint64_t at = size / 80; at < size; at += std::max<std::uint64_t>(1, size / 40)) {
      std::filesystem::remove_all(bad_options.folder);
      std::filesystem::copy(good_options.folder, bad_options.folder);
      flip(bad_options.folder + "/" + entry.path().filename().string(), at);
      ++flips;
      if (auto bad = Views::open(bad_options); !bad) {
        EXPECT_TRUE(bad.error().code == Errc::corrupt || bad.error().code == Errc::unavailable);
        ++refused;
      } else if ((*bad)->applied() == good->applied()) {
        for (std::size_t i = 0; i < story.changes.size(); i += 37) {
          const auto& change = story.changes[i];
          if (change.object == nullptr) continue;
          const auto& object = *change.object;
          const auto circle = change.circle;
          expect_right_or_corrupt((*bad)->exists(circle, object.id), good->exists(circle, object.id),
                                  refused);
          expect_right_or_corrupt((*bad)->versions(circle, object.id, {}, 9),
                                  good->versions(circle, object.id, {}, 9), refused);
          expect_right_or_corrupt((*bad)->with_value(circle, object.values[0], {}, 9),
                                  good->with_value(circle, object.values[0], {}, 9), refused);
          expect_right_or_corrupt((*bad)->referrers(circle, object.created_by_ref, {}, 9),
                                  good->referrers(circle, object.created_by_ref, {}, 9), refused);
        }
        expect_right_or_corrupt((*bad)->digest(), good->digest(), refused);
      }
      if (flips % 10 != 0) continue;
      ASSERT_TRUE(Views::reset(bad_options));
      const auto healed = std::move(*Views::open(bad_options));
      ASSERT_TRUE(follow(*healed, story, 50));
      EXPECT_EQ(*healed->digest(), digest);
    }
  }
  EXPECT_GT(flips, 50U);
  EXPECT_GT(refused, 50U);
}

constexpr const char* child_folder = "TOCSIN_VIEWS_CHILD_FOLDER";

/// The child makes this file when its work begins, however long it took to get there.
std::string begun_beside(const std::string& folder) {
  return folder + ".begun";
}

/// The other half of the next test: follows the log in a process of its own until it is killed.
TEST(ViewsFault, DISABLED_child_that_is_killed) {
  const char* folder = std::getenv(child_folder);
  if (folder == nullptr) GTEST_SKIP() << "runs only as a child of killed_at_any_time";
  const auto story = long_story(50'000, 10);
  const auto views = std::move(*Views::open(small_options(folder)));
  ASSERT_TRUE(write_file(begun_beside(folder), ""));
  ASSERT_TRUE(follow_mixed(*views, story));
}

TEST(ViewsFault, killed_at_any_time_leaves_a_whole_prefix_of_the_log) {
  TestFolder folder;
  const auto story = long_story(50'000, 10);
  log::Position before;
  int unfinished = 0;
  for (int round = 0; round < 12; ++round) {
    std::filesystem::remove(begun_beside(folder.path()));
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      setenv(child_folder, folder.path().c_str(), 1);
      execl("/proc/self/exe", "test", "--gtest_also_run_disabled_tests",
            "--gtest_filter=ViewsFault.DISABLED_child_that_is_killed", "--gtest_brief=1", nullptr);
      _exit(1);
    }
    for (int wait = 0; wait < 6000 && !std::filesystem::exists(begun_beside(folder.path())); ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    std::this_thread::sleep_for(std::chrono::milliseconds{37 * round});
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    const auto views = Views::open(small_options(folder.path()));
    ASSERT_TRUE(views) << views.error().detail;
    const auto applied = (*views)->applied();
    EXPECT_GE(applied, before) << "what was durable is lost";
    if (applied > before && applied < story.changes.back().position) ++unfinished;
    before = applied;
    EXPECT_EQ(*(*views)->digest(), digest_of(story, applied));
  }
  std::filesystem::remove(begun_beside(folder.path()));
  EXPECT_GT(unfinished, 0) << "no child was killed in the middle of its work";
  const auto views = std::move(*Views::open(small_options(folder.path())));
  ASSERT_TRUE(follow_mixed(*views, story));
  EXPECT_EQ(*views->digest(), digest_of(story));
}

}  // namespace
}  // namespace tocsin::views
