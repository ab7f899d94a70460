#include "screen/warning_lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "screen/real_data_test.hpp"

namespace tocsin::screen {
namespace {

using stix::ValueKind;
using Ids = std::set<std::string>;

Ids ids(const WarningLists& lists, const stix::Value& value) {
  Ids out;
  for (const auto* list : lists.check(value)) out.insert(list->id);
  return out;
}
Ids ids(const WarningLists& lists, std::string_view typed) {
  return ids(lists, stix::recognise_value(typed));
}

WarningList list(std::string id, WarningList::Type type, std::vector<std::string> entries,
                 std::uint32_t kinds = all_kinds) {
  return {id, "name of " + id, "", 1, type, kinds, std::move(entries)};
}

TEST(WarningLists, EachTypeHoldsWhatItSays) {
  using Type = WarningList::Type;
  std::vector<WarningList> some;
  some.push_back(list("string", Type::string, {"Exact.example", "3::"}));
  some.push_back(list("hostname", Type::hostname, {".Host.example", "*.star.example"}));
  some.push_back(list("cidr", Type::cidr, {"198.51.100.0/24", "2001:db8::/32"}));
  some.push_back(list("substring", Type::substring, {"needle", "xy"}));
  some.push_back(list("regex", Type::regex, {"/^(soc|abuse)\\@.*$/i", "(unclosed"}));
  const WarningLists lists{std::move(some)};
  EXPECT_EQ(ids(lists, "exact.EXAMPLE"), Ids{"string"});
  EXPECT_EQ(ids(lists, "www.exact.example"), Ids{});
  EXPECT_EQ(ids(lists, "host.example"), Ids{"hostname"});
  EXPECT_EQ(ids(lists, "a.b.host.example"), Ids{"hostname"});
  EXPECT_EQ(ids(lists, "nothost.example"), Ids{});
  EXPECT_EQ(ids(lists, "a.star.example"), Ids{"hostname"});
  EXPECT_EQ(ids(lists, "198.51.100.7"), Ids{"cidr"});
  EXPECT_EQ(ids(lists, "198.51.101.7"), Ids{});
  EXPECT_EQ(ids(lists, "198.51.0.0/16"), Ids{"cidr"}) << "holds a listed network";
  EXPECT_EQ(ids(lists, "198.51.100.128/25"), Ids{"cidr"}) << "lies in a listed network";
  EXPECT_EQ(ids(lists, "2001:db8:1::1"), Ids{"cidr"});
  EXPECT_EQ(ids(lists, "hayNEEDLEstack.example"), Ids{"substring"});
  EXPECT_EQ(ids(lists, "oxyd.example"), Ids{"substring"});
  EXPECT_EQ(ids(lists, "Abuse@other.example"), Ids{"regex"});
  EXPECT_EQ(ids(lists, "not-abuse@other.example"), Ids{});
  ASSERT_EQ(lists.refused().size(), 1U);
  EXPECT_TRUE(lists.refused()[0].starts_with("regex: regular expression (unclosed")) << lists.refused()[0];
}

TEST(WarningLists, SpeaksOnlyOfTheKindsItNames) {
  std::vector<WarningList> some;
  some.push_back(*parse_warning_list(
      R"({"name":"Mail","type":"substring","matching_attributes":["email-src","domain|ip"],"list":["throwaway"],"version":3})",
      "mail"));
  some.push_back(*parse_warning_list(
      R"({"name":"Phones","type":"regex","matching_attributes":["phone-number"],"list":["/55501/g"]})"));
  some.push_back(*parse_warning_list(R"({"name":"Any","type":"string","list":["both.example"]})"));
  EXPECT_EQ(some[0].version, 3U);
  EXPECT_EQ(some[1].id, "Phones");
  const WarningLists lists{std::move(some)};
  EXPECT_EQ(ids(lists, "a@throwaway.example"), Ids{"mail"});
  EXPECT_EQ(ids(lists, "throwaway.example"), Ids{});
  EXPECT_EQ(ids(lists, stix::Value{ValueKind::sha1, "5550100000000000000000000000000000000000"}), Ids{});
  EXPECT_EQ(ids(lists, "both.example"), Ids{"Any"});
}

TEST(WarningLists, AUrlCountsAsItsSiteOnlyWhenItSaysNoMore) {
  const WarningLists lists{{list("site", WarningList::Type::hostname, {"big.example"}),
                            list("page", WarningList::Type::string, {"http://big.example/Known"}),
                            list("net", WarningList::Type::cidr, {"198.51.100.0/24"})}};
  EXPECT_EQ(ids(lists, "https://www.big.example/"), Ids{"site"});
  EXPECT_EQ(ids(lists, "https://user@big.example:8443"), Ids{"site"});
  EXPECT_EQ(ids(lists, "http://198.51.100.1"), Ids{"net"});
  EXPECT_EQ(ids(lists, "http://[2001:db8::1]/"), Ids{});
  EXPECT_EQ(ids(lists, "https://big.example/evil"), Ids{});
  EXPECT_EQ(ids(lists, "https://big.example?evil"), Ids{});
  EXPECT_EQ(ids(lists, "http://big.example/Known"), Ids{"page"});
}

TEST(WarningLists, RefusesWhatIsNoList) {
  for (const char* bad : {"", "[]", "{}", "{\"type\":\"cidr\"}", R"({"name":"n","type":"fuzzy","list":[]})",
                          R"({"name":"n","type":"string","list":[1]})", R"({"type":"string","list":[]})",
                          R"({"name":"n","type":"string","list":["a"],"matching_attributes":[1]})"})
    EXPECT_FALSE(parse_warning_list(bad)) << bad;
  WarningListLimits small;
  small.entry_bytes_max = 3;
  EXPECT_FALSE(parse_warning_list(R"({"name":"n","type":"string","list":["abcd"]})", {}, small));
  small.entries_max = 1;
  EXPECT_FALSE(parse_warning_list(R"({"name":"n","type":"string","list":["a","b"]})", {}, small));
  small.regexes_max = 1;
  EXPECT_EQ(WarningLists({list("r", WarningList::Type::regex, {"a", "b"})}, small).refused().size(), 1U);
}

TEST(WarningLists, TheFirstDayHasBrakes) {
  const WarningLists lists{built_in_warning_lists()};
  EXPECT_TRUE(lists.refused().empty());
  for (const char* held : {"10.1.2.3",
                           "192.168.0.0/16",
                           "127.0.0.1",
                           "169.254.1.1",
                           "224.0.0.251",
                           "192.0.2.1",
                           "8.8.8.8",
                           "8.8.4.4",
                           "1.1.1.1",
                           "1.0.0.1",
                           "9.9.9.9",
                           "2001:4860:4860::8888",
                           "fe80::1",
                           "::1",
                           "localhost",
                           "printer.local",
                           "www.example.com",
                           "a.test",
                           "d41d8cd98f00b204e9800998ecf8427e",
                           "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
                           "www.google.com",
                           "https://www.bing.com/",
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                           "0.0.0.0/0"}) {
    const auto value = std::string_view{held} == "localhost" ? stix::Value{ValueKind::domain, held}
                                                             : stix::recognise_value(held);
    EXPECT_FALSE(lists.check(value).empty()) << held;
  }
  for (const char* passes :
       {"93.184.216.34", "2a00:1450::1", "evil-google.com", "google.com.evil.ru",
        "900150983cd24fb0d6963f7d28e17f72", "https://www.google.com/url?q=http://evil.ru"})
    EXPECT_TRUE(lists.check(stix::recognise_value(passes)).empty()) << passes;
}

TEST(WarningLists, LoadsFoldersAndLinesAndNamesWhatItRefuses) {
  const auto folder = std::filesystem::temp_directory_path() / "tocsin-warning-lists";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "one");
  const std::string json = R"({"name":"One","type":"string","list":["a.example"]})";
  ASSERT_TRUE(write_file((folder / "one" / "list.json").string(), json));
  ASSERT_TRUE(write_file((folder / "two.json").string(), "{broken"));
  const auto lists = WarningLists::load(folder.string());
  ASSERT_TRUE(lists);
  EXPECT_EQ(ids(*lists, "a.example"), Ids{"one"});
  ASSERT_EQ(lists->refused().size(), 1U);
  EXPECT_EQ(lists->refused()[0], "two: no JSON object");

  ASSERT_TRUE(write_file((folder / "all.ndjson").string(), json + "\n\nbroken\n"));
  const auto lines = WarningLists::load((folder / "all.ndjson").string(), built_in_warning_lists());
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->lists().size(), built_in_warning_lists().size() + 1);
  ASSERT_EQ(lines->refused().size(), 1U);
  EXPECT_TRUE(lines->refused()[0].starts_with("line 3: "));
  EXPECT_FALSE(WarningLists::load((folder / "absent").string()));
  std::filesystem::remove_all(folder);
}

TEST(WarningListsRealData, NamesTheListsOfTheExpectedSightings) {
  const auto text = real_data("warninglists/warninglists.ndjson.zst");
  const auto rows = real_data("matches/expected-exact-sightings.csv.zst");
  if (!text || !rows) GTEST_SKIP() << "the real data is not beside the project";
  const auto file = (std::filesystem::temp_directory_path() / "tocsin-warning-lists.ndjson").string();
  ASSERT_TRUE(write_file(file, *text));
  const auto lists = WarningLists::load(file);
  std::filesystem::remove(file);
  ASSERT_TRUE(lists);
  EXPECT_EQ(lists->lists().size(), 122U);
  EXPECT_EQ(lists->entries(), 144'656U);
  for (const auto& refusal : lists->refused()) ADD_FAILURE() << refusal;

  std::size_t checked = 0, held = 0;
  for (const auto line : split(*rows, '\n')) {
    const auto columns = split(trim(line), ',');
    if (columns.size() != 7 || columns[0] == "log") continue;
    const auto value = stix::recognise_value(columns[4].substr(0, columns[4].find(":5888")));
    Ids expected, found;
    if (!columns[6].empty())
      for (const auto id : split(columns[6], ';')) expected.emplace(id);
    for (const auto* one : lists->check(value))
      if (one->type != WarningList::Type::substring && one->type != WarningList::Type::regex)
        found.insert(one->id);
    EXPECT_EQ(found, expected) << columns[4];
    ++checked;
    held += found.empty() ? 0 : 1;
  }
  EXPECT_EQ(checked, 864U);
  EXPECT_GT(held, 0U);
  for (const char* value : {"www.bing.com", "www.download.windowsupdate.com", "j.maxmind.com",
                            "chrome.cloudflare-dns.com", "127.0.0.1"})
    EXPECT_FALSE(lists->check(stix::recognise_value(value)).empty()) << value;
}

}  // namespace
}  // namespace tocsin::screen
