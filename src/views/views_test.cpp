#include "views/views.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "views/test_changes.hpp"

namespace tocsin::views {
namespace {

using log::Kind;

std::unique_ptr<Views> open(const Views::Options& options) {
  auto views = Views::open(options);
  EXPECT_TRUE(views) << views.error().detail;
  return std::move(*views);
}

std::vector<std::uint64_t> numbers(const Result<std::vector<Sequence>>& sequences) {
  std::vector<std::uint64_t> out;
  if (!sequences) ADD_FAILURE() << sequences.error().detail;
  for (const auto sequence : *sequences) out.push_back(sequence.value());
  return out;
}
using Numbers = std::vector<std::uint64_t>;

struct ViewsTest : testing::Test {
  TestFolder folder;
  Views::Options options = options_in(folder.path());
  std::unique_ptr<Views> views = open(options);
  Story story;
  CircleId one{1}, two{2};

  void apply() {
    const auto done = views->apply(story.changes);
    ASSERT_TRUE(done) << done.error().detail;
  }
};

TEST_F(ViewsTest, new_views_are_empty_and_stand_at_zero) {
  EXPECT_EQ(views->applied(), log::Position{});
  EXPECT_FALSE(*views->exists(one, id_of("indicator", 1)));
  EXPECT_TRUE(views->governance(std::nullopt, 10)->empty());
}

TEST_F(ViewsTest, an_id_exists_only_in_the_circle_it_was_shared_in) {
  story.share(1, indicator(1));
  apply();
  const auto id = id_of("indicator", 1);
  const auto other = id_of("indicator", 2);
  EXPECT_TRUE(*views->exists(one, id));
  EXPECT_FALSE(*views->exists(two, id));
  EXPECT_FALSE(*views->exists(one, other));
  const std::vector<std::string_view> ids{other, id, id};
  EXPECT_EQ(*views->exist(one, ids), (std::vector{false, true, true}));
  EXPECT_TRUE(views->versions(two, id, {}, 10)->empty());
  EXPECT_TRUE(views->with_value(two, indicator(1).values[0], {}, 10)->empty());
  EXPECT_TRUE(views->of_type(two, "indicator", {}, 10)->empty());
  EXPECT_TRUE(views->referrers(two, indicator(1).created_by_ref, {}, 10)->empty());
  EXPECT_FALSE(views->owner(two, id)->has_value());
}

// Goal: whoever speaks most neither hides the others nor makes them dearer to find.
TEST_F(ViewsTest, of_each_member_the_newest_voices_come) {
  const auto id = id_of("indicator", 1);
  const auto say = [&](std::uint64_t member, std::uint8_t says) {
    stix::Object opinion;
    opinion.type = "opinion";
    opinion.id = id_of("opinion", story.changes.size());
    opinion.references = {{"object_refs", id}, {"created_by_ref", id_of("identity", member)}};
    auto& change = story.share(1, opinion, member);
    change.voice = Voice::Kind::opinion;
    change.author = MemberId{member};
    change.says = says;
  };
  say(9, 1);
  for (int i = 0; i < 5000; ++i) say(3, 2);
  say(3, 4);
  say(300, 5);
  auto& seen = story.act(1, Kind::sighting, id);
  seen.voice = Voice::Kind::sighting;
  seen.author = MemberId{3};
  seen.says = 16;
  apply();
  const auto voices = *views->voices(one, id, Voice::Kind::opinion, {}, 10);
  ASSERT_EQ(voices.size(), voices_each_most + 2);
  EXPECT_EQ(voices.front(), (Voice{MemberId{3}, Sequence{5002}, 4}));
  EXPECT_EQ(voices[1], (Voice{MemberId{3}, Sequence{5001}, 2}));
  EXPECT_EQ(voices[voices_each_most], (Voice{MemberId{9}, Sequence{1}, 1}));
  EXPECT_EQ(voices.back(), (Voice{MemberId{300}, Sequence{5003}, 5}));
  EXPECT_EQ(views->voices(one, id, Voice::Kind::opinion, MemberId{3}, 1)->size(), 1U);
  EXPECT_EQ(*views->voices(one, id, Voice::Kind::sighting, {}, 10),
            (std::vector{Voice{MemberId{3}, Sequence{5004}, 16}}));
  EXPECT_TRUE(views->voices(two, id, Voice::Kind::opinion, {}, 10)->empty());
  EXPECT_TRUE(views->voices(one, id_of("identity", 3), Voice::Kind::opinion, {}, 10)->empty())
      << "only what object_refs names is spoken of";
  // An erased opinion is forgotten.
  ASSERT_TRUE(views->forget({&story.changes[0], 1}));
  EXPECT_EQ(views->voices(one, id, Voice::Kind::opinion, MemberId{3}, 10)->size(), 1U);
}

TEST_F(ViewsTest, a_pattern_leads_to_all_that_say_it) {
  story.share(1, indicator(1)).pattern = "what it says";
  story.share(1, indicator(2)).pattern = "something else";
  story.share(2, indicator(3)).pattern = "what it says";
  story.share(1, indicator(4)).pattern = "what it says";
  apply();
  EXPECT_EQ(numbers(views->with_pattern(one, "what it says", {}, 10)), (Numbers{1, 3}));
  EXPECT_EQ(numbers(views->with_pattern(one, "what it says", Sequence{1}, 10)), (Numbers{3}));
  EXPECT_TRUE(numbers(views->with_pattern(two, "something else", {}, 10)).empty());
}

TEST_F(ViewsTest, versions_and_transfers_come_in_log_order_with_their_owners) {
  const auto id = id_of("indicator", 1);
  story.share(1, indicator(1, "2020-01-02T00:00:00.5Z"), 3);
  story.share(1, indicator(2), 3);
  story.share(1, indicator(1, "2020-01-01T00:00:00Z"), 3);
  story.frame().act(1, Kind::transfer, id, 8);
  story.frame().share(1, indicator(1, "2021-01-01T00:00:00.000001Z"), 8);
  apply();
  const std::vector<Version> expected{
      {Sequence{1}, Kind::object, "2020-01-02T00:00:00.5Z", MemberId{3}},
      {Sequence{3}, Kind::object, "2020-01-01T00:00:00Z", MemberId{3}},
      {Sequence{4}, Kind::transfer, "", MemberId{8}},
      {Sequence{5}, Kind::object, "2021-01-01T00:00:00.000001Z", MemberId{8}}};
  EXPECT_EQ(*views->versions(one, id, {}, 100), expected);
  // Page by page, of every size.
  for (std::size_t most = 1; most <= 5; ++most) {
    std::vector<Version> walked;
    for (Sequence after; true; after = walked.back().sequence) {
      const auto page = *views->versions(one, id, after, most);
      ASSERT_LE(page.size(), most);
      if (page.empty()) break;
      walked.insert(walked.end(), page.begin(), page.end());
    }
    EXPECT_EQ(walked, expected) << most;
  }
  EXPECT_TRUE(views->versions(one, id, {}, 0)->empty());
}

TEST_F(ViewsTest, one_glance_says_which_ids_have_more_than_one_version) {
  const std::vector<std::string> ids{id_of("indicator", 3), id_of("indicator", 1), id_of("indicator", 2),
                                     id_of("indicator", 9), id_of("indicator", 1)};
  story.share(1, indicator(1), 3);
  story.share(1, indicator(2), 3);
  story.share(1, indicator(3), 3);
  story.share(2, indicator(2, "2031-01-01T00:00:00Z"), 3);
  apply();
  EXPECT_EQ(*views->have_further(one, ids), (std::vector<bool>{false, false, false, false, false}));
  story.frame().share(1, indicator(1, "2030-01-01T00:00:00Z"), 3);
  story.act(1, Kind::transfer, id_of("indicator", 3), 8);
  apply();
  EXPECT_EQ(*views->have_further(one, ids), (std::vector<bool>{true, true, false, false, true}));
  EXPECT_EQ(*views->have_further(two, ids), (std::vector<bool>{false, false, false, false, false}));
  EXPECT_TRUE(views->have_further(one, {})->empty());
}

TEST_F(ViewsTest, the_owner_is_the_one_named_last) {
  const auto id = id_of("indicator", 1);
  story.share(1, indicator(1), 3);
  apply();
  EXPECT_EQ(**views->owner(one, id), MemberId{3});
  story.frame().act(1, Kind::transfer, id, 8);
  story.act(1, Kind::withdrawal, id, 0);
  apply();
  EXPECT_EQ(**views->owner(one, id), MemberId{8});
  story.frame().share(1, indicator(1, "2030-01-01T00:00:00Z"), 4);
  apply();
  EXPECT_EQ(**views->owner(one, id), MemberId{4});
  EXPECT_FALSE(views->owner(one, id_of("indicator", 2))->has_value());
}

TEST_F(ViewsTest, entries_are_found_by_type_in_order_from_a_cursor) {
  for (std::uint64_t i = 0; i < 600; ++i) {
    auto object = indicator(i);
    if (i % 3 == 0) object.type = "malware";
    story.share(1, object);
  }
  apply();
  EXPECT_EQ(numbers(views->of_type(one, "malware", {}, 3)), (Numbers{1, 4, 7}));
  EXPECT_EQ(numbers(views->of_type(one, "malware", Sequence{255}, 3)), (Numbers{256, 259, 262}));
  EXPECT_EQ(numbers(views->of_type(one, "indicator", {}, list_most)).size(), 400U);
  EXPECT_EQ(numbers(views->of_type(one, "indicator", {}, ~std::size_t{0})).size(), 400U);
  EXPECT_TRUE(numbers(views->of_type(one, "indicato", {}, 10)).empty());
  EXPECT_TRUE(numbers(views->of_type(one, "indicator", Sequence{600}, 10)).empty());
}

TEST_F(ViewsTest, entries_are_found_by_value_of_the_same_kind_only) {
  auto object = indicator(1);
  const std::string long_url = "http://a.example/" + std::string(5000, 'x');
  object.values = {{stix::ValueKind::domain, "a.example"},
                   {stix::ValueKind::url, long_url},
                   {stix::ValueKind::domain, "a.example"}};
  story.share(1, object);
  story.share(1, indicator(2));
  object.id = id_of("indicator", 3);
  story.share(1, object);
  apply();
  EXPECT_EQ(numbers(views->with_value(one, {stix::ValueKind::domain, "a.example"}, {}, 10)), (Numbers{1, 3}));
  EXPECT_EQ(numbers(views->with_value(one, {stix::ValueKind::url, long_url}, {}, 10)), (Numbers{1, 3}));
  EXPECT_EQ(numbers(views->with_value(one, {stix::ValueKind::url, long_url}, Sequence{1}, 10)), (Numbers{3}));
  EXPECT_TRUE(numbers(views->with_value(one, {stix::ValueKind::url, long_url + "x"}, {}, 10)).empty());
  EXPECT_TRUE(numbers(views->with_value(one, {stix::ValueKind::url, "a.example"}, {}, 10)).empty());
  EXPECT_TRUE(numbers(views->with_value(one, {stix::ValueKind::domain, "a.exampl"}, {}, 10)).empty());
}

TEST_F(ViewsTest, referrers_name_every_property_that_points_here) {
  const auto target = id_of("malware", 1);
  stix::Object edge;
  edge.type = "relationship";
  edge.id = id_of(edge.type, 1);
  edge.references = {
      {"target_ref", target}, {"source_ref", target}, {"target_ref", target}, {"source_ref", "other"}};
  story.share(1, edge);
  edge.id = id_of(edge.type, 2);
  edge.references = {{"source_ref", target}};
  story.share(1, edge);
  apply();
  EXPECT_EQ(
      *views->referrers(one, target, {}, 10),
      (std::vector<Referrer>{{Sequence{1}, {"source_ref", "target_ref"}}, {Sequence{2}, {"source_ref"}}}));
  EXPECT_EQ(views->referrers(one, target, Sequence{1}, 10)->size(), 1U);
  EXPECT_EQ(views->referrers(one, "other", {}, 10)->size(), 1U);
}

TEST_F(ViewsTest, sightings_and_withdrawals_are_found_by_their_subject) {
  const auto id = id_of("indicator", 1);
  story.share(1, indicator(1));
  story.act(1, Kind::sighting, id);
  story.act(1, Kind::withdrawal, id);
  story.act(1, Kind::sighting, id);
  story.act(1, Kind::sighting, id_of("indicator", 2));
  story.act(1, Kind::erasure, "");
  apply();
  EXPECT_EQ(numbers(views->acts(one, id, Kind::sighting, {}, 10)), (Numbers{2, 4}));
  EXPECT_EQ(numbers(views->acts(one, id, Kind::sighting, {}, 1)), (Numbers{2}));
  EXPECT_EQ(numbers(views->acts(one, id, Kind::withdrawal, {}, 10)), (Numbers{3}));
  EXPECT_TRUE(numbers(views->acts(one, "", Kind::erasure, {}, 10)).empty());
  EXPECT_TRUE(numbers(views->acts(two, id, Kind::sighting, {}, 10)).empty());
}

TEST_F(ViewsTest, governance_comes_in_log_order_whatever_the_circle) {
  story.add(2, Kind::rules).governance = true;
  story.add(0, Kind::hub).governance = true;
  story.share(2, indicator(1));
  story.add(2, Kind::membership).governance = true;
  for (int i = 0; i < 300; ++i) story.frame().add(1, Kind::rules).governance = true;
  apply();
  std::vector<Place> walked;
  std::optional<Place> after;
  while (true) {
    const auto page = *views->governance(after, 7);
    if (page.empty()) break;
    walked.insert(walked.end(), page.begin(), page.end());
    after = page.back();
  }
  std::vector<Place> expected;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < story.changes.size(); ++i) {
    const auto& change = story.changes[i];
    number = i > 0 && story.changes[i - 1].position == change.position ? number + 1 : 0;
    if (change.governance) expected.push_back({change.position, number, change.circle, change.sequence});
  }
  EXPECT_EQ(expected.size(), 303U);
  EXPECT_EQ(walked, expected);
}

TEST_F(ViewsTest, what_was_applied_before_changes_nothing) {
  story = long_story(300, 10);
  apply();
  const auto digest = *views->digest();
  const auto applied = views->applied();
  apply();
  ASSERT_TRUE(views->apply(story.frames(log::Position{3}, 5)));
  EXPECT_EQ(views->applied(), applied);
  EXPECT_EQ(*views->digest(), digest);
}

TEST_F(ViewsTest, the_digest_knows_every_change_and_the_position) {
  story.share(1, indicator(1));
  apply();
  const auto digest = *views->digest();
  story.frame().add(1, Kind::message);
  apply();
  EXPECT_NE(*views->digest(), digest);
}

TEST(Views, the_digest_is_the_same_however_the_log_was_cut) {
  const auto story = long_story(3000, 10);
  std::optional<Hash> expected;
  for (const std::uint64_t frames : {1'000'000U, 1U, 7U, 60U}) {
    for (const std::size_t bulk_rows_min : {20'000U, 50U}) {
      TestFolder folder;
      auto options = options_in(folder.path());
      options.bulk_rows_min = bulk_rows_min;
      options.write_buffer_bytes = 64 << 10;
      auto views = open(options);
      ASSERT_TRUE(follow(*views, story, frames));
      EXPECT_EQ(views->applied(), story.changes.back().position);
      if (!expected) expected = *views->digest();
      EXPECT_EQ(*views->digest(), *expected) << frames << ' ' << bulk_rows_min;
      ASSERT_TRUE(views->compact());
      views = nullptr;
      views = open(options);
      EXPECT_EQ(views->applied(), story.changes.back().position);
      EXPECT_EQ(*views->digest(), *expected) << "opened again";
    }
  }
}

TEST(Views, reset_leaves_nothing_and_a_replay_brings_all_back) {
  TestFolder folder;
  const auto options = options_in(folder.path());
  const auto story = long_story(500, 10);
  auto views = open(options);
  ASSERT_TRUE(follow(*views, story, 5));
  const auto digest = *views->digest();
  views = nullptr;
  ASSERT_TRUE(Views::reset(options));
  views = open(options);
  EXPECT_EQ(views->applied(), log::Position{});
  EXPECT_FALSE(*views->exists(CircleId{1}, id_of("indicator", 0)));
  ASSERT_TRUE(follow(*views, story, 5));
  EXPECT_EQ(*views->digest(), digest);
}

TEST(Views, many_read_while_one_applies) {
  TestFolder folder;
  auto options = options_in(folder.path());
  options.write_buffer_bytes = 64 << 10;
  options.bulk_rows_min = 500;
  const auto views = open(options);
  const auto story = long_story(4000, 10);
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!stop) {
        // All that the position promises is there.
        const auto applied = views->applied();
        const auto part = story.frames({}, applied.frame);
        if (applied.frame == 0) continue;
        const auto& last = part.back();
        if (last.object != nullptr) {
          EXPECT_TRUE(*views->exists(last.circle, last.object->id));
          EXPECT_FALSE(views->with_value(last.circle, last.object->values[0], {}, 10)->empty());
          EXPECT_FALSE(views->versions(last.circle, last.object->id, {}, 10)->empty());
        }
      }
    });
  }
  for (std::uint64_t i = 0; views->applied() < story.changes.back().position; ++i)
    ASSERT_TRUE(views->apply(story.frames(views->applied(), i % 4 == 0 ? 30 : 1)));
  stop = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace tocsin::views
