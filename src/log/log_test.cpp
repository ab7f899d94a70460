#include "log/log.hpp"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/bytes.hpp"
#include "log/faulty_files.hpp"
#include "log/log_fixture.hpp"

namespace tocsin::log {
namespace {

constexpr CircleId circle{1};
const Timestamp start = from_micros(1'700'000'000'000'000);

/// A log in memory that can be closed and opened again.
class LogTest : public ::testing::Test {
 protected:
  void open(Position from = {}) {
    log_.reset();
    replayed_.clear();
    auto log = Log::open({.folder = "log",
                          .segment_bytes_max = 4000,
                          .checkpoint_bytes = checkpoint_bytes_,
                          .files = &files_,
                          .clock = &clock_},
                         from, [this](const Entry& entry, Position at) -> Status {
                           replayed_.emplace_back(at, entry);
                           return {};
                         });
    ASSERT_TRUE(log) << log.error().detail;
    log_ = std::move(*log);
  }
  Appended append(Draft draft) {
    const auto done = log_->append(std::span{&draft, 1});
    EXPECT_TRUE(done) << done.error().detail;
    return done ? done->front() : Appended{};
  }
  Appended append(std::string bytes) { return append(Draft{.circle = circle, .bytes = std::move(bytes)}); }

  FaultyFiles files_{1};
  ManualClock clock_{start};
  std::uint64_t checkpoint_bytes_ = 1ULL << 40;
  std::unique_ptr<Log> log_;
  std::vector<std::pair<Position, Entry>> replayed_;
};

TEST_F(LogTest, BeginsEmpty) {
  open();
  EXPECT_EQ(log_->end(), Position{0});
  EXPECT_TRUE(log_->circles().empty());
  EXPECT_EQ(log_->head(circle).sequence, Sequence{0});
  EXPECT_EQ(log_->row(circle, Sequence{1}).error().code, Errc::not_found);
  EXPECT_EQ(log_->read(circle, Sequence{0}).error().code, Errc::not_found);
  EXPECT_TRUE(log_->rows(circle, Sequence{1}, 10)->empty());
  EXPECT_EQ(*log_->first_after(circle, start), Sequence{1});
  EXPECT_TRUE(log_->append({})->empty());
  EXPECT_TRUE(log_->checkpoint());
  EXPECT_EQ(log_->end(), Position{0});
}

TEST_F(LogTest, DatesRiseStrictlyWhateverTheClockDoes) {
  open();
  EXPECT_EQ(append("a").date_added, start);
  EXPECT_EQ(append("b").date_added, start + std::chrono::microseconds{1});
  EXPECT_EQ(append(Draft{.circle = CircleId{2}}).date_added, start) << "each circle has dates of its own";
  clock_.jump(-std::chrono::hours{1});
  EXPECT_EQ(append("c").date_added, start + std::chrono::microseconds{2});
  clock_.jump(std::chrono::hours{1});
  clock_.advance(std::chrono::hours{5});
  EXPECT_EQ(append("d").date_added, start + std::chrono::hours{5});
  open();
  EXPECT_EQ(append("e").date_added, start + std::chrono::hours{5} + std::chrono::microseconds{1});
}

TEST_F(LogTest, AClockThatJumpsAheadIsRefusedUntilItIsSetRight) {
  open();
  append("a");
  clock_.jump(std::chrono::seconds{10});
  append("b");
  clock_.jump(std::chrono::microseconds{10'000'001});
  const auto refused = log_->append(std::vector<Draft>(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  EXPECT_NE(refused.error().detail.find("wall clock"), std::string::npos);
  EXPECT_NE(refused.error().detail.find("monotonic clock"), std::string::npos);
  EXPECT_EQ(log_->head(circle).sequence, Sequence{2});
  clock_.jump(-std::chrono::microseconds{10'000'001});
  append("c");
}

TEST_F(LogTest, RowChangesReachEarlierFramesAndTheirOwn) {
  open();
  append("v1");
  const std::vector<Draft> drafts{
      {.circle = circle, .marking_class = 4, .bytes = "v2", .changes = {{Sequence{1}, 3, true, false}}},
      {.circle = circle, .bytes = "gone", .changes = {{Sequence{2}, 5, false, true}}}};
  ASSERT_TRUE(log_->append(drafts));
  for (int again = 0; again < 3; ++again) {
    const auto rows = log_->rows(circle, Sequence{1}, 9);
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_TRUE((*rows)[0].superseded);
    EXPECT_EQ((*rows)[0].marking_class, 3U);
    EXPECT_TRUE((*rows)[1].withdrawn);
    EXPECT_EQ((*rows)[1].marking_class, 5U);
    EXPECT_EQ(log_->read(circle, Sequence{2})->marking_class, 4U) << "the entry keeps what was logged";
    if (again == 0) {
      ASSERT_TRUE(log_->checkpoint());
    }
    open();
  }
}

TEST_F(LogTest, RefusesWhatCannotBeAndStaysWhole) {
  open();
  append("a");
  for (const std::uint64_t wrong : {0U, 3U, 7U}) {
    const std::vector<Draft> drafts{{.circle = circle, .changes = {{Sequence{wrong}}}}};
    EXPECT_EQ(log_->append(drafts).error().code, Errc::invalid_input);
  }
  const std::vector<Draft> large{{.circle = circle, .bytes = std::string(64 << 20, 'x')}};
  EXPECT_EQ(log_->append(large).error().code, Errc::invalid_input);
  const std::vector<Draft> old{{.circle = circle, .changes = {{Sequence{2}, 0, true, false}}}};
  ASSERT_TRUE(log_->append(old)) << "an entry may be superseded as it comes";
  EXPECT_TRUE(log_->row(circle, Sequence{2})->superseded);
}

TEST_F(LogTest, TheHashThatTheCallerBringsGivesTheSameCommitment) {
  open();
  const Appended one = append(Draft{.circle = circle, .bytes = "abc", .bytes_hash = sha256("abc")});
  const auto entry = log_->read(circle, Sequence{1});
  EXPECT_EQ(one.commitment, entry_commitment(entry->salt, circle, one.sequence, one.date_added, entry->kind,
                                             entry->previous, "abc", "", one.author_commitment));
}

TEST_F(LogTest, FirstAfterFindsTheCursorOfADate) {
  open();
  for (int i = 0; i < 50; ++i) {
    clock_.advance(std::chrono::microseconds{10});
    append("x");
  }
  for (int i = 0; i <= 51; ++i) {
    const auto at = start + std::chrono::microseconds{10 * i};
    EXPECT_EQ(log_->first_after(circle, at)->value(), static_cast<std::uint64_t>(std::min(i + 1, 51)));
    EXPECT_EQ(log_->first_after(circle, at - std::chrono::microseconds{1})->value(),
              static_cast<std::uint64_t>(std::clamp(i, 1, 51)));
  }
}

TEST_F(LogTest, ErasedBytesAreInNoFile) {
  open();
  append(Draft{.circle = circle,
               .author = MemberId{7},
               .attributes = "attr-secret",
               .sealed = "seal-secret",
               .bytes = "body-secret"});
  EXPECT_EQ(log_->erase(circle, Sequence{1}).error().code, Errc::conflict) << "its act must be logged first";
  append(Draft{.circle = circle, .kind = Kind::erasure, .bytes = R"({"sequence":1})"});
  const auto before = log_->read(circle, Sequence{1});
  const std::vector<std::string_view> secrets{"body-secret", "attr-secret", "seal-secret",
                                              as_text(before->salt), as_text(before->author_salt)};
  for (const std::string_view secret : secrets)
    ASSERT_NE(files_.contents("log/segment-00000001.log").find(secret), std::string::npos);
  for (int again = 0; again < 3; ++again) {
    ASSERT_TRUE(log_->erase(circle, Sequence{1}));
    const auto entry = log_->read(circle, Sequence{1});
    ASSERT_TRUE(entry) << entry.error().detail;
    EXPECT_TRUE(entry->erased);
    EXPECT_EQ(entry->commitment, before->commitment);
    EXPECT_EQ(entry->salt, Salt{});
    EXPECT_TRUE(log_->row(circle, Sequence{1})->erased);
    for (const std::string& path : files_.paths())
      for (const std::string_view secret : secrets)
        EXPECT_EQ(files_.contents(path).find(secret), std::string::npos) << path;
    open();
    EXPECT_TRUE(replayed_.front().second.erased);
  }
  EXPECT_EQ(log_->erase(circle, Sequence{9}).error().code, Errc::not_found);
}

TEST_F(LogTest, FollowersGetWhatComesAfterTheirPosition) {
  std::mt19937_64 random{5};
  Model model;
  open();
  std::vector<Sequence> of_frame;
  for (int i = 0; i < 60; ++i) {
    const auto drafts = random_drafts(random, *log_, 4);
    model.add(drafts, *log_->append(drafts));
    if (i == 30) {
      ASSERT_TRUE(log_->checkpoint());
    }
  }
  ASSERT_GT(files_.paths().size(), 6U) << "several segments";
  open();
  const auto all = replayed_;
  ASSERT_EQ(log_->end(), Position{60});
  for (std::uint64_t from = 0; from <= 61; ++from) {
    open({from});
    std::vector<std::pair<Position, Entry>> expected;
    for (const auto& one : all)
      if (one.first.frame > from) expected.push_back(one);
    ASSERT_EQ(replayed_.size(), expected.size()) << from;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(replayed_[i].first, expected[i].first);
      ASSERT_EQ(replayed_[i].second.commitment, expected[i].second.commitment);
    }
  }
  expect_same(*log_, model);
  const auto stopped = log_->scan({}, [](const Entry&, Position) -> Status {
    return Error{Errc::denied, "enough"};
  });
  EXPECT_EQ(stopped.error().detail, "enough");
}

TEST_F(LogTest, ACheckpointComesByItselfAfterEnoughLog) {
  checkpoint_bytes_ = 2000;
  open();
  for (int i = 0; i < 10; ++i) append(std::string(500, 'x'));
  bool there = false;
  for (int i = 0; i < 500 && !there; ++i) {
    there = files_.exists("log/checkpoint");
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_TRUE(there);
}

// Goal:   what many entries say comes as read() has it, one by one, whatever lies between them.
// Method: several circles and sizes over many small segments, some erased; every run of the wanted, and every
// third.
TEST_F(LogTest, ContentsOfManyAreWhatReadSays) {
  open();
  for (std::uint64_t i = 1; i <= 120; ++i) {
    append(std::string(i * 37 % 900, static_cast<char>('a' + i % 26)));
    if (i % 3 == 0) append(Draft{.circle = CircleId{2}, .bytes = std::string(i * 200, 'x')});
  }
  std::vector<Log::Wanted> wanted;
  for (std::uint64_t i = 1; i <= 120; ++i) wanted.push_back({Sequence{i}, *log_->row(circle, Sequence{i})});
  for (const std::uint64_t erased : {1UL, 50UL, 51UL, 119UL})
    ASSERT_TRUE(log_->erase(circle, Sequence{erased}));
  const auto same = [&](std::span<const Log::Wanted> some) {
    const auto found = log_->contents(circle, some);
    ASSERT_TRUE(found) << found.error().detail;
    ASSERT_EQ(found->size(), some.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto entry = *log_->read(circle, some[i].sequence);
      EXPECT_EQ((*found)[i], entry.erased ? std::nullopt : std::optional{entry.bytes}) << i;
    }
  };
  for (std::size_t from = 0; from < wanted.size(); from += 7)
    for (std::size_t count = 0; from + count <= wanted.size(); count += 5)
      same(std::span{wanted}.subspan(from, count));
  std::vector<Log::Wanted> third;
  for (std::size_t i = 0; i < wanted.size(); i += 3) third.push_back(wanted[wanted.size() - 1 - i]);
  same(third);
  wanted[7].row.offset += 8;
  const auto damaged = log_->contents(circle, std::span{wanted}.subspan(7, 1));
  EXPECT_TRUE(damaged && damaged->front() == log_->read(circle, Sequence{8})->bytes)
      << "the row in the log decides";
  EXPECT_EQ(log_->contents(CircleId{2}, std::span{wanted}.subspan(110, 1)).error().code, Errc::not_found)
      << "another circle's entry is not there";
}

// Goal:   readers never meet an entry before it is durable, nor a torn one, while one appends, erases and
// marks. Method: threads that read whatever is published and compare it with what its bytes say of it.
TEST(LogThreads, ReadWhileOneWrites) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tocsin-log-threads-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  {
    auto opened = Log::open(
        {.folder = folder.string(), .segment_bytes_max = 100'000, .checkpoint_bytes = 50'000}, {}, {});
    ASSERT_TRUE(opened) << opened.error().detail;
    Log& log = **opened;
    std::atomic<bool> done = false;
    std::atomic<std::uint64_t> acknowledged = 0, reads = 0;
    std::vector<std::thread> readers;
    for (unsigned id = 0; id < 3; ++id)
      readers.emplace_back([&, id] {
        std::mt19937_64 random{id};
        Position position;
        while (!done) {
          const auto floor = acknowledged.load();
          const auto head = log.head(circle).sequence.value();
          ASSERT_GE(head, floor);
          if (head == 0) continue;
          const std::uint64_t sequence = 1 + random() % head;
          const auto entry = log.read(circle, Sequence{sequence});
          ASSERT_TRUE(entry) << entry.error().detail;
          if (!entry->erased) {
            ASSERT_EQ(entry->bytes, "number " + std::to_string(sequence));
          }
          const auto rows = log.rows(circle, Sequence{sequence}, 50);
          ASSERT_TRUE(rows) << rows.error().detail;
          ASSERT_GE(rows->size(), std::min<std::uint64_t>(50, head - sequence + 1));
          const auto scanned = log.scan(position, [&](const Entry&, Position at) -> Status {
            position = at;
            return {};
          });
          ASSERT_TRUE(scanned) << scanned.error().detail;
          ++reads;
        }
      });
    std::mt19937_64 random{9};
    std::uint64_t next = 1;
    for (int i = 0; i < 300; ++i) {
      std::vector<Draft> drafts(1 + random() % 20);
      for (Draft& draft : drafts) {
        draft = {.circle = circle, .bytes = "number " + std::to_string(next++)};
        if (next > 3) draft.changes.push_back({Sequence{1 + random() % (next - 2)}, 1, true, false});
      }
      const auto appended = log.append(drafts);
      ASSERT_TRUE(appended) << appended.error().detail;
      acknowledged = appended->back().sequence.value();
      if (i > 2 && i % 10 == 0) {
        ASSERT_TRUE(log.erase(circle, Sequence{1 + random() % (next / 2)}));
      }
    }
    done = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_GT(reads, 0U);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::log
