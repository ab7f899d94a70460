#include "sensor/emitter.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "base/file.hpp"
#include "match/pattern.hpp"
#include "sensor/command.hpp"
#include "sensor/testing.hpp"
#include "sensor/trust.hpp"

namespace tocsin::sensor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using testing::soon;

class EmitterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto harmless = Harmless::open(screen::WarningLists{screen::built_in_warning_lists()},
                                   allow_ ? folder_ / "allow" : "");
    ASSERT_TRUE(harmless);
    harmless_ = *std::move(harmless);
    shelf_ = *RuleShelf::open(folder_ / "rules");
  }
  void add(int number, const std::string& pattern, std::optional<std::uint8_t> confidence = 90,
           std::optional<Timestamp> from = {}, std::optional<Timestamp> until = {}) {
    match::Indicator one;
    auto alternatives = match::alternatives_of(pattern);
    ASSERT_TRUE(alternatives) << alternatives.error().detail;
    one.alternatives = *std::move(alternatives);
    one.id = testing::indicator_id(number);
    one.circle = CircleId{1};
    one.confidence = confidence;
    one.valid_from = from;
    one.valid_until = until;
    ASSERT_TRUE(set_.add(one));
  }
  InForce now_in_force(std::uint8_t min_confidence = 70) {
    InForceOptions how;
    how.min_confidence = min_confidence;
    how.about = true;
    how.weigh = [](const match::Head& head) { return head.confidence; };
    return in_force(*set_.pin(), system_clock().now(), *harmless_, how);
  }
  std::vector<std::string> values(std::uint8_t min_confidence = 70) {
    std::vector<std::string> out;
    for (const auto& one : now_in_force(min_confidence).values) out.push_back(one.value);
    return out;
  }
  std::unique_ptr<Emitter> start(std::vector<std::string> targets, std::vector<std::string> reloads = {},
                                 bool simulate = false) {
    Emitter::Options how;
    how.targets = std::move(targets);
    how.reloads = std::move(reloads);
    how.simulate = simulate;
    how.in_force.weigh = [](const match::Head& head) { return head.confidence; };
    auto opened = Emitter::open(std::move(how), set_, *harmless_, *shelf_, system_clock());
    EXPECT_TRUE(opened) << opened.error().detail;
    (*opened)->start();
    return *std::move(opened);
  }

  Folder folder_;
  bool allow_ = false;
  match::IndicatorSet set_;
  std::unique_ptr<Harmless> harmless_;
  std::unique_ptr<RuleShelf> shelf_;
};

TEST_F(EmitterTest, OnlyWhatStandsForItselfAndIsBelievedMayBlock) {
  add(1, "[ipv4-addr:value = '45.0.0.1']");
  add(2, "[ipv4-addr:value = '45.0.0.1'] OR [domain-name:value = 'bad.net']");
  add(3, "[ipv4-addr:value ISSUBSET '45.1.0.0/16']");
  add(4, "[network-traffic:dst_ref.value = '45.0.0.2' AND network-traffic:dst_port = 443]");
  add(5, "[domain-name:value = 'unknown.net']", std::nullopt);
  add(6, "[domain-name:value = 'low.net']", 69);
  add(7, "[domain-name:value = 'early.net']", 90, system_clock().now() + 1h);
  add(8, "[domain-name:value = 'late.net']", 90, system_clock().now() - 2h, system_clock().now() - 1h);
  add(9, "[ipv4-addr:value = '127.0.0.1']");
  add(10, "[network-traffic:dst_ref.value = 'named.net']");
  add(11, "[domain-name:value = 'gone.net']");
  set_.remove(CircleId{1}, testing::indicator_id(11));
  EXPECT_THAT(values(), ElementsAre("45.0.0.1", "45.1.0.0/16", "bad.net", "named.net"));
  const auto all = now_in_force();
  EXPECT_EQ(all.below_confidence, 2U);
  EXPECT_EQ(all.conditional, 1U);
  EXPECT_EQ(all.harmless, 1U);
  EXPECT_THAT(all.values.front().about, HasSubstr(testing::indicator_id(1) + " " + testing::indicator_id(2)));
  ASSERT_TRUE(all.next_change);
  EXPECT_GT(*all.next_change, system_clock().now() + 59min);
  EXPECT_THAT(values(69), ::testing::Contains("low.net"));
  EXPECT_THAT(values(0), ::testing::Contains("unknown.net"));
}

// Goal:   a list on disk is what is in force at this second, and its readers are told no more often than it
// changes.
TEST_F(EmitterTest, ListsFollowTheSetToTheSecond) {
  const auto plain = folder_ / "plain.txt", zone = folder_ / "zone";
  const auto told = folder_ / "told";
  testing::append(folder_ / "tell.sh", "#!/bin/sh\necho \"$1\" >> " + told + "\n");
  std::filesystem::permissions(folder_ / "tell.sh", std::filesystem::perms::owner_all);
  add(1, "[domain-name:value = 'one.net']");
  const auto emitter =
      start({"plain:" + plain, "rpz:" + zone}, {"plain=" + (folder_ / "tell.sh") + " $(id)"});
  ASSERT_TRUE(soon([&] { return testing::slurp(plain) == "one.net\n"; }));
  const auto begun = std::chrono::steady_clock::now();
  const auto end = std::chrono::ceil<std::chrono::seconds>(system_clock().now() + 1500ms);
  add(2, "[domain-name:value = 'two.net']", 90, {}, end);
  ASSERT_TRUE(soon([&] { return testing::slurp(plain) == "one.net\ntwo.net\n"; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1500ms);
  const auto serial = formats::serial_of_zone(testing::slurp(zone));
  ASSERT_TRUE(soon([&] { return testing::slurp(plain) == "one.net\n"; }))
      << "it ends without a word from anybody";
  EXPECT_GE(system_clock().now(), end);
  EXPECT_LT(system_clock().now(), end + 1500ms);
  ASSERT_TRUE(soon([&] { return formats::serial_of_zone(testing::slurp(zone)) > serial; }));
  set_.remove(CircleId{1}, testing::indicator_id(1));
  ASSERT_TRUE(soon([&] { return testing::slurp(plain).empty(); }));
  ASSERT_TRUE(soon([&] { return testing::slurp(told).find("$(id)\n$(id)\n") == 0; }))
      << "no shell: " << testing::slurp(told);
  const auto count = [&](const char* list, const char* key) {
    return json::number_or(emitter->status().at(list).as_array()[0].as_object(), key);
  };
  EXPECT_TRUE(soon([&] { return count("targets", "changes") == 4; }));
  EXPECT_LE(count("reloads", "runs"), 4U);
}

TEST_F(EmitterTest, ARestartDoesNotWriteWhatIsThere) {
  const auto zone = folder_ / "zone";
  add(1, "[domain-name:value = 'one.net']");
  {
    const auto first = start({"rpz:" + zone});
    ASSERT_TRUE(soon([&] { return !testing::slurp(zone).empty(); }));
  }
  const auto text = testing::slurp(zone);
  const auto again = start({"rpz:" + zone});
  ASSERT_TRUE(soon([&] { return again->status().at("in_force").as_object().contains("values"); }));
  EXPECT_EQ(testing::slurp(zone), text) << "the serial too";
  EXPECT_EQ(json::number_or(again->status().at("targets").as_array()[0].as_object(), "changes"), 0U);
}

TEST_F(EmitterTest, SimulatedNothingIsWritten) {
  add(1, "[domain-name:value = 'one.net']");
  const auto emitter = start({"plain:" + (folder_ / "p")}, {}, true);
  ASSERT_TRUE(
      soon([&] { return json::number_or(emitter->status().at("in_force").as_object(), "values") == 1; }));
  EXPECT_FALSE(system_files().exists(folder_ / "p"));
}

TEST_F(EmitterTest, AFolderThatIsNotThereIsToldAndMadeGoodLater) {
  add(1, "[domain-name:value = 'one.net']");
  const auto emitter = start({"plain:" + (folder_ / "later/p")});
  ASSERT_TRUE(
      soon([&] { return emitter->status().at("targets").as_array()[0].as_object().contains("failure"); }));
}

stix::Object rule(int number, const std::string& type, const std::string& pattern) {
  stix::Object out;
  out.type = "indicator";
  out.id = testing::indicator_id(number);
  out.name = "number " + std::to_string(number);
  out.pattern_type = type;
  out.pattern = pattern;
  return out;
}

TEST_F(EmitterTest, RulesArePassedOnAndBadOnesNamed) {
  const std::string good = "alert tcp any any -> any any (msg:\"x\"; sid:1;)";
  shelf_->put("energy", rule(1, "suricata", good), {});
  shelf_->put("energy", rule(2, "snort", "alert tcp any any -> any any (msg:\"y\"; sid:2;)"), {});
  shelf_->put("energy", rule(3, "suricata", "alert tcp any any -> any any (lua:x; sid:3;)"), {});
  shelf_->put("energy", rule(4, "sigma", "title: ../../x\n"), {});
  shelf_->put("energy", rule(5, "suricata", "alert tcp any any -> any any (msg:\"expired\"; sid:5;)"),
              system_clock().now() - 1h);
  std::filesystem::create_directories(folder_ / "sigma");
  testing::append(folder_ / "sigma/mine.yml", "stays");
  testing::append(folder_ / ("sigma/" + testing::indicator_id(9) + ".yml"), "goes");
  const auto emitter = start({"suricata-rules:" + (folder_ / "r"), "snort-rules:" + (folder_ / "s"),
                              "sigma:" + (folder_ / "sigma")});
  const auto name = testing::indicator_id(4) + ".yml";
  ASSERT_TRUE(soon([&] { return testing::slurp(folder_ / ("sigma/" + name)) == "title: ../../x\n"; }));
  ASSERT_TRUE(soon([&] { return !emitter->status().at("in_force").as_object().empty(); }));
  EXPECT_THAT(testing::slurp(folder_ / "r"),
              HasSubstr("# " + testing::indicator_id(1) + "\n" + good + "\n# " + testing::indicator_id(2)));
  EXPECT_EQ(testing::slurp(folder_ / "r").find("expired"), std::string::npos);
  EXPECT_EQ(testing::slurp(folder_ / "s").find("msg:\"x\""), std::string::npos);
  EXPECT_EQ(*system_files().list(folder_ / "sigma"), (std::vector<std::string>{name, "mine.yml"}));
  const auto said = json::dump(emitter->status());
  EXPECT_THAT(said, HasSubstr(testing::indicator_id(3)));
  EXPECT_THAT(said, HasSubstr("lua: it runs code"));
  // They are there after a restart, and go with their circle.
  EXPECT_EQ((*RuleShelf::open(folder_ / "rules"))->all().size(), 5U);
  shelf_->clear("energy");
  ASSERT_TRUE(soon([&] { return !system_files().exists(folder_ / ("sigma/" + name)); }));
  EXPECT_TRUE((*RuleShelf::open(folder_ / "rules"))->all().empty());
}

TEST(Command, RunsWithoutAShellAndNotForEver) {
  const std::atomic<bool> stopping{false};
  EXPECT_THAT(words_of("  a  b\tc "), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(run_command({"true"}, 5s, stopping));
  const auto failed = run_command({"ls", "/nowhere-at-all;id"}, 5s, stopping);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().detail, HasSubstr("/nowhere-at-all;id"));
  EXPECT_FALSE(run_command({"no-such-program-here"}, 5s, stopping));
  const auto begun = std::chrono::steady_clock::now();
  const auto late = run_command({"sleep", "60"}, 50ms, stopping);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().detail, HasSubstr("more than 50 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(Harmless, TheAllowListIsReadAgainAndAMistakeLeavesTheLastGoodOne) {
  Folder folder;
  EXPECT_FALSE(Harmless::open({}, folder / "allow")) << "a list that is not there";
  testing::append(folder / "allow", "bad.net\n");
  const auto harmless = *Harmless::open({}, folder / "allow");
  const auto held = [&](const char* domain) {
    return static_cast<bool>(harmless->check({stix::ValueKind::domain, domain}));
  };
  EXPECT_TRUE(held("www.bad.net"));
  EXPECT_FALSE(held("other.net"));
  testing::append(folder / "allow", "other.net\n");
  harmless->look();
  EXPECT_TRUE(held("other.net"));
  testing::append(folder / "allow", "10.0.0.0/99\n");
  harmless->look();
  EXPECT_TRUE(held("other.net"));
  EXPECT_THAT(json::text_or(harmless->status(), "problem"), HasSubstr("line 3"));
}

TEST(Trust, AuthorsCountBeforeCircles) {
  const auto trust = *Trust::parse({"circle:energy=40", "author:A=B=90"});
  EXPECT_EQ(trust.of("energy", ""), 40);
  EXPECT_EQ(trust.of("energy", "A=B"), 90);
  EXPECT_EQ(trust.of("port", "C"), std::nullopt);
  const auto letters = *Trust::parse({"author:A=B", "circle:port=E", "circle:town=F"});
  EXPECT_EQ(letters.of("port", "A"), 80);
  EXPECT_EQ(letters.of("port", ""), 20);
  EXPECT_EQ(letters.of("town", ""), 50);
  for (const auto* bad : {"circle:x=G", "circle:x=a", "circle:x=AB", "energy=1", "circle:=1", "circle:x=101",
                          "circle:x=", "circle:x"})
    EXPECT_FALSE(Trust::parse({bad})) << bad;
}

}  // namespace
}  // namespace tocsin::sensor
