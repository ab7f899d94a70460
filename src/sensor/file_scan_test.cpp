#include "sensor/file_scan.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/json.hpp"
#include "sensor/scan.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string indicator(char digit, std::string_view type, std::string_view pattern) {
  std::string out = R"({"type":"indicator","spec_version":"2.1","id":"indicator--0000000)";
  out += digit;
  out +=
      R"(-0000-4000-8000-000000000001","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z",)";
  out += R"("valid_from":"2020-01-01T00:00:00Z","name":"known","pattern_type":")";
  out += type;
  out += R"(","pattern":)";
  append_json_string(out, pattern);
  return out + "}\n";
}

class FileScanTest : public ::testing::Test {
 protected:
  std::vector<json::Object> hits(const std::string& path, std::uint64_t rule_bytes_max = 1000) {
    std::vector<yara::Refused> refused;
    const auto rules = yara::Rules::compile(file_rules_.texts, refused);
    EXPECT_TRUE(rules);
    EXPECT_THAT(refused, IsEmpty());
    std::vector<json::Object> out;
    FileScan::Options options;
    options.rule_bytes_max = rule_bytes_max;
    options.print = [&](std::string_view line) {
      auto parsed = json::parse_object(line);
      ASSERT_TRUE(parsed) << line;
      out.push_back(*std::move(parsed));
    };
    options.tell = [&](std::string_view text) { told_.emplace_back(text); };
    FileScan scan{
        set_,   *rules, file_rules_.origins, lists_, [](CircleId, std::string_view) { return std::nullopt; },
        options};
    status_ = scan.tree(path);
    totals_ = scan.totals();
    return out;
  }
  void know(const std::string& objects) {
    EXPECT_TRUE(add_indicators(objects, match::DomainMatch::exact, set_, &file_rules_));
  }

  Folder folder_;
  match::IndicatorSet set_;
  FileRules file_rules_;
  screen::WarningLists lists_;
  FileScan::Totals totals_;
  std::vector<std::string> told_;
  Status status_;
};

// SHA-256 of "abc": FIPS 180-4, appendix of examples.
constexpr std::string_view sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_F(FileScanTest, FindsHashesNamesAndPatternsOfFilesAtAnyDepth) {
  std::filesystem::create_directories(folder_ / "a/b");
  testing::append(folder_ / "a/b/abc", "abc");
  testing::append(folder_ / "a/evil.exe", "x");
  testing::append(folder_ / "a/good", "good");
  know(indicator('1', "stix", "[file:hashes.'SHA-256' = '" + std::string{sha256_of_abc} + "']") +
       indicator('2', "stix", "[file:name = 'evil.exe' AND file:size < 10]"));
  const auto found = hits(folder_ / "a");
  ASSERT_THAT(found, SizeIs(2));
  const auto& hash = json::text_or(found[0], "path").starts_with("file:hashes") ? found[0] : found[1];
  const auto& name = &hash == &found[0] ? found[1] : found[0];
  EXPECT_EQ(json::text_or(hash, "value"), sha256_of_abc);
  EXPECT_EQ(json::text_or(hash, "file"), (folder_ / "a/b/abc"));
  EXPECT_EQ(json::number_or(hash.at("record").as_object(), "size"), 3U);
  EXPECT_EQ(json::text_or(name, "file"), (folder_ / "a/evil.exe"));
  EXPECT_EQ(totals_.files, 3U);
  EXPECT_EQ(totals_.bytes, 8U);
}

TEST_F(FileScanTest, AppliesYaraRules) {
  std::filesystem::create_directories(folder_ / "a");
  testing::append(folder_ / "a/one", "… WIPER …");
  testing::append(folder_ / "a/two", "nothing");
  know(indicator('3', "yara", "rule wiper { strings: $a = \"wiper\" nocase condition: $a }"));
  const auto found = hits(folder_ / "a");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(json::text_or(found[0], "rule"), "wiper");
  EXPECT_EQ(json::text_or(found[0], "file"), (folder_ / "a/one"));
  EXPECT_EQ(json::text_or(found[0], "indicator"), "indicator--00000003-0000-4000-8000-000000000001");
  EXPECT_EQ(found[0].at("strings").as_array().size(), 1U);
}

TEST_F(FileScanTest, HashesAllOfAFileAndShowsRulesItsBeginning) {
  testing::append(folder_ / "long", std::string(5000, '.') + "WIPER");
  know(indicator('3', "yara", "rule wiper { strings: $a = \"WIPER\" condition: $a }"));
  EXPECT_THAT(hits(folder_ / "long", 5000), IsEmpty());
  EXPECT_EQ(totals_.cut, 1U);
  EXPECT_EQ(totals_.bytes, 5005U);
  EXPECT_THAT(hits(folder_ / "long", 5005), SizeIs(1));
  EXPECT_EQ(totals_.cut, 0U);
}

TEST_F(FileScanTest, FollowsNoLinkAndOpensNoPipe) {
  std::filesystem::create_directories(folder_ / "a");
  testing::append(folder_ / "evil.exe", "x");
  std::filesystem::create_symlink(folder_ / "evil.exe", folder_ / "a/evil.exe");
  std::filesystem::create_directory_symlink(std::filesystem::path{folder_ / "a"}, folder_ / "a/round");
  ASSERT_EQ(::mkfifo((folder_ / "a/evil.pipe").c_str(), 0600), 0);
  know(indicator('2', "stix", "[file:name LIKE 'evil.%']"));
  EXPECT_THAT(hits(folder_ / "a"), IsEmpty());
  EXPECT_EQ(totals_.files, 0U);
  EXPECT_THAT(hits(folder_ / "a/evil.pipe"), IsEmpty());
  EXPECT_THAT(told_, ElementsAre(HasSubstr("is no file")));
  hits(folder_ / "absent");
  EXPECT_FALSE(status_);
}

TEST_F(FileScanTest, HoldsBackWhatAWarningListNames) {
  testing::append(folder_ / "empty", "");
  lists_ = screen::WarningLists{screen::built_in_warning_lists()};
  know(indicator('1', "stix", "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"));
  EXPECT_THAT(hits(folder_ / "empty"), IsEmpty());
  EXPECT_EQ(totals_.held_back, 1U);
}

}  // namespace
}  // namespace tocsin::sensor
