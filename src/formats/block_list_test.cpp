#include "formats/block_list.hpp"

#include <gmock/gmock.h>

namespace tocsin::formats {
namespace {

using stix::ValueKind;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<Listed> values{
    {ValueKind::ipv4, "10.1.0.0/16", "a network"},
    {ValueKind::ipv4, "198.51.100.7", "indicator--a"},
    {ValueKind::ipv6, "2001:db8::1", ""},
    {ValueKind::ipv6, "2001:db8:0:1::/64", ""},
    {ValueKind::domain, "bad.example", "two\twords\n"},
    {ValueKind::domain, "below.example", "", true},
    {ValueKind::domain, "evil CNAME rpz-passthru.\nx", ""},
    {ValueKind::url, "http://a.example/x?y=1", ""},
    {ValueKind::md5, "d41d8cd98f00b204e9800998ecf8427e", ""},
    {ValueKind::mutex, "m", ""},
};

TEST(BlockList, Zones) {
  const auto zone = in_list_form(ListForm::rpz, values, 7);
  EXPECT_EQ(zone.listed, 6U);
  EXPECT_EQ(zone.left_out, 4U);
  const auto& text = zone.files.at(0).text;
  EXPECT_EQ(text.substr(text.find("@ NS")),
            "@ NS localhost.\n"
            "16.0.0.1.10.rpz-ip CNAME .\n32.7.100.51.198.rpz-ip CNAME .\n"
            "128.1.zz.db8.2001.rpz-ip CNAME .\n64.zz.1.0.db8.2001.rpz-ip CNAME .\n"
            "bad.example CNAME .\nbelow.example CNAME .\n*.below.example CNAME .\n");
  EXPECT_EQ(serial_of_zone(text), 7U);
  EXPECT_EQ(serial_of_zone("@ SOA x y ( 7 8"), std::nullopt);
  EXPECT_EQ(serial_of_zone(" ; serial\n"), std::nullopt);
}

TEST(BlockList, AZoneNeverBlocksEverybody) {
  const std::vector<Listed> all{
      {ValueKind::ipv4, "0.0.0.0/0", ""}, {ValueKind::ipv6, "::/0", ""}, {ValueKind::domain, "", ""}};
  EXPECT_EQ(in_list_form(ListForm::rpz, all).listed, 0U);
}

TEST(BlockList, ZeekIntel) {
  const auto text = in_list_form(ListForm::zeek_intel, values).files.at(0).text;
  EXPECT_THAT(text, HasSubstr("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n10.1.0.0/"
                              "16\tIntel::SUBNET\ttocsin\ta network\n"));
  EXPECT_THAT(text, HasSubstr("\na.example/x?y=1\tIntel::URL\t"));
  EXPECT_THAT(text, HasSubstr("\nd41d8cd98f00b204e9800998ecf8427e\tIntel::FILE_HASH\ttocsin\t-\n"));
  for (const auto line : {"bad.example\tIntel::DOMAIN\ttocsin\ttwo/x09words/x0a\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("passthru")));
}

TEST(BlockList, SuricataDatasets) {
  const auto sets = in_list_form(ListForm::suricata_dataset, values);
  const auto text = [&](std::string_view file) {
    for (const auto& one : sets.files)
      if (one.name == file) return one.text;
    return std::string{"none"};
  };
  EXPECT_EQ(text("domains.lst"), "YmFkLmV4YW1wbGU=\nYmVsb3cuZXhhbXBsZQ==\n");
  EXPECT_EQ(text("ipv4.lst"), "198.51.100.7\n") << "a set holds no networks";
  EXPECT_EQ(text("ip.lst"), "2001:db8::1\n");
  EXPECT_EQ(text("md5.lst"), "d41d8cd98f00b204e9800998ecf8427e\n");
  EXPECT_EQ(text("sha256.lst"), "") << "a set that a rule loads is there, empty or not";
  EXPECT_THAT(text("tocsin.rules"), HasSubstr("load domains.lst"));
}

TEST(BlockList, PlainLinesAreLines) {
  const auto text = in_list_form(ListForm::plain, values).files.at(0).text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 9);
  EXPECT_THAT(text, Not(HasSubstr("passthru")));
}

}  // namespace
}  // namespace tocsin::formats
