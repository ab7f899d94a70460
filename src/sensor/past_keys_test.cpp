#include "sensor/past_keys.hpp"

#include <gmock/gmock.h>

#include "match/compiled.hpp"
#include "observe/reader.hpp"

namespace tocsin::sensor {
namespace {

using match::Form;
using stix::Path;

TEST(PastKeys, GoBackToTheValueThatTheyKeep) {
  const std::vector<std::pair<Path, std::string>> values = {
      {Path::ipv4_addr_value, "198.51.100.7"},       {Path::ipv6_addr_value, "2001:db8::7"},
      {Path::network_dst_ref_value, "198.51.100.7"}, {Path::network_src_ref_value, "host.example"},
      {Path::domain_name_value, "www.bad.example"},  {Path::url_value, "http://bad.example/A?b"},
      {Path::file_sha256, std::string(64, 'a')}};
  for (const auto& [path, text] : values) {
    const auto back = past_value(past_key(path, text));
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->path, path);
    EXPECT_EQ(back->text, text);
  }
  for (const std::string bad : {"", "\x04",
                                "\x04"
                                "abc",
                                "\x0d"
                                "abc",
                                "\x7f"
                                "abc",
                                "\x10\xf0"
                                "x"})
    EXPECT_FALSE(past_value(bad));
}

TEST(PastKeys, WritersAndIndicatorsAgree) {
  std::string buffer;
  EXPECT_EQ(past_key(Path::domain_name_value, "WWW.Bad.example."),
            past_key(Path::domain_name_value, Form::text, "www.bad.example"));
  const auto address = match::PrefixKey{*match::parse_address("2001:db8::7")};
  EXPECT_EQ(past_key(Path::ipv6_addr_value, "2001:0DB8::0:7"),
            past_key(Path::ipv6_addr_value, Form::prefix, address.bytes()));
  EXPECT_TRUE(past_key(Path::network_dst_ref_value, "10.1.2.3")
                  .starts_with(keys_of_network(*match::parse_network("10.1.0.0/16"))));
  EXPECT_TRUE(past_key(Path::domain_name_value, "a.b.example").starts_with(keys_below_domain("b.example")));
  EXPECT_FALSE(past_key(Path::domain_name_value, "ab.example").starts_with(keys_below_domain("b.example")));
}

TEST(PastKeys, ARecordKeepsWhatTellsSomethingOnce) {
  observe::Reader reader{observe::Format::zeek_json, "conn"};
  stix::Observation record;
  ASSERT_TRUE(reader.read(
      R"({"ts":1700000000.5,"id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":443,"proto":"tcp"})",
      record));
  std::vector<history::Observed> kept;
  const auto now = from_micros(1'800'000'000'000'000);
  values_to_keep(record, 77, now, kept);
  ASSERT_EQ(kept.size(), 2U) << "the two ends, not their ports, and not each address twice";
  EXPECT_EQ(static_cast<Path>(kept[0].tag), Path::network_src_ref_value);
  EXPECT_EQ(static_cast<Path>(kept[1].tag), Path::network_dst_ref_value);
  EXPECT_EQ(kept[1].text, "198.51.100.7");
  EXPECT_EQ(kept[1].second, 1'700'000'000U);
  EXPECT_EQ(kept[1].offset_bytes, 77U);
  EXPECT_THAT(paths_for(Path::ipv4_addr_value), ::testing::Contains(Path::network_dst_ref_value));
  kept.clear();
  values_to_keep(record, 0, from_micros(1'600'000'000'000'000), kept);
  EXPECT_EQ(kept[0].second, 1'600'000'000U) << "nothing is seen in the future";
}

}  // namespace
}  // namespace tocsin::sensor
