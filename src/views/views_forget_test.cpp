#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "views/keys.hpp"
#include "views/test_changes.hpp"
#include "views/views.hpp"

namespace tocsin::views {
namespace {

using log::Kind;

/// All bytes of all files of a folder, by name. Only uncompressed files can be searched so.
using Files = std::map<std::string, std::string>;
Files bytes_of(const std::string& folder) {
  Files files;
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    std::ifstream in{file.path(), std::ios::binary};
    files[file.path().filename().string()].assign(std::istreambuf_iterator<char>{in}, {});
  }
  return files;
}

/// The names of the files in which this stands.
std::string holders(const Files& files, const std::string& needle) {
  std::string names;
  for (const auto& [name, bytes] : files)
    if (bytes.find(needle) != std::string::npos) names += name + ' ';
  return names;
}

/// Every form in which a change could be read from the files: ids and values as text and as they stand in
/// keys. Only the ends of these: the beginning of a key may be told by the key before it.
std::vector<std::string> traces_of(const Change& change) {
  const auto& object = *change.object;
  const auto tail = [](const std::string& text) { return text.substr(text.size() - 12); };
  std::vector<std::string> traces{tail(id_group(object.id)), tail(object.id),
                                  tail(id_group(object.references.back().target))};
  for (const auto& value : object.values) {
    traces.push_back(tail(value.text));
    traces.push_back(tail(group_key(Table::value, change.circle, value_group(value))));
  }
  return traces;
}

Story secrets(std::uint64_t objects) {
  Story story;
  for (std::uint64_t i = 0; i < objects; ++i) {
    if (i % 10 == 0) story.frame();
    auto object = indicator(i);
    object.references.push_back({"object_refs", id_of("malware", i)});
    // Random ends, so that none can be mistaken for that of another.
    object.values[0].text = "secret." + id_of("x", i).substr(20);
    if (i % 2 == 0)
      object.values.push_back({stix::ValueKind::url, "http://x/" + std::string(80, 'u') + id_of("u", i)});
    story.share(1, object);
  }
  return story;
}

struct ForgetTest : testing::Test {
  TestFolder folder;
  Views::Options options = options_in(folder.path());
  std::unique_ptr<Views> views;

  ForgetTest() {
    options.compress = false;
    options.write_buffer_bytes = 64 << 10;
    views = std::move(*Views::open(options));
  }
  Hash digest_of(const Story& story) {
    TestFolder other;
    const auto built = std::move(*Views::open(options_in(other.path())));
    EXPECT_TRUE(follow(*built, story, 3));
    return *built->digest();
  }
};

TEST_F(ForgetTest, no_byte_stays_in_any_file_and_the_rest_is_as_if_it_had_never_been) {
  for (const bool merged : {false, true}) {
    for (const std::size_t bulk_rows_min : {1'000'000U, 30U}) {
      views = nullptr;
      ASSERT_TRUE(Views::reset(options));
      options.bulk_rows_min = bulk_rows_min;
      views = std::move(*Views::open(options));
      auto story = secrets(1500);
      ASSERT_TRUE(follow(*views, story, 20));
      if (merged) {
        ASSERT_TRUE(views->compact());
      }
      ASSERT_TRUE(views->flush());
      // One in the middle; then so many that the first and last keys of files are among them.
      for (const auto& [first, last] :
           {std::pair<std::size_t, std::size_t>{700, 701}, {0, 200}, {201, 1499}}) {
        const std::vector<Change> gone{story.changes.begin() + static_cast<std::ptrdiff_t>(first),
                                       story.changes.begin() + static_cast<std::ptrdiff_t>(last)};
        const auto before = bytes_of(options.folder);
        const auto forgotten = views->forget(gone);
        ASSERT_TRUE(forgotten) << forgotten.error().detail;
        const auto after = bytes_of(options.folder);
        for (const auto& change : gone) {
          if (change.object == nullptr) continue;  // gone already
          const auto traces = traces_of(change);
          // While files are being merged, one may go before it is read here.
          if (merged) {
            ASSERT_NE(holders(before, traces[0]), "") << "the search finds nothing at all";
          }
          for (const auto& trace : traces) ASSERT_EQ(holders(after, trace), "") << change.sequence.value();
          ASSERT_FALSE(*views->exists(change.circle, change.object->id));
        }
        for (std::size_t i = first; i < last; ++i) story.erase(i);
        EXPECT_EQ(*views->digest(), digest_of(story));
      }
      EXPECT_TRUE(*views->exists(CircleId{1}, id_of("indicator", 1499)));
      EXPECT_NE(holders(bytes_of(options.folder), id_of("x", 1499).substr(24)), "");
    }
  }
}

TEST_F(ForgetTest, a_later_version_takes_the_place_of_the_first) {
  const auto id = id_of("indicator", 1);
  Story story;
  story.share(1, indicator(1, "2020-01-01T00:00:00Z"), 3);
  story.act(1, Kind::transfer, id, 5);
  story.share(1, indicator(1, "2021-01-01T00:00:00Z"), 5);
  story.share(1, indicator(1, "2022-01-01T00:00:00Z"), 6);
  ASSERT_TRUE(follow(*views, story, 1));
  const auto forget = [&](std::size_t index) {
    const auto gone = story.changes[index];
    ASSERT_TRUE(views->forget({&gone, 1}));
    story.erase(index);
    EXPECT_EQ(*views->digest(), digest_of(story)) << index;
    ASSERT_TRUE(views->forget({&gone, 1}));
    EXPECT_EQ(*views->digest(), digest_of(story)) << "again";
  };
  forget(0);
  EXPECT_TRUE(*views->exists(CircleId{1}, id));
  const std::vector<Version> left{{Sequence{2}, Kind::transfer, "", MemberId{5}},
                                  {Sequence{3}, Kind::object, "2021-01-01T00:00:00Z", MemberId{5}},
                                  {Sequence{4}, Kind::object, "2022-01-01T00:00:00Z", MemberId{6}}};
  EXPECT_EQ(*views->versions(CircleId{1}, id, {}, 10), left);
  EXPECT_EQ(views->versions(CircleId{1}, id, {}, 2)->back(), left[1]);
  EXPECT_EQ(**views->owner(CircleId{1}, id), MemberId{6});
  forget(3);
  EXPECT_EQ(**views->owner(CircleId{1}, id), MemberId{5});
  forget(2);
  EXPECT_FALSE(*views->exists(CircleId{1}, id));
  forget(1);
  EXPECT_FALSE(views->owner(CircleId{1}, id)->has_value());
  EXPECT_EQ(holders(bytes_of(options.folder), id_group(id).substr(10)), "");
}

TEST_F(ForgetTest, acts_and_places_of_governance_go) {
  Story story;
  story.act(1, Kind::sighting, id_of("indicator", 1));
  story.act(1, Kind::membership, id_of("identity", 1)).governance = true;
  ASSERT_TRUE(follow(*views, story, 1));
  ASSERT_TRUE(views->forget(story.changes));
  story.erase(0);
  story.erase(1);
  EXPECT_EQ(*views->digest(), digest_of(story));
  EXPECT_EQ(views->governance(std::nullopt, 10)->size(), 0U);
}

TEST_F(ForgetTest, what_was_forgotten_stays_so_after_a_crash) {
  auto story = secrets(300);
  ASSERT_TRUE(follow(*views, story, 5));
  const auto gone = story.changes[7];
  ASSERT_TRUE(views->forget({&gone, 1}));
  // What a killed process leaves is what the files hold now.
  const auto left = options_in(folder.path("left"));
  std::filesystem::copy(options.folder, left.folder);
  const auto again = std::move(*Views::open(left));
  EXPECT_FALSE(*again->exists(gone.circle, gone.object->id));
  story.erase(7);
  ASSERT_TRUE(follow(*again, story, 5));
  EXPECT_EQ(*again->digest(), digest_of(story));
}

TEST_F(ForgetTest, an_entry_that_was_not_applied_yet_is_a_conflict) {
  const auto story = secrets(20);
  ASSERT_TRUE(views->apply(story.frames({}, 1)));
  const auto early = views->forget({&story.changes.back(), 1});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::conflict);
}

}  // namespace
}  // namespace tocsin::views
