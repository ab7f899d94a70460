// The saved set of a circle: what a start finds after orderly ends, kills at any moment, and damage.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "match/scanner.hpp"
#include "sensor/circle.hpp"
#include "sensor/saved_state.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using testing::CircleLog;
using testing::Folder;
using ::testing::HasSubstr;
using testing::indicator_id;
using testing::IndicatorText;
using ::testing::Not;

std::string address(int number) {
  return "198.51." + std::to_string(number / 256) + "." + std::to_string(number % 256);
}
IndicatorText text(int number) {
  return {.number = number, .pattern = "[ipv4-addr:value = '" + address(number) + "']"};
}

class CircleSaveTest : public ::testing::Test {
 protected:
  void restart(CircleId number = CircleId{1}, match::DomainMatch domains = match::DomainMatch::exact) {
    circle_.reset();
    set_ = std::make_unique<match::IndicatorSet>();
    circle_ = std::make_unique<Circle>(Circle::Options{number, "energy", domains, path_}, *set_);
    ASSERT_TRUE(circle_->open());
  }
  void SetUp() override { restart(); }
  void push(const testing::Pushed& pushed, bool live = true) {
    const auto event = reader_.read(pushed.name, pushed.data);
    ASSERT_TRUE(event) << event.error().detail;
    circle_->apply(*event, live);
  }
  std::size_t hits(const std::string& value, stix::Path path = stix::Path::ipv4_addr_value,
                   Timestamp now = system_clock().now()) {
    stix::Observation record;
    record.add(path, record.next_object(), value);
    match::Scanner scanner{*set_};
    match::Hits found;
    scanner.scan(record, now, found);
    return found.hits.empty() ? 0 : found.hits.front().sources.size();
  }

  Folder folder_;
  const std::string path_ = folder_ / "circle-energy.journal";
  const std::string set_path_ = folder_ / "circle-energy.set";
  std::unique_ptr<match::IndicatorSet> set_;
  std::unique_ptr<Circle> circle_;
  push::EventReader reader_;
  CircleLog log_;
};

TEST_F(CircleSaveTest, AStartFindsEverythingInTheSavedSet) {
  for (int i = 1; i <= 50; ++i) push(log_.object(text(i)), false);
  push(log_.object(IndicatorText{.number = 51, .pattern = "[artifact:url LIKE '198.%']"}), false);
  push(log_.object(IndicatorText{.number = 52, .more = R"(,"revoked":true)"}), false);
  circle_->save();
  EXPECT_EQ(circle_->counts().unsaved, 0U);
  EXPECT_LT(testing::slurp(path_).size(), 300U);
  EXPECT_EQ(hits(address(7)), 1U);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(hits(address(7)), 1U);
    EXPECT_EQ(circle_->position(), log_.last());
    EXPECT_EQ(circle_->counts().indicators, 51U);
    EXPECT_EQ(set_->unevaluable().size(), 1U);
    const auto origin = circle_->describe(indicator_id(7));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->circle_uuid, CircleLog::uuid);
    EXPECT_EQ(origin->authorship, "verified");
    EXPECT_EQ(origin->tlp, "amber");
    restart(CircleId{static_cast<std::uint64_t>(i) + 1});
  }
  push(log_.object(IndicatorText{.number = 52, .modified = "2025-01-01T00:00:00.000Z"}));
  EXPECT_EQ(hits("198.51.100.7"), 0U) << "an older version than the one that was revoked";
}

TEST_F(CircleSaveTest, WhatCameSinceIsInTheJournal) {
  for (int i = 1; i <= 20; ++i) push(log_.object(text(i)));
  circle_->save();
  push(log_.object(text(21)));
  push(log_.withdrawal(3));
  push(log_.object(IndicatorText{
      .number = 4, .pattern = "[ipv4-addr:value = '203.0.113.4']", .modified = "2026-02-01T00:00:00.000Z"}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(hits(address(2)), 1U);
    EXPECT_EQ(hits(address(3)), 0U);
    EXPECT_EQ(hits(address(4)), 0U);
    EXPECT_EQ(hits("203.0.113.4"), 1U);
    EXPECT_EQ(hits(address(21)), 1U);
    EXPECT_EQ(circle_->counts().indicators, 20U);
    EXPECT_EQ(circle_->position(), log_.last());
    if (i == 1) circle_->save();  // over a saved set
    restart();
  }
}

TEST_F(CircleSaveTest, WithdrawnBytesAreOverwrittenInTheSavedSet) {
  push(log_.object(IndicatorText{.number = 1, .pattern = "[domain-name:value = 'secret.example']"}));
  push(log_.object(text(2)));
  circle_->save();
  EXPECT_THAT(testing::slurp(set_path_), HasSubstr("secret.example"));
  push(log_.erasure(1));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(testing::slurp(set_path_), Not(HasSubstr("secret.example")));
    EXPECT_THAT(testing::slurp(set_path_), Not(HasSubstr(indicator_id(1))));
    EXPECT_EQ(hits("secret.example", stix::Path::domain_name_value), 0U);
    EXPECT_EQ(hits(address(2)), 1U);
    restart();
  }
}

TEST_F(CircleSaveTest, EvaluatedPatternsAreSavedAndOverwrittenAsTheOthers) {
  push(log_.object(IndicatorText{.number = 1, .pattern = "[ipv4-addr:value LIKE '198.51.100.%']"}));
  push(log_.object(
      IndicatorText{.number = 2, .pattern = "[ipv4-addr:value = '203.0.113.2' AND ipv4-addr:value != 'x']"}));
  for (int i = 3; i <= 20; ++i) push(log_.object(text(i)));
  circle_->save();
  EXPECT_THAT(testing::slurp(set_path_), HasSubstr("198.51.100.%"));
  for (const auto domains : {match::DomainMatch::exact, match::DomainMatch::with_subdomains}) {
    restart(CircleId{2}, domains);
    EXPECT_EQ(hits("198.51.100.7"), 1U);
    EXPECT_EQ(hits("203.0.113.2"), 1U);
    EXPECT_EQ(set_->patterns().stats().patterns, 2U);
  }
  restart();
  push(log_.withdrawal(1));
  EXPECT_EQ(hits("198.51.100.7"), 0U);
  circle_->save_position();
  EXPECT_THAT(testing::slurp(set_path_), Not(HasSubstr("198.51.100.%")));
  EXPECT_THAT(testing::slurp(path_), Not(HasSubstr("198.51.100.%")));
  restart();
  EXPECT_EQ(hits("198.51.100.7"), 0U);
  EXPECT_EQ(hits("203.0.113.2"), 1U);
}

TEST_F(CircleSaveTest, BytesStayWhileAScanReadsThem) {
  push(log_.object(IndicatorText{.number = 1, .pattern = "[domain-name:value = 'secret.example']"}));
  circle_->save();
  restart();
  auto pinned = set_->pin();
  push(log_.withdrawal(1));
  EXPECT_THAT(testing::slurp(set_path_), HasSubstr("secret.example"));
  pinned.reset();
  circle_->save_position();
  EXPECT_THAT(testing::slurp(set_path_), Not(HasSubstr("secret.example")));
}

// A kill between the two renames: the set is saved, the journal still holds everything.
TEST_F(CircleSaveTest, EntriesThatAreSavedAlreadyArePassedOver) {
  for (int i = 1; i <= 20; ++i) push(log_.object(text(i)));
  const auto journal = testing::slurp(path_);
  circle_->save();
  push(log_.withdrawal(5));
  const auto rest = testing::slurp(path_);
  circle_.reset();
  // Withdrawn in the journal that had everything, as when the kill came after it.
  std::ofstream{path_, std::ios::binary} << journal << rest.substr(rest.find("\n") + 1);
  for (int i = 0; i < 2; ++i) {
    restart();
    EXPECT_EQ(circle_->counts().indicators, 19U);
    EXPECT_EQ(hits(address(5)), 0U);
    EXPECT_EQ(hits(address(6)), 1U);
    EXPECT_EQ(circle_->position(), log_.last());
  }
}

TEST_F(CircleSaveTest, ALostOrDamagedSetComesFromTheHubAgain) {
  for (int i = 1; i <= 20; ++i) push(log_.object(text(i)));
  circle_->save();
  push(log_.object(text(21)));
  circle_.reset();
  auto bytes = testing::slurp(set_path_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream{set_path_, std::ios::binary} << bytes;
  restart();
  EXPECT_FALSE(circle_->position());
  EXPECT_EQ(circle_->counts().indicators, 0U);
  EXPECT_THAT(circle_->counts().failure, HasSubstr("from the hub again"));
  EXPECT_EQ(hits(address(21)), 0U);
  restart();
  EXPECT_FALSE(circle_->position());
  for (const auto& event : log_.events()) push(event, false);
  circle_->flush();
  EXPECT_EQ(hits(address(21)), 1U);
  restart();
  EXPECT_EQ(circle_->counts().indicators, 21U);
}

TEST_F(CircleSaveTest, AResetForgetsTheSavedSetToo) {
  push(log_.object(text(1)));
  circle_->save();
  circle_->reset();
  EXPECT_EQ(hits(address(1)), 0U);
  restart();
  EXPECT_FALSE(circle_->position());
  EXPECT_EQ(hits(address(1)), 0U);
}

TEST_F(CircleSaveTest, NewRulesHoldForWhatIsSaved) {
  const auto begin = *parse_rfc3339("2026-01-01T00:00:00Z");
  const auto after = [&](int days) { return begin + std::chrono::hours{24 * days}; };
  push(log_.object(text(1)));
  push(log_.object(IndicatorText{.number = 2,
                                 .pattern = "[ipv4-addr:value = '203.0.113.2']",
                                 .more = R"(,"valid_until":"2026-12-01T00:00:00Z")"}));
  circle_->save();
  push(log_.rules(R"({"lifetime_days":{"ipv4":30}})"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(hits(address(1), stix::Path::ipv4_addr_value, after(29)), 1U);
    EXPECT_EQ(hits(address(1), stix::Path::ipv4_addr_value, after(31)), 0U);
    EXPECT_EQ(hits("203.0.113.2", stix::Path::ipv4_addr_value, after(31)), 1U);
    EXPECT_TRUE(circle_->describe(indicator_id(1)));
    if (i == 1) circle_->save();
    restart();
  }
  push(log_.withdrawal(1));
  EXPECT_EQ(hits(address(1), stix::Path::ipv4_addr_value, after(1)), 0U);
}

TEST_F(CircleSaveTest, SubdomainsAreTakenAsTheConfigurationNowSays) {
  push(log_.object(IndicatorText{.number = 1, .pattern = "[domain-name:value = 'bad.example']"}));
  circle_->save();
  EXPECT_EQ(hits("www.bad.example", stix::Path::domain_name_value), 0U);
  restart(CircleId{1}, match::DomainMatch::with_subdomains);
  EXPECT_EQ(hits("www.bad.example", stix::Path::domain_name_value), 1U);
  circle_->save();
  restart(CircleId{1}, match::DomainMatch::with_subdomains);
  EXPECT_EQ(hits("www.bad.example", stix::Path::domain_name_value), 1U);
  restart();
  EXPECT_EQ(hits("www.bad.example", stix::Path::domain_name_value), 0U);
  EXPECT_EQ(hits("bad.example", stix::Path::domain_name_value), 1U);
}

TEST_F(CircleSaveTest, AnotherMayReadItMeanwhile) {
  for (int i = 1; i <= 5; ++i) push(log_.object(text(i)));
  circle_->save();
  push(log_.withdrawal(2));
  match::IndicatorSet other;
  Circle reader{Circle::Options{CircleId{9}, "energy", match::DomainMatch::exact, path_}, other};
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.counts().indicators, 4U);
  EXPECT_TRUE(reader.describe(indicator_id(1)));
  EXPECT_FALSE(reader.describe(indicator_id(2)));
}

// Goal:   whatever moment a kill comes at, what was applied is there at the next start.
// Method: a process applies events and tells of each when `apply` has returned, saving again and again in the
//         background; it is killed at random moments and goes on where its files say that it stands. At the
//         end, and after each kill, the set is what the log says up to the position.
TEST(CircleKill, LosesNothingApplied) {
  Folder folder;
  const auto path = folder / "circle-energy.journal";
  CircleLog log;
  std::mt19937 random{7};
  std::vector<int> alive_at;  // after each event: the number of indicators
  std::vector<bool> alive(3000);
  int count = 0;
  for (int i = 1; i < 3000; ++i) {
    if (const auto victim = static_cast<int>(random() % static_cast<unsigned>(i)); i % 3 == 0 && victim > 0) {
      log.withdrawal(victim);
      count -= alive[static_cast<std::size_t>(victim)] ? 1 : 0;
      alive[static_cast<std::size_t>(victim)] = false;
    } else {
      log.object(text(i));
      alive[static_cast<std::size_t>(i)] = true;
      ++count;
    }
    alive_at.push_back(count);
  }
  const auto& events = log.events();
  int kills = 0;
  for (bool whole = false; !whole;) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      match::IndicatorSet set;
      Circle circle{Circle::Options{CircleId{1}, "energy", match::DomainMatch::exact, path}, set};
      push::EventReader reader;
      if (!circle.open()) ::_exit(3);
      const auto from = circle.position() ? circle.position()->sequence.value() : 0;
      for (auto i = from; i < events.size(); ++i) {
        const auto event = reader.read(events[i].name, events[i].data);
        if (!event || !circle.apply(*event, true)) ::_exit(4);
        const auto applied = event->sequence.value();
        if (::write(pipe[1], &applied, sizeof(applied)) != sizeof(applied)) ::_exit(5);
        if (i % 40 == 0) circle.begin_save();
        if (i % 7 == 0) circle.save_position();
      }
      ::_exit(0);
    }
    ::close(pipe[1]);
    std::uint64_t applied = 0, told = 0;
    // It has got somewhere, however long its start took.
    if (::read(pipe[0], &told, sizeof(told)) == sizeof(told)) applied = told;
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 60'000});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    whole = WIFEXITED(status);
    ASSERT_TRUE(!whole || WEXITSTATUS(status) == 0);
    kills += whole ? 0 : 1;
    while (::read(pipe[0], &told, sizeof(told)) == sizeof(told)) applied = told;
    ::close(pipe[0]);

    match::IndicatorSet set;
    Circle circle{Circle::Options{CircleId{1}, "energy", match::DomainMatch::exact, path}, set};
    ASSERT_TRUE(circle.read());
    const auto position = circle.position() ? circle.position()->sequence.value() : 0;
    ASSERT_GE(position, applied);
    ASSERT_EQ(circle.counts().indicators,
              position == 0 ? 0U : static_cast<std::size_t>(alive_at[position - 1]));
    ASSERT_EQ(set.stats().indicators, circle.counts().indicators);
  }
  EXPECT_GT(kills, 3);
}

}  // namespace
}  // namespace tocsin::sensor
