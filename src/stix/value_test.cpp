#include <gtest/gtest.h>

#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

TEST(RecogniseValue, TakesWhatPeopleType) {
  const struct {
    std::string_view typed;
    ValueKind kind;
    std::string_view text;
  } cases[] = {
      {"198.51.100.1", ValueKind::ipv4, "198.51.100.1"},
      {" 198[.]51[.]100[.]1 ", ValueKind::ipv4, "198.51.100.1"},
      {"198.51.100.1/32", ValueKind::ipv4, "198.51.100.1"},
      {"198.51.100.77/24", ValueKind::ipv4, "198.51.100.0/24"},
      {"0.0.0.0/0", ValueKind::ipv4, "0.0.0.0/0"},
      {"2001:0DB8:0:0:0:0:0:1", ValueKind::ipv6, "2001:db8::1"},
      {"2001[:]db8::1", ValueKind::ipv6, "2001:db8::1"},
      {"2001:db8:ffff::/33", ValueKind::ipv6, "2001:db8:8000::/33"},
      {"::ffff:198.51.100.1", ValueKind::ipv6, "::ffff:198.51.100.1"},
      {"WWW.Example.COM.", ValueKind::domain, "www.example.com"},
      {"evil[.]example", ValueKind::domain, "evil.example"},
      {"evil(dot)example", ValueKind::domain, "evil.example"},
      {"hxxps://Evil[.]Example/Path?Q=1", ValueKind::url, "https://evil.example/Path?Q=1"},
      {"HTTP://User@Evil.Example:80/A@B", ValueKind::url, "http://User@evil.example:80/A@B"},
      {"hxxp[://]a.example", ValueKind::url, "http://a.example"},
      {"Bad[@]Example[.]com", ValueKind::email, "bad@example.com"},
      {"D41D8CD98F00B204E9800998ECF8427E", ValueKind::md5, "d41d8cd98f00b204e9800998ecf8427e"},
      {"da39a3ee5e6b4b0d3255bfef95601890afd80709", ValueKind::sha1,
       "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"00-1B-44-11-3A-B7", ValueKind::mac, "00:1b:44:11:3a:b7"},
      {"t13d1516h2_8daaf6152771_b186095e22b6", ValueKind::ja4, "t13d1516h2_8daaf6152771_b186095e22b6"},
      {"HKLM\\Software\\Run", ValueKind::registry_key, "hkey_local_machine\\software\\run"},
      {"invoice.pdf.exe", ValueKind::file_name, "invoice.pdf.exe"},
      {"Final Report", ValueKind::file_name, "Final Report"},
      {"198.51.100.256", ValueKind::file_name, "198.51.100.256"},
      {"198.51.100.1/33", ValueKind::file_name, "198.51.100.1/33"},
      {"198.51.100.1/", ValueKind::file_name, "198.51.100.1/"},
      {"", ValueKind::file_name, ""},
  };
  for (const auto& [typed, kind, text] : cases)
    EXPECT_EQ(recognise_value(typed), (Value{kind, std::string{text}})) << typed;
}

TEST(CanonicalValue, IsAFixedPoint) {
  for (const std::string_view text :
       {"A.Example.", "198.51.100.7/8", "HTTP://X/Y", "HKCU\\A", "AA-BB-CC-DD-EE-FF", "2001:DB8::/129",
        "\xff", "x@", "://", "http://"}) {
    for (int kind = 1; kind <= 15; ++kind) {
      const auto once = canonical_value(static_cast<ValueKind>(kind), text);
      EXPECT_EQ(canonical_value(static_cast<ValueKind>(kind), once), once) << text << " as kind " << kind;
    }
  }
}

TEST(CompareVersions, OrdersExactDecimalsOfTime) {
  const std::vector<std::string_view> ascending = {
      "",
      "no time",
      "2016-04-06T20:03:48Z",
      "2016-04-06T20:03:48.001Z",
      "2016-04-06T20:03:48.0010000000000000000000001Z",
      "2016-04-06T20:03:48.01Z",
      "2016-04-06T20:03:48.1Z",
      "2016-04-06T20:03:49.000Z",
      "2017-01-01T00:00:00.000Z",
  };
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const int order = compare_versions(ascending[i], ascending[j]);
      EXPECT_EQ(order < 0, i < j) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(order > 0, i > j) << ascending[i] << " " << ascending[j];
    }
  EXPECT_EQ(compare_versions("2016-04-06T20:03:48Z", "2016-04-06T20:03:48.000Z"), 0);
  EXPECT_EQ(compare_versions("2016-04-06T20:03:48.5Z", "2016-04-06T20:03:48.500000Z"), 0);
}

TEST(Tlp, IsOneLatticeOverBothVersions) {
  const std::vector<std::pair<std::string_view, Tlp>> ids = {
      {"613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::clear},
      {"94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::clear},
      {"34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::green},
      {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::green},
      {"f88d31f6-486f-44da-b317-01333bde0b82", Tlp::amber},
      {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::amber},
      {"939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::amber_strict},
      {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::red},
      {"e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::red}};
  for (const auto& [id, level] : ids) {
    EXPECT_EQ(tlp_of_marking("marking-definition--" + std::string{id}), level) << id;
    EXPECT_EQ(tlp_of_marking(id), std::nullopt) << id;
    EXPECT_EQ(parse_tlp(name(level)), level);
  }
  EXPECT_EQ(parse_tlp("White"), Tlp::clear);
  EXPECT_EQ(parse_tlp("AMBER+STRICT"), Tlp::amber_strict);
  EXPECT_EQ(parse_tlp("purple"), std::nullopt);
}

TEST(EffectiveMarking, IsTheStrictestLevelAndTellsOfUnknownMarkings) {
  const std::string marking = "marking-definition--";
  Object object;
  EXPECT_EQ(effective_marking(object).level, std::nullopt);
  EXPECT_FALSE(effective_marking(object).unknown);
  object.marking_refs = {marking + "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
                         marking + "939a9414-2ddd-4d32-a0cd-375ea402b003",
                         marking + "34098fce-860f-48ae-8e50-ebd3cc5e41da"};
  EXPECT_EQ(effective_marking(object).level, Tlp::amber_strict);
  EXPECT_FALSE(effective_marking(object).unknown);
  object.marking_refs.push_back(marking + "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(effective_marking(object).level, Tlp::amber_strict);
  EXPECT_TRUE(effective_marking(object).unknown);
}

}  // namespace
}  // namespace tocsin::stix
