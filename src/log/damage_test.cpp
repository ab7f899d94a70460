// Goal:   whatever a disk does to our files, open and read give the right answer or say corrupt and name the
// file;
//         never other bytes.
// Method: one history with several segments, an erasure and a checkpoint; then every kind of file with one
// bit
//         flipped at many places, cut short, or missing.

#include "log/faulty_files.hpp"
#include "log/log_fixture.hpp"

namespace tocsin::log {
namespace {

const ManualClock clock_at_rest{from_micros(1'700'000'000'000'000)};

Result<std::unique_ptr<Log>> open(FaultyFiles& files) {
  return Log::open({.folder = "log",
                    .segment_bytes_max = 6000,
                    .checkpoint_bytes = 1ULL << 40,
                    .files = &files,
                    .clock = &clock_at_rest},
                   {}, {});
}

struct Made {
  std::unique_ptr<FaultyFiles> files = std::make_unique<FaultyFiles>(3);
  Model model;
  Model without_last_frame;
  std::string last_segment;
};

/// A closed log; its checkpoint stands after frame `checkpoint_after`.
Made make(int checkpoint_after) {
  Made made;
  std::mt19937_64 random{4};
  auto log = open(*made.files);
  EXPECT_TRUE(log);
  for (int i = 1; i <= 24; ++i) {
    const auto drafts = random_drafts(random, **log, 4);
    made.without_last_frame = made.model;
    made.model.add(drafts, *(*log)->append(drafts));
    for (const auto& [at, circle] : std::map<int, CircleId>{{9, CircleId{1}}, {18, CircleId{2}}})
      if (i == at) {
        EXPECT_TRUE((*log)->erase(circle, Sequence{2}));
        made.model.erase(circle, Sequence{2});
      }
    if (i == checkpoint_after) {
      EXPECT_TRUE((*log)->checkpoint());
    }
  }
  for (const std::string& path : made.files->paths())
    if (path.ends_with(".log")) made.last_segment = path;
  return made;
}

/// Opens what was damaged and compares. Returns whether the damage was refused somewhere.
void expect_right_or_corrupt(const Made& made, FaultyFiles& files, const std::string& path) {
  const bool rebuildable = !path.ends_with(".log");
  for (int again = 0; again < 2; ++again) {
    const auto log = open(files);
    if (!log) {
      ASSERT_EQ(log.error().code, Errc::corrupt) << log.error().detail;
      ASSERT_NE(log.error().detail.find("log/segment-"), std::string::npos) << log.error().detail;
      ASSERT_FALSE(rebuildable) << log.error().detail;
      return;
    }
    std::size_t held = 0;
    for (const auto& [id, circle] : made.model.circles()) held += (*log)->head(id).sequence.value();
    const bool last_cut = held == made.without_last_frame.size();
    ASSERT_TRUE(held == made.model.size() || (last_cut && path == made.last_segment));
    // What a damaged row or checkpoint hid, the second open has made anew.
    expect_same(**log, last_cut ? made.without_last_frame : made.model, !rebuildable || again == 0);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

class Damage : public ::testing::TestWithParam<int> {};

TEST_P(Damage, OneFlippedBitAnywhere) {
  const Made made = make(GetParam());
  std::size_t flips = 0;
  for (const std::string& path : made.files->paths()) {
    const std::string whole = made.files->contents(path);
    // Every byte of the small files; in the segments a stride that meets every field in some entry.
    const std::size_t stride = path.ends_with(".log") ? 23 : 7;
    for (std::size_t at = 0; at < whole.size(); at += stride, ++flips) {
      auto files = made.files->copy(at);
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
      files->set_contents(path, bytes);
      SCOPED_TRACE(path + " bit " + std::to_string(at * 8 + at % 8));
      expect_right_or_corrupt(made, *files, path);
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(flips, 1000U);
}

TEST_P(Damage, AFileThatEndsEarlyOrIsGone) {
  const Made made = make(GetParam());
  for (const std::string& path : made.files->paths()) {
    const std::string whole = made.files->contents(path);
    for (const std::size_t left : {whole.size() - 1, whole.size() / 2, std::size_t{1}, std::size_t{0}}) {
      auto files = made.files->copy(left);
      files->set_contents(path, whole.substr(0, left));
      SCOPED_TRACE(path + " cut to " + std::to_string(left));
      if (path == made.last_segment && left < whole.size() - 1) {
        // More than one frame is gone from the end, which only a checkpoint can know.
        const auto log = open(*files);
        if (GetParam() == 24) {
          ASSERT_FALSE(log);
        }
        continue;
      }
      expect_right_or_corrupt(made, *files, path);
      if (::testing::Test::HasFailure()) return;
    }
    auto files = made.files->copy(1);
    ASSERT_TRUE(files->remove(path));
    SCOPED_TRACE(path + " is gone");
    if (path == made.last_segment && GetParam() != 24) continue;
    expect_right_or_corrupt(made, *files, path);
    if (::testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(CheckpointAfterFrame, Damage, ::testing::Values(0, 15, 24));

TEST(DamageCases, ABadFrameThatValidOnesFollowIsRefusedWithFileAndOffset) {
  const Made made = make(0);
  const std::string path = made.last_segment;
  std::string bytes = made.files->contents(path);
  bytes[60] = static_cast<char>(bytes[60] ^ 1);
  made.files->set_contents(path, bytes);
  const auto log = open(*made.files);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::corrupt);
  EXPECT_NE(log.error().detail.find(path + ": offset 0"), std::string::npos) << log.error().detail;
}

TEST(DamageCases, ZerosInTheLastFrameAreATornWriteAndNoErasure) {
  FaultyFiles files{1};
  {
    auto log = open(files);
    const std::vector<Draft> drafts{{.circle = CircleId{1}, .bytes = std::string(300, 'x')}};
    ASSERT_TRUE((*log)->append(drafts));
    ASSERT_TRUE((*log)->append(drafts));
  }
  const std::string path = "log/segment-00000001.log";
  std::string bytes = files.contents(path);
  const std::size_t frame = bytes.size() / 2;
  std::fill(bytes.begin() + static_cast<long>(frame) + 48 + 120, bytes.end(), '\0');
  files.set_contents(path, bytes);
  {
    const auto log = open(files);
    ASSERT_TRUE(log) << log.error().detail;
    EXPECT_EQ((*log)->head(CircleId{1}).sequence, Sequence{1});
  }
  // The same zeros with a frame behind them that is damaged: two frames are never given up.
  bytes += std::string(100, 'z');
  files.set_contents(path, bytes);
  EXPECT_EQ(open(files).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace tocsin::log
