#include "stix/object.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::stix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view id = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

/// `json` with each `'` as `"`, so that the cases stay readable.
std::string quote(std::string_view json) {
  std::string out{json};
  for (char& c : out)
    if (c == '\'') c = '"';
  return out;
}

/// A good object of the kind that `what` names, with `more` members behind it.
std::string object(std::string_view what, std::string_view more = "") {
  std::string json;
  if (what == "identity")
    json =
        "{'type':'identity','spec_version':'2.1','id':'identity--8c6af861-7b20-41ef-9b59-6344fd872a8f',"
        "'created':'2016-08-08T15:50:10.983Z','modified':'2016-08-08T15:50:10.983Z','name':'A'";
  else if (what == "url")
    json = "{'type':'url','id':'url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','value':'http://a.example/'";
  else if (what == "marking")
    json =
        "{'type':'marking-definition','spec_version':'2.1','id':'marking-definition--aaaaaaaa-1111-4111-8111-"
        "aaaaaaaaaaaa','created':'2016-08-08T15:50:10.983Z'";
  return quote(json + (more.empty() ? "" : ",") + std::string{more} + "}");
}

/// "path: rule" of each error, or "" when the object is accepted.
std::string verdict(std::string_view json, Limits limits = {}) {
  Parser parser{limits};
  const auto parsed = parser.parse_object(json);
  EXPECT_EQ(parsed.object.has_value(), parsed.problems.empty());
  std::string all;
  for (const auto& problem : parsed.problems) {
    if (problem.severity != Severity::error) continue;
    EXPECT_FALSE(problem.id.empty() || problem.section.empty() || problem.reason.empty()) << problem.rule;
    all += (all.empty() ? "" : "; ") + problem.path + ": " + problem.rule;
  }
  return all;
}

TEST(ParseObject, SumsUpAnIndicator) {
  const std::string json =
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
      R"("created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:49.0000001Z","name":"x","revoked":true,)"
      R"("created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",)"
      R"("pattern":"[ipv4-addr:value = '198.51.100.1' OR domain-name:value IN ('A.example', 'a.example.')]",)"
      R"("pattern_type":"stix","valid_from":"2016-01-01T00:00:00Z","valid_until":"2016-01-02T00:00:00.5Z",)"
      R"("object_marking_refs":["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"],)"
      R"("granular_markings":[{"marking_ref":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",)"
      R"("selectors":["name"]}]})";
  Parser parser;
  const auto parsed = parser.parse_object(json);
  ASSERT_TRUE(parsed.object) << parsed.problems.at(0).reason;
  const auto& object = *parsed.object;
  EXPECT_EQ(object.bytes, json);
  EXPECT_EQ(object.id, id);
  EXPECT_EQ(object.type, "indicator");
  EXPECT_EQ(object.version(), "2016-04-06T20:03:49.0000001Z");
  EXPECT_EQ(object.name, "x");
  EXPECT_TRUE(object.revoked);
  EXPECT_EQ(object.created_by_ref, "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff");
  EXPECT_EQ(to_rfc3339(object.valid_from.value()), "2016-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(object.valid_until.value()), "2016-01-02T00:00:00.500000Z");
  EXPECT_TRUE(object.granular_markings);
  EXPECT_EQ(object.marking_refs.size(), 2U);
  EXPECT_EQ(effective_marking(object).level, Tlp::amber);
  EXPECT_THAT(object.values,
              ElementsAre(Value{ValueKind::ipv4, "198.51.100.1"}, Value{ValueKind::domain, "a.example"}));
  ASSERT_EQ(object.references.size(), 1U) << "a marking is no reference";
  EXPECT_EQ(object.references[0].property, "created_by_ref");
  EXPECT_THAT(object.warnings, ElementsAre());
}

TEST(ParseObject, KeepsBytesButForWhiteSpaceOutsideStrings) {
  const std::string json =
      " {\n\t\"type\" : \"url\" ,\"id\":\r\n\"url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8\",  "
      "\"value\":\"http://a.example/ \\u0041\\/ \\\" , : \", \"x_list\": [ 1.50 , -0, 1E2 , true ] }\n";
  const std::string kept =
      "{\"type\":\"url\",\"id\":\"url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8\","
      "\"value\":\"http://a.example/ \\u0041\\/ \\\" , : \",\"x_list\":[1.50,-0,1E2,true]}";
  Parser parser;
  const auto parsed = parser.parse_object(json);
  ASSERT_TRUE(parsed.object);
  EXPECT_EQ(parsed.object->bytes, kept);
  EXPECT_EQ(parser.parse_object(kept).object.value().bytes, kept);
}

TEST(ParseObject, NamesTheRuleThatIsBroken) {
  const struct {
    std::string json, verdict;
  } cases[] = {
      {object("identity"), ""},
      {object("url"), ""},
      {object("marking", "'definition_type':'statement','definition':{'statement':'x'}"), ""},
      {"{}", "type: missing-property; id: missing-property"},
      {"[]", ": not-an-object"},
      {"{\"type\":5}", "type: wrong-type; id: missing-property"},
      {quote("{'type':'url','id':'url--DD1C1A2C-DBDD-4B69-9D4C-AD4C2D0EF4E8','value':'x'}"), ""},
      {quote("{'type':'url','id':'url--dd1c1a2c-dbdd-4b69-cd4c-ad4c2d0ef4e8','value':'x'}"), "id: bad-id"},
      {quote("{'type':'url','id':'url-dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','value':'x'}"),
       "id: bad-id; id: id-of-other-type"},
      {quote("{'type':'url','id':'file--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','value':'x'}"),
       "id: id-of-other-type"},
      {quote("{'type':'url','id':'url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"), "value: missing-property"},
      {quote("{'type':'bundle','id':'bundle--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"),
       "type: bundle-as-object"},
      {quote("{'type':'Url','id':'Url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"),
       "type: bad-type-name; id: bad-id"},
      {quote("{'type':'x--y','id':'x--y--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"),
       "type: bad-type-name; id: bad-id; id: id-of-other-type"},
      {quote("{'type':'action','id':'action--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"), "type: bad-type-name"},
      // STIX 2.0 has no spec_version in its objects.
      {quote("{'type':'tool','id':'tool--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','created':'2016-08-08T15:50:"
             "10.983Z',"
             "'modified':'2016-08-08T15:50:10.983Z','name':'x'}"),
       "spec_version: spec-version-missing"},
      {quote("{'type':'tool','spec_version':'2.0','id':'tool--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8'}"),
       "spec_version: spec-version-unknown; created: missing-property; modified: missing-property; "
       "name: missing-property"},
      // Times.
      {object("identity", "'x_a':1"), ""},
      {quote(
           "{'type':'tool','spec_version':'2.1','id':'tool--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','name':'x',"
           "'created':'2016-08-08T15:50:10.98Z','modified':'2016-02-30T15:50:10.983Z'}"),
       "created: timestamp-precision; modified: bad-timestamp"},
      {quote(
           "{'type':'tool','spec_version':'2.1','id':'tool--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','name':'x',"
           "'created':'2016-08-08T15:50:10.9830001Z','modified':'2016-08-08T15:50:10.983Z'}"),
       "modified: modified-before-created"},
      {quote(
           "{'type':'tool','spec_version':'2.1','id':'tool--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','name':'x',"
           "'created':'2016-08-08t15:50:10.983Z','modified':'2016-08-08T15:50:10.983+00:00'}"),
       "created: bad-timestamp; modified: bad-timestamp"},
      // Common properties.
      {object("identity", "'revoked':'no'"), "revoked: wrong-type"},
      {object("identity", "'confidence':101"), "confidence: value-range"},
      {object("identity", "'confidence':0.5"), "confidence: wrong-type"},
      {object("identity", "'confidence':100"), ""},
      {object("identity", "'labels':['a',1]"), "labels[1]: wrong-type"},
      {object("identity", "'severity':'high'"), "severity: reserved-property"},
      {object("identity", "'created_by_ref':'me'"), "created_by_ref: bad-reference"},
      {object("identity", "'external_references':[{'url':'x'}]"),
       "external_references[0].source_name: missing-property"},
      {object("url", "'created':'2016-08-08T15:50:10.983Z'"), "created: forbidden-property"},
      {object("url", "'confidence':5"), "confidence: forbidden-property"},
      {object("url", "'labels':['x']"), "labels: forbidden-property"},
      {object("url", "'spec_version':'2.1'"), ""},
      // Names, containers, numbers.
      {object("url", "'Bad':1"), "Bad: bad-property-name"},
      {object("url", "'ab':1"), "ab: bad-property-name"},
      {object("url", "'x_own':{'An odd key':[]}"), ""},
      {object("url", "'other':[]"), "other: empty-list"},
      {object("url", "'other':[{}]"), "other[0]: empty-dictionary"},
      {object("url", "'other':{'a b':1}"), "other.a b: bad-key"},
      {object("url", "'other':{'abc':[1,null]}"), "other.abc[1]: null-value"},
      {object("url", "'other':9007199254740991"), ""},
      {object("url", "'other':-9007199254740992"), "other: integer-range"},
      {object("url", "'other':18446744073709551615"), "other: integer-range"},
      {object("url", "'other':18446744073709551616"), ": bad-number"},
      {object("url", "'other':1e400"), ": bad-number"},
      {object("url", "'other':NaN"), ": not-json"},
      {object("url", "'other_ref':'x'"), "other_ref: bad-reference"},
      {object("url", "'other_refs':'x'"), "other_refs: wrong-type"},
      {object("url", "'x_own_ref':'x'"), ""},
      // Duplicate keys, also when escapes hide them.
      {object("url", "'value':'x'"), "value: duplicate-key"},
      {quote("{'type':'url','id':'url--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','value':'x','v\\u0061lue':'y'}"),
       "value: duplicate-key"},
      {object("url", "'x_own':{'a':[{'b':1,'\\u0062':2}]}"), "x_own.a[0].b: duplicate-key"},
      // Markings.
      {object("url", "'object_marking_refs':['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9']"),
       ""},
      {object("url", "'object_marking_refs':['identity--613f2e26-407d-48c7-9eca-b8e91df99dc9']"),
       "object_marking_refs[0]: bad-marking-ref"},
      {object("url", "'object_marking_refs':'x'"), "object_marking_refs: wrong-type"},
      {object("marking",
              "'definition_type':'statement','definition':{'statement':'x'},'object_marking_refs':"
              "['marking-definition--aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa']"),
       "object_marking_refs[0]: marking-of-itself"},
      {object("marking"), ": marking-without-definition"},
      {object("marking", "'definition_type':'tlp','definition':{'tlp':'green'}"), ": false-tlp-definition"},
      {object("marking",
              "'modified':'2016-08-08T15:50:10.983Z','extensions':{'extension-definition--60a3c5c5-0d10-413e"
              "-aab3-9e08dde9e88d':{'extension_type':'property-extension','tlp_2_0':'red'}}"),
       "modified: forbidden-property; : false-tlp-definition"},
      {object("url", "'granular_markings':[{'lang':'en','selectors':['value']}]"), ""},
      {object("url",
              "'granular_markings':[{'lang':'en','marking_ref':'marking-definition--613f2e26-407d-48c7-9eca-"
              "b8e91df99dc9','selectors':['value']}]"),
       "granular_markings[0]: granular-marking-kind"},
      {object("url", "'granular_markings':[{'selectors':['value']}]"),
       "granular_markings[0]: granular-marking-kind"},
      {object("url", "'granular_markings':[{'lang':'en'}]"),
       "granular_markings[0].selectors: missing-property"},
      {object("url", "'x_a':[{'b':1}],'granular_markings':[{'lang':'en','selectors':['x_a.[0].b']}]"), ""},
      {object(
           "url",
           "'x_a':[{'b':1}],'granular_markings':[{'lang':'en','selectors':['x_a','x_a.[1]','x_a.[0].c']}]"),
       "granular_markings[0].selectors[1]: selector-without-target; "
       "granular_markings[0].selectors[2]: selector-without-target"},
      // Extensions.
      {object("url", "'extensions':{'x-foo':{'a':1}}"), "extensions.x-foo: bad-extension-key"},
      {object("url", "'extensions':{'x-foo-ext':5}"), "extensions.x-foo-ext: wrong-type"},
      {object("url", "'extensions':{'x-foo-ext':{'extension_type':'none'}}"),
       "extensions.x-foo-ext.extension_type: bad-extension-type"},
  };
  for (const auto& [json, wanted] : cases) EXPECT_EQ(verdict(json), wanted) << json;
}

TEST(ParseObject, ChecksIndicators) {
  const auto indicator = [](std::string_view members) {
    return quote("{'type':'indicator','spec_version':'2.1','id':'" + std::string{id} +
                 "','created':'2016-04-06T20:03:48.000Z','modified':'2016-04-06T20:03:48.000Z'," +
                 std::string{members} + "}");
  };
  EXPECT_EQ(verdict(indicator("'name':'x'")),
            "pattern: missing-property; pattern_type: missing-property; valid_from: missing-property");
  EXPECT_EQ(
      verdict(indicator("'pattern_type':'stix','pattern':'[a:b = 1','valid_from':'2016-01-01T00:00:00Z'")),
      "pattern: bad-pattern");
  EXPECT_EQ(
      verdict(indicator("'pattern_type':'sigma','pattern':'[a:b = 1','valid_from':'2016-01-01T00:00:00Z'")),
      "");
  EXPECT_EQ(
      verdict(indicator("'pattern_type':'stix','pattern':'[a:b = 1]','valid_from':'2016-01-01T00:00:00Z',"
                        "'valid_until':'2016-01-01T00:00:00.000Z'")),
      "valid_until: wrong-order-of-times");
  EXPECT_EQ(
      verdict(indicator("'pattern_type':'stix','pattern':'[a:b = 1]','valid_from':'2016-01-01T00:00:00Z',"
                        "'valid_until':'2016-01-01T00:00:00.0000000001Z'")),
      "");
  EXPECT_EQ(verdict(indicator("'pattern_type':'stix','pattern':'[a:b = 1]','valid_from':'2016-01-01'")),
            "valid_from: bad-timestamp");
}

TEST(ParseObject, WarnsOfWhatRealFeedsDo) {
  Parser parser;
  const auto odd = parser.parse_object(
      quote("{'type':'url','id':'url--dd1c1a2c-dbdd-1b69-9d4c-ad4c2d0ef4e8','value':'http://a.example'}"));
  ASSERT_TRUE(odd.object);
  ASSERT_EQ(odd.object->warnings.size(), 1U);
  EXPECT_EQ(odd.object->warnings[0].rule, "odd-uuid-version");
  EXPECT_EQ(odd.object->warnings[0].severity, Severity::warning);
}

TEST(ParseObject, KeepsItsLimits) {
  const auto nested = [](std::size_t depth) {
    return object("url", "'x_deep':" + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']'));
  };
  EXPECT_EQ(verdict(nested(32)), "");
  EXPECT_THAT(verdict(nested(33)), HasSubstr("too-deep"));
  EXPECT_EQ(verdict(nested(1000)), ": too-deep");
  EXPECT_EQ(verdict(object("url", "'x_s':'12345'"), {.string_bytes_max = 100}), "");
  EXPECT_EQ(verdict(object("url", "'x_s':'" + std::string(101, 'x') + "'"), {.string_bytes_max = 100}),
            "x_s: string-too-long");
  EXPECT_EQ(verdict(object("url"), {.object_bytes_max = 50}), ": object-too-large");
  std::string many = "'x_0':1";
  for (int i = 0; i < 5000; ++i) many += ",'k" + std::to_string(10000 + i) + "':1";
  EXPECT_EQ(verdict(object("url", many)), "");
  EXPECT_EQ(verdict(object("url", many + ",'k12345':1")), "k12345: duplicate-key");
  Parser parser;
  const auto flood = parser.parse_object(object(
      "url", "'x_0':[" + std::string(10000, ' ') + "1],'a':1" + [] {
        std::string all;
        for (int i = 0; i < 1000; ++i) all += ",'B" + std::to_string(i) + "':1";
        return all;
      }()));
  EXPECT_EQ(flood.problems.size(), 32U) << "a person reads the first few";
}

TEST(ParseObject, TakesTheValuesOfObservables) {
  const struct {
    std::string json;
    std::vector<Value> values;
  } cases[] = {
      {object("url"), {{ValueKind::url, "http://a.example/"}}},
      {quote(
           "{'type':'file','id':'file--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','name':'A.exe','hashes':{'MD5':"
           "'D41D8CD98F00B204E9800998ECF8427E','SHA-1':'AA','SHA-256':'BB','SHA-512':'CC','SSDEEP':'Dd'}}"),
       {{ValueKind::md5, "d41d8cd98f00b204e9800998ecf8427e"},
        {ValueKind::sha1, "aa"},
        {ValueKind::sha256, "bb"},
        {ValueKind::sha512, "cc"},
        {ValueKind::file_name, "A.exe"},
        {ValueKind::other, "Dd"}}},
      {quote("{'type':'x509-certificate','id':'x509-certificate--dd1c1a2c-dbdd-4b69-9d4c-ad4c2d0ef4e8','"
             "hashes':"
             "{'SHA-256':'AB'}}"),
       {{ValueKind::sha256, "ab"}}},
      {quote("{'type':'observed-data','spec_version':'2.1','id':'observed-data--b67d30ff-02ac-498a-92f9-"
             "32f845f448cf',"
             "'created':'2016-04-06T19:58:16.000Z','modified':'2016-04-06T19:58:16.000Z','number_observed':1,"
             "'first_observed':'2015-12-21T19:00:00Z','last_observed':'2015-12-21T19:00:00Z','objects':{'0':{"
             "'type':"
             "'domain-name','value':'A.example','resolves_to_refs':['1']},'1':{'type':'ipv4-addr','value':'"
             "198.51.100.7'}}}"),
       {{ValueKind::ipv4, "198.51.100.7"}, {ValueKind::domain, "a.example"}}},
  };
  Parser parser;
  for (const auto& [json, values] : cases) {
    const auto parsed = parser.parse_object(json);
    ASSERT_TRUE(parsed.object) << json << parsed.problems[0].reason;
    EXPECT_EQ(parsed.object->values, values) << json;
  }
}

}  // namespace
}  // namespace tocsin::stix
