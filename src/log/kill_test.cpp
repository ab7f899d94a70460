// Goal:   a process killed at any moment loses nothing that it acknowledged.
// Method: a child appends under load on the real file system and reports each acknowledgement through a pipe;
//         the parent kills it, opens the log and compares commitments and contents.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "log/log_fixture.hpp"

namespace tocsin::log {
namespace {

struct Report {
  std::uint64_t circle;
  std::uint64_t sequence;
  Hash commitment;
};

[[noreturn]] void append_for_ever(const std::string& folder, unsigned seed, int pipe) {
  auto log = Log::open({.folder = folder, .segment_bytes_max = 400'000, .checkpoint_bytes = 100'000}, {}, {});
  if (!log) ::_exit(2);
  std::mt19937_64 random{seed};
  for (;;) {
    const auto drafts = random_drafts(random, **log, 40);
    const auto appended = (*log)->append(drafts);
    if (!appended) ::_exit(3);
    std::vector<Report> reports;
    for (std::size_t i = 0; i < drafts.size(); ++i)
      reports.push_back(
          {drafts[i].circle.value(), (*appended)[i].sequence.value(), (*appended)[i].commitment});
    const auto bytes = std::as_bytes(std::span{reports});
    if (::write(pipe, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) ::_exit(4);
  }
}

/// Reads reports until the pipe ends.
void drain(int pipe, std::string& bytes) {
  char buffer[65536];
  for (;;) {
    const auto got = ::read(pipe, buffer, sizeof buffer);
    if (got <= 0) return;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

TEST(Kill, LosesNothingThatWasAcknowledged) {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("tocsin-log-kill-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::map<CircleId, std::vector<Hash>> acknowledged;
  std::mt19937_64 random{std::random_device{}()};
  std::size_t total = 0;
  for (unsigned round = 0; round < 10; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      append_for_ever(folder, round, ends[1]);
    }
    ::close(ends[1]);
    std::string bytes;
    std::thread reader{[&] { drain(ends[0], bytes); }};
    std::this_thread::sleep_for(std::chrono::milliseconds{30 + random() % 300});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    reader.join();
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    for (std::size_t at = 0; at + sizeof(Report) <= bytes.size(); at += sizeof(Report), ++total) {
      Report report;
      std::memcpy(&report, bytes.data() + at, sizeof report);
      auto& circle = acknowledged[CircleId{report.circle}];
      // Entries that were durable but not reported before the kill stand between two lives.
      circle.resize(std::max<std::size_t>(circle.size(), report.sequence));
      circle[report.sequence - 1] = report.commitment;
    }
    std::map<CircleId, Head> chain;
    const auto log = Log::open({.folder = folder}, {}, [&](const Entry& entry, Position) -> Status {
      Head& head = chain[entry.circle];
      EXPECT_EQ(entry.sequence.value(), head.sequence.value() + 1);
      EXPECT_EQ(entry.previous, head.commitment);
      EXPECT_EQ(entry.commitment, entry_commitment(entry.salt, entry.circle, entry.sequence, entry.date_added,
                                                   entry.kind, entry.previous, entry.bytes, entry.attributes,
                                                   author_commitment(entry.author_salt, entry.author)));
      head = {entry.sequence, entry.date_added, entry.commitment};
      const auto& circle = acknowledged[entry.circle];
      if (entry.sequence.value() <= circle.size() && circle[entry.sequence.value() - 1] != Hash{}) {
        EXPECT_EQ(entry.commitment, circle[entry.sequence.value() - 1]);
      }
      return {};
    });
    ASSERT_TRUE(log) << log.error().detail;
    for (const auto& [id, circle] : acknowledged) {
      ASSERT_GE((*log)->head(id).sequence.value(), circle.size()) << "lost in round " << round;
      for (std::size_t i = circle.size() > 50 ? circle.size() - 50 : 0; i < circle.size(); ++i)
        ASSERT_TRUE((*log)->read(id, Sequence{i + 1}));
    }
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(total, 100U);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::log
