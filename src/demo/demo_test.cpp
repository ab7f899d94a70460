#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/json.hpp"
#include "demo/alert_tail.hpp"
#include "demo/child.hpp"
#include "demo/facts.hpp"
#include "demo/figures.hpp"
#include "demo/member.hpp"
#include "demo/traffic.hpp"

namespace tocsin::demo {
namespace {

const Timestamp some_time = from_micros(1'417'392'000'000'123);

TEST(Facts, AreThoseOfTheCaseWithIdsThatDiffer) {
  EXPECT_EQ(sony_2014().size(), 35u);
  EXPECT_EQ(facts_for("flash").size(), 3u);
  EXPECT_EQ(facts_for("alert").size(), 4u);
  EXPECT_EQ(facts_for("driver").size(), 3u);
  EXPECT_EQ(facts_for("port").size(), 4u);
  std::set<std::string> ids;
  for (const auto& fact : sony_2014()) {
    ids.insert(fact.id);
    EXPECT_FALSE(fact.name.empty()) << fact.id;
    EXPECT_FALSE(fact.named_by.empty()) << fact.id;
  }
  EXPECT_EQ(ids.size(), sony_2014().size());
}

TEST(Facts, StandInPatternsWithTheirEscapes) {
  const auto pattern_with = [](std::string_view value) {
    for (const auto& fact : sony_2014())
      if (fact.value.starts_with(value))
        return json::text_or(*json::parse_object(indicator_json(fact, some_time)), "pattern");
    return std::string{};
  };
  EXPECT_EQ(pattern_with("Global"), R"([mutex:name = 'Global\\FwtSqmSession106829323_S-1-5-19'])");
  EXPECT_EQ(pattern_with("8397c1"), "[file:hashes.'SHA-1' = '8397c1e1f0b9d53a114850f6b3ae8c1f2b2d1590']");
}

// Goal:   ordinary traffic never names what is looked for, so that an alert on it would be a fault.
// Method: many lines of many seeds, searched for every value of the facts and the nets set aside.
TEST(Traffic, NamesNothingThatIsLookedFor) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Traffic traffic{seed};
    for (int i = 0; i < 2'000; ++i) {
      const auto line = traffic.ordinary(some_time);
      ASSERT_TRUE(json::parse_object(line.text)) << line.text;
      EXPECT_NE(line.text.find(line.mark), std::string::npos);
      EXPECT_EQ(line.text.find("\"45."), std::string::npos) << line.text;
      for (const auto& fact : sony_2014()) {
        if (fact.use == "port") continue;
        EXPECT_EQ(line.text.find(fact.value), std::string::npos) << line.text;
      }
    }
  }
}

TEST(Traffic, IsTheSameForTheSameSeed) {
  Traffic one{7};
  Traffic other{7};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.ordinary(some_time).text, other.ordinary(some_time).text);
}

TEST(Traffic, SynthesisesAddressesThatDiffer) {
  EXPECT_EQ(synthetic_address(0), "45.0.0.0");
  EXPECT_EQ(synthetic_address(0x01'02'03), "45.1.2.3");
}

TEST(Alert, IsReadWithItsSources) {
  const auto alert = parse_alert(
      R"({"type":"alert","value":"45.0.0.1","record":{"uid":"C1"},"sources":[{"indicator":"indicator--1","author":"cert"}],"delay_ms":2.5})");
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->mark, "C1");
  EXPECT_EQ(alert->indicators, std::vector<std::string>{"indicator--1"});
  EXPECT_EQ(alert->authors, std::vector<std::string>{"cert"});
  EXPECT_EQ(alert->delay_ms, 2.5);
  EXPECT_FALSE(parse_alert("{}"));
  EXPECT_FALSE(parse_alert("no JSON"));
}

TEST(Figures, ArePercentilesOfWhatWasMeasured) {
  std::vector<double> times;
  for (int i = 100; i >= 1; --i) times.push_back(i);
  const auto figures = figures_of(times);
  EXPECT_EQ(figures.p50, 50);
  EXPECT_EQ(figures.p99, 99);
  EXPECT_EQ(figures.most, 100);
  EXPECT_EQ(figures_of({}).count, 0u);
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tocsin-demo-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }
  std::filesystem::path path_;
};

using MemberTest = Folder;

// Goal:   nothing passes as "it happened": a missing alert, one too many, and one for another line are
// faults.
TEST_F(MemberTest, CountsEveryAlertAsExpectedOrAsAFault) {
  std::atomic<bool> stop = false;
  auto member = Member::open(path_ / "bank", 3, stop);
  ASSERT_TRUE(member);
  std::string mark;
  (*member)->plant(
      [&](Traffic& traffic) {
        auto line = traffic.connection("45.0.0.1", 443, some_time);
        mark = line.mark;
        return line;
      },
      {"45.0.0.1"});
  EXPECT_EQ((*member)->faults().size(), 1u);
  EXPECT_FALSE((*member)->await_planted(std::chrono::milliseconds{10}));
  const auto text = R"({"type":"alert","value":"45.0.0.1","record":{"uid":")" + mark + "\"}}\n";
  std::ofstream{(*member)->alerts_path(), std::ios::app} << text;
  EXPECT_TRUE((*member)->await_planted(std::chrono::milliseconds{1'000}));
  EXPECT_TRUE((*member)->faults().empty());
  std::ofstream{(*member)->alerts_path(), std::ios::app} << text;
  EXPECT_TRUE((*member)->collect(std::chrono::milliseconds{1'000}));
  EXPECT_EQ((*member)->faults().size(), 1u);
  stop = true;
  EXPECT_FALSE((*member)->collect(std::chrono::milliseconds{1}));
}

}  // namespace
}  // namespace tocsin::demo
