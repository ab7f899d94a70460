// Goal:   canonical JSON is RFC 8785 to the byte, and so the ids of observables are those that others
// compute. Method: facts of the RFC and of python-stix2, then the public vectors where they are there.

#include "stix/canonical_json.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <limits>

#include "stix/sco_id.hpp"
#include "stix/test_data.hpp"

namespace tocsin::stix {
namespace {

TEST(CanonicalJson, IsWhatTheStandardSays) {
  const struct {
    std::string json, canonical;
  } cases[] = {
      {" { \"b\" : [ ] , \"a\" : { } } ", "{\"a\":{},\"b\":[]}"},
      {"[true,false,null,\"\\u0041\\/\"]", "[true,false,null,\"A/\"]"},
      {"\"\\b\\t\\n\\f\\r\\u000b\\u001f\\\"\\\\\\u007f\\u20ac\"",
       "\"\\b\\t\\n\\f\\r\\u000b\\u001f\\\"\\\\\x7f\u20ac\""},
      {"[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0,-0.0,1e21,1e20]",
       "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,0,1e+21,100000000000000000000]"},
      {"[9007199254740993,0.1,1e-6,1e-7,-1.5,5e-324,1.7976931348623157e308]",
       "[9007199254740992,0.1,0.000001,1e-7,-1.5,5e-324,1.7976931348623157e+308]"},
      // In UTF-16, what stands beyond the basic plane comes before U+FB33 and U+E000.
      {"{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\ue000\":3,\"\\u20ac\":4,\"\\r\":5,\"1\":6,\"\\u00f6\":7,"
       "\"\\ud7ff\":8}",
       "{\"\\r\":5,\"1\":6,\"\u00f6\":7,\"\u20ac\":4,\"\ud7ff\":8,\"\U0001f600\":2,\"\ue000\":3,\"\ufb33\":"
       "1}"},
      {"{\"ab\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"ab\":1}"},
  };
  for (const auto& [json, canonical] : cases) {
    const auto got = canonical_json(json);
    ASSERT_TRUE(got) << json;
    EXPECT_EQ(*got, canonical);
    // 1e20 prints as a whole number of more than 64 bits, which is not read again.
    if (canonical.find("100000000000000000000") != std::string::npos) continue;
    EXPECT_EQ(canonical_json(canonical).value(), canonical) << "canonical once is canonical for ever";
  }
  for (const std::string json : {"", "{", "[1,]", "\"\\ud800\"", "1e999", "{} {}", "18446744073709551616"})
    EXPECT_FALSE(canonical_json(json)) << json;
}

std::string vector_file(const std::string& name) {
  return data_file("../vectors/jcs/" + name);
}

TEST(CanonicalJson, AgreesWithThePublicVectors) {
  if (vector_file("input/values.json").empty()) GTEST_SKIP() << "no shared vectors beside the project";
  for (const std::string name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    const auto got = canonical_json(vector_file("input/" + name + ".json"));
    ASSERT_TRUE(got) << name;
    const auto wanted = vector_file("output/" + name + ".json");
    EXPECT_EQ(*got, std::string{trim(wanted)}) << name;
  }
  std::size_t numbers = 0;
  const auto lines = vector_file("es6numbers_10000.txt");
  for (const auto line : split(lines, '\n')) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) continue;
    std::uint64_t bits = 0;
    std::from_chars(line.data(), line.data() + comma, bits, 16);
    EXPECT_EQ(canonical_number(std::bit_cast<double>(bits)), trim(line.substr(comma + 1)));
    ++numbers;
  }
  EXPECT_EQ(numbers, 10'000U);
}

// The ids are those that python-stix2 3.0.1 gives these objects.
TEST(ObservableId, IsMadeOfTheContents) {
  const struct {
    std::string id, rest;
  } cases[] = {
      {"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4", R"("value":"198.51.100.3")"},
      {"domain-name--0b5f3241-2d68-596b-abe1-339e3dda31be", R"("value":"B\u00fccher.example")"},
      {"file--8ce6c398-03ae-59fc-866a-b8532ccc1425",
       R"("hashes":{"SHA-256":"fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db",)"
       R"("MD5":"66e2ea40dc71d5ba701574ea215a81f1"},"name":"a\\b\"c.exe")"},
      {"file--a40acfbe-81ca-538e-9575-c8997cf7ab75",
       R"("hashes":{"SSDEEP":"96:gS/mFkCpXTWLr/PbKQHbr/S/mFkCpXTWLr/PbKQHbrB:Tu6SXTWGQHbeu6SXTWGQHbV"},"name":"x")"},
      {"autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff", R"("number":15139,"name":"Slime")"},
      {"network-traffic--960e7ceb-5c41-5af0-bc37-5a586307b268",
       R"("start":"2016-01-01T00:00:00Z","src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","dst_port":80,)"
       R"("protocols":["ipv4","tcp"],"extensions":{"tcp-ext":{"src_flags_hex":"00"}})"},
      {"user-account--c525fe9c-71da-5cf8-bd76-50bba55eba6a",
       R"("user_id":"1001","account_login":"x","account_type":"unix")"},
      {"windows-registry-key--c2765796-d3b4-5871-8b9e-c0dca6a08e15",
       R"("key":"hkey_local_machine\\system\\bar","values":[{"name":"Foo","data":"qwerty","data_type":"REG_SZ"}])"},
      {"software--710b0b41-d4d0-5d6c-a400-fc9254554ffc",
       R"("name":"Word","cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*","vendor":"Microsoft","version":"2002")"},
      {"email-message--5849bbca-2cce-5fa4-b8df-de2e5393b876",
       R"("is_multipart":false,"subject":"Hi","body":"x\n\u20ac")"},
      {"artifact--30db9816-3444-5ab6-8e93-f9262c146d34",
       R"("mime_type":"image/jpeg","payload_bin":"VBORw0KGgoAAAANSUhEUgAAADI==")"},
      {"x509-certificate--523001db-9d41-58eb-99c9-f940c79385c2", R"("serial_number":"36:f7")"},
  };
  for (const auto& [id, rest] : cases) {
    const auto type = id.substr(0, id.find("--"));
    EXPECT_EQ(observable_id(R"({"type":")" + type + R"(",)" + rest + "}"), id);
  }
  EXPECT_EQ(observable_id(R"({"type":"process","pid":5})"), std::nullopt)
      << "nothing of a process contributes";
  EXPECT_EQ(observable_id(R"({"type":"artifact","mime_type":"a/b"})"), std::nullopt);
  EXPECT_EQ(observable_id(R"({"type":"x-own","value":"a"})"), std::nullopt);
  EXPECT_EQ(observable_id("[]"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::stix
