// Goal:   each rule of the tables is asked, says where it is broken, and weighs what the level says.
// Method: one good object of each of the 42 types, then one change at a time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stix/levels.hpp"
#include "stix/object.hpp"
#include "stix/property_table.hpp"
#include "stix/test_data.hpp"

namespace tocsin::stix {
namespace {

std::string quote(std::string_view json) {
  std::string out{json};
  for (char& c : out)
    if (c == '\'') c = '"';
  return out;
}

/// The id that these tests give the object of a type.
std::string id_of(std::string_view type) {
  return std::string{type} + "--5b7a9a6e-9b4b-4a64-8a0f-8f8a1c7d2e11";
}

/// What each type needs, and no more.
const std::map<std::string, std::string, std::less<>> needs{
    {"attack-pattern", "'name':'x'"},
    {"campaign", "'name':'x'"},
    {"course-of-action", "'name':'x'"},
    {"grouping", "'context':'unspecified','object_refs':['" + id_of("tool") + "']"},
    {"identity", "'name':'x'"},
    {"incident", "'name':'x'"},
    {"indicator",
     "'pattern':'[url:value = \\\"x\\\"]','pattern_type':'sigma','valid_from':'2020-01-01T00:00:00Z'"},
    {"infrastructure", "'name':'x'"},
    {"intrusion-set", "'name':'x'"},
    {"location", "'country':'de'"},
    {"malware", "'is_family':false"},
    {"malware-analysis", "'product':'x','result':'benign'"},
    {"note", "'content':'x','object_refs':['" + id_of("tool") + "']"},
    {"observed-data",
     "'first_observed':'2020-01-01T00:00:00Z','last_observed':'2020-01-01T00:00:00Z',"
     "'number_observed':1,'object_refs':['" +
         id_of("url") + "']"},
    {"opinion", "'opinion':'agree','object_refs':['" + id_of("tool") + "']"},
    {"report", "'name':'x','published':'2020-01-01T00:00:00Z','object_refs':['" + id_of("tool") + "']"},
    {"threat-actor", "'name':'x'"},
    {"tool", "'name':'x'"},
    {"vulnerability", "'name':'x'"},
    {"relationship", "'relationship_type':'uses','source_ref':'" + id_of("malware") + "','target_ref':'" +
                         id_of("tool") + "'"},
    {"sighting", "'sighting_of_ref':'" + id_of("indicator") + "'"},
    {"artifact", "'payload_bin':'AAAA'"},
    {"autonomous-system", "'number':1"},
    {"directory", "'path':'/x'"},
    {"domain-name", "'value':'a.example'"},
    {"email-addr", "'value':'a@example.com'"},
    {"email-message", "'is_multipart':false"},
    {"file", "'name':'x'"},
    {"ipv4-addr", "'value':'198.51.100.1'"},
    {"ipv6-addr", "'value':'2001:db8::1'"},
    {"mac-addr", "'value':'00:00:5e:00:53:af'"},
    {"mutex", "'name':'x'"},
    {"network-traffic", "'protocols':['tcp'],'src_ref':'" + id_of("ipv4-addr") + "'"},
    {"process", "'pid':1"},
    {"software", "'name':'x'"},
    {"url", "'value':'http://a.example/'"},
    {"user-account", "'user_id':'x'"},
    {"windows-registry-key", "'key':'HKEY_LOCAL_MACHINE\\\\x'"},
    {"x509-certificate", "'serial_number':'1'"},
    {"language-content", "'object_ref':'" + id_of("tool") + "','contents':{'de':{'name':'y'}}"},
    {"marking-definition", "'definition_type':'statement','definition':{'statement':'x'}"},
    {"extension-definition",
     "'name':'x','schema':'https://a.example','version':'1','extension_types':['new-sdo'],"
     "'created_by_ref':'" +
         id_of("identity") + "'"},
};

/// A good object of the type, with `more` members behind it, and `less` instead of what it needs.
std::string object(std::string_view type, std::string_view more = "", std::string_view instead = "") {
  const auto* rules = rules_of(type);
  std::string json = "{'type':'" + std::string{type} + "','id':'" + id_of(type) + "','spec_version':'2.1'";
  if (rules == nullptr || rules->family != Family::observable)
    json += ",'created':'2020-01-01T00:00:00.000Z'";
  if (rules != nullptr && rules->family != Family::observable && rules->family != Family::marking)
    json += ",'modified':'2020-01-01T00:00:00.000Z'";
  const auto own = instead.empty() ? needs.find(type)->second : std::string{instead};
  return quote(json + "," + own + (more.empty() ? "" : ",") + std::string{more} + "}");
}

/// "path: rule" of each broken rule; a warning stands in parentheses.
std::string verdict(std::string_view json, Level level) {
  Parser parser{{}, level};
  const auto verdicts = parser.validate(json);
  if (!verdicts) return verdicts.error().detail;
  std::string all;
  for (const auto& problem : verdicts->problems) {
    EXPECT_FALSE(problem.id.empty() || problem.section.empty() || problem.reason.empty()) << problem.rule;
    const bool error = problem.severity == Severity::error;
    all += (all.empty() ? "" : "; ") + std::string{error ? "" : "("} + problem.path + ": " + problem.rule +
           (error ? "" : ")");
  }
  return all;
}

TEST(Validation, TakesTheLeastOfEachOfTheTypes) {
  std::size_t types = 0;
  for (const auto table : {domain_types(), observable_types(), meta_types()})
    for (const auto& rules : table) {
      ++types;
      ASSERT_TRUE(needs.contains(rules.own.name)) << rules.own.name;
      EXPECT_EQ(verdict(object(rules.own.name), Level::strict), "") << rules.own.name;
    }
  EXPECT_EQ(types, 42U);
}

TEST(Validation, EveryPropertyIsOfItsType) {
  for (const auto table : {domain_types(), observable_types(), meta_types()})
    for (const auto& rules : table)
      for (const auto& property : rules.own.properties) {
        // What definition holds, others say.
        if (property.type.kind == Kind::any || property.type.kind == Kind::open_dictionary) continue;
        // A dictionary of a list of a number is of no type of the standard.
        const auto wrong = verdict(
            object(rules.own.name, "'" + std::string{property.name} + "':{'q':[0.5]}", "'defanged':true"),
            Level::strict);
        const bool container = property.type.kind == Kind::dictionary;
        EXPECT_EQ(wrong.find(property.name) != std::string::npos, !container)
            << rules.own.name << ' ' << property.name << ": " << wrong;
      }
}

TEST(Validation, WhatIsRequiredIsMissed) {
  for (const auto table : {domain_types(), observable_types(), meta_types()})
    for (const auto& rules : table)
      for (const auto& property : rules.own.properties)
        if (property.presence == Presence::required) {
          const auto without = object(rules.own.name, "", "'x_nothing':1");
          EXPECT_THAT(verdict(without, Level::normal),
                      testing::HasSubstr(std::string{property.name} + ": missing-property"));
          EXPECT_THAT(verdict(without, Level::lenient),
                      testing::HasSubstr("(" + std::string{property.name} + ": missing-property)"));
        }
}

TEST(Validation, SaysWhichRuleIsBroken) {
  const struct {
    std::string json, strict, normal;
  } cases[] = {
      // Vocabularies.
      {object("opinion", "", "'opinion':'maybe','object_refs':['" + id_of("tool") + "']"),
       "opinion: closed-vocabulary", "opinion: closed-vocabulary"},
      {object("tool", "'tool_types':['remote-access','teapot']"), "(tool_types[1]: open-vocabulary)",
       "(tool_types[1]: open-vocabulary)"},
      // References.
      {object("sighting", "'where_sighted_refs':['" + id_of("tool") + "']"),
       "where_sighted_refs[0]: reference-target", "(where_sighted_refs[0]: reference-target)"},
      {object("sighting", "", "'sighting_of_ref':'" + id_of("url") + "'"),
       "sighting_of_ref: reference-target", "(sighting_of_ref: reference-target)"},
      {object("sighting", "", "'sighting_of_ref':'" + id_of("x-own") + "'"), "", ""},
      {object(
           "report", "",
           "'name':'x','published':'2020-01-01T00:00:00Z','object_refs':['" + id_of("relationship") + "']"),
       "", ""},
      {object("relationship", "",
              "'relationship_type':'uses','source_ref':'" + id_of("malware") + "','target_ref':'" +
                  id_of("relationship") + "'"),
       "target_ref: reference-target; (relationship_type: unlisted-relationship)",
       "(target_ref: reference-target); (relationship_type: unlisted-relationship)"},
      // Relationships.
      {object("relationship", "",
              "'relationship_type':'indicates','source_ref':'" + id_of("tool") + "','target_ref':'" +
                  id_of("malware") + "'"),
       "(relationship_type: unlisted-relationship)", "(relationship_type: unlisted-relationship)"},
      {object("relationship", "",
              "'relationship_type':'related-to','source_ref':'" + id_of("tool") + "','target_ref':'" +
                  id_of("url") + "'"),
       "", ""},
      {object("relationship", "",
              "'relationship_type':'consists-of','source_ref':'" + id_of("infrastructure") +
                  "','target_ref':'" + id_of("url") + "'"),
       "", ""},
      {object("relationship", "",
              "'relationship_type':'Uses It','source_ref':'" + id_of("x-own") + "','target_ref':'" +
                  id_of("url") + "'"),
       "relationship_type: bad-form", "(relationship_type: bad-form)"},
      // Times.
      {object("campaign", "'first_seen':'2020-01-02T00:00:00Z','last_seen':'2020-01-01T00:00:00Z'"),
       "last_seen: wrong-order-of-times", "last_seen: wrong-order-of-times"},
      {object("campaign", "'first_seen':'2020-01-01T00:00:00Z','last_seen':'2020-01-01T00:00:00.0Z'"), "",
       ""},
      {object("relationship", "'start_time':'2020-01-01T00:00:00Z','stop_time':'2020-01-01T00:00:00Z'"),
       "stop_time: wrong-order-of-times", "stop_time: wrong-order-of-times"},
      // What holds between properties.
      {object("location", "", "'name':'x'"), ": needs-one-of", "(: needs-one-of)"},
      {object("location", "", "'latitude':1"), "latitude: needs-other", "(latitude: needs-other)"},
      {object("location", "'precision':1"), "precision: needs-other", "(precision: needs-other)"},
      {object("location", "'latitude':91,'longitude':-180.5"),
       "latitude: value-range; longitude: value-range", "latitude: value-range; longitude: value-range"},
      {object("malware", "", "'is_family':true"), "name: needs-other", "(name: needs-other)"},
      {object("malware-analysis", "", "'product':'x'"), ": needs-one-of", "(: needs-one-of)"},
      {object("artifact", "'url':'http://a.example/'"), ": needs-exactly-one; url: needs-other",
       "(: needs-exactly-one); (url: needs-other)"},
      {object("artifact", "'decryption_key':'x'"), "decryption_key: needs-other",
       "(decryption_key: needs-other)"},
      {object("email-message", "'body_multipart':[{'body':'x'}]"), "body_multipart: not-beside",
       "body_multipart: not-beside"},
      {object("email-message", "", "'is_multipart':true,'body':'x'"), "body: not-beside", "body: not-beside"},
      {object("network-traffic", "'is_active':true,'end':'2020-01-01T00:00:00Z'"), "end: not-beside",
       "end: not-beside"},
      {object("network-traffic", "", "'protocols':['tcp']"), ": needs-one-of", "(: needs-one-of)"},
      {object("network-traffic", "'src_port':65536"), "src_port: value-range", "src_port: value-range"},
      {object("process", "", "'defanged':true"), ": needs-one-of", "(: needs-one-of)"},
      {object("process", "", "'extensions':{'windows-process-ext':{'priority':'x'}}"), "", ""},
      {object("extension-definition", "'extension_properties':['abc']"), "extension_properties: not-beside",
       "extension_properties: not-beside"},
      // Forms.
      {object("ipv4-addr", "", "'value':'198.51.100.1/33'"), "value: bad-form", "(value: bad-form)"},
      {object("ipv4-addr", "", "'value':'0.0.0.0/0'"), "", ""},
      {object("ipv6-addr", "", "'value':'2001:db8::/32'"), "", ""},
      {object("mac-addr", "", "'value':'00:00:5E:00:53:AF'"), "value: bad-form", "(value: bad-form)"},
      {object("domain-name", "", "'value':'a b.example'"), "value: bad-form", "(value: bad-form)"},
      {object("email-addr", "", "'value':'A B <a@example.com>'"), "value: bad-form", "(value: bad-form)"},
      {object("url", "", "'value':'a.example/x'"), "value: bad-form", "(value: bad-form)"},
      {object("url", "", "'value':'http://a.example/%zz'"), "value: bad-form", "(value: bad-form)"},
      {object("software", "'cpe':'cpe:/a:x'"), "cpe: bad-form", "(cpe: bad-form)"},
      {object("software", "'languages':['en','deu']"), "languages[0]: bad-form", "(languages[0]: bad-form)"},
      {object("identity", "'lang':'en-GB'"), "", ""},
      {object("identity", "'lang':'english'"), "lang: bad-form", "(lang: bad-form)"},
      {object("file", "'magic_number_hex':'abc','mime_type':'text'"),
       "magic_number_hex: bad-form; mime_type: bad-form",
       "(magic_number_hex: bad-form); (mime_type: bad-form)"},
      {object("windows-registry-key", "", "'key':'HKLM\\\\x'"), "key: bad-form", "(key: bad-form)"},
      {object("tool", "'kill_chain_phases':[{'kill_chain_name':'A b','phase_name':'c'}]"),
       "(kill_chain_phases[0].kill_chain_name: kill-chain-form)", ""},
      {object("tool", "'kill_chain_phases':[{'phase_name':'c'}]"),
       "kill_chain_phases[0].kill_chain_name: missing-nested-property",
       "(kill_chain_phases[0].kill_chain_name: missing-nested-property)"},
      // Hashes.
      {object("file", "'hashes':{'MD5':'ab'}"), "hashes.MD5: bad-hash", "(hashes.MD5: bad-hash)"},
      {object("file", "'hashes':{'SHA1':'ab'}"), "(hashes.SHA1: hash-name)", "(hashes.SHA1: hash-name)"},
      {object("file", "'hashes':{'MD':'ab'}"), "hashes.MD: bad-hash", "(hashes.MD: bad-hash)"},
      // External references.
      {object("tool", "'external_references':[{'source_name':'x'}]"), "external_references[0]: needs-one-of",
       "(external_references[0]: needs-one-of)"},
      {object("tool", "'external_references':[{'source_name':'cve','external_id':'CVE-16-1'}]"),
       "external_references[0].external_id: external-id-form",
       "(external_references[0].external_id: external-id-form)"},
      {object("tool", "'external_references':[{'source_name':'capec','external_id':'CAPEC-163'}]"), "", ""},
      // Extensions.
      {object("file", "'extensions':{'ntfs-ext':{'alternate_data_streams':[{'size':-1}]}}"),
       "extensions.ntfs-ext.alternate_data_streams[0].size: value-range; "
       "extensions.ntfs-ext.alternate_data_streams[0].name: missing-nested-property",
       "extensions.ntfs-ext.alternate_data_streams[0].size: value-range; "
       "(extensions.ntfs-ext.alternate_data_streams[0].name: missing-nested-property)"},
      {object("url", "'extensions':{'tcp-ext':{'src_flags_hex':'00'}}"),
       "extensions.tcp-ext: extension-misplaced", "(extensions.tcp-ext: extension-misplaced)"},
      {object("file", "'extensions':{'pdf-ext':{}}"),
       "extensions.pdf-ext: empty-dictionary; extensions.pdf-ext: empty-dictionary; extensions.pdf-ext: "
       "needs-one-of",
       "extensions.pdf-ext: empty-dictionary; extensions.pdf-ext: empty-dictionary; (extensions.pdf-ext: "
       "needs-one-of)"},
      {object("file", "'extensions':{'x-own-ext':{'a':1}}"), "extensions.x-own-ext: unknown-extension",
       "(extensions.x-own-ext: unknown-extension)"},
      {object("file", "'extensions':{'" + id_of("extension-definition") + "':{'rank':1}}"),
       "extensions." + id_of("extension-definition") + ": extension-type-missing",
       "(extensions." + id_of("extension-definition") + ": extension-type-missing)"},
      // Properties that the standard does not have.
      {object("file", "'rank':1"), ": unknown-property", "(: unknown-property)"},
      {object("file", "'x_rank':1"), ": custom-property", ""},
      {object("file", "'rank':1,'x_rank':1,'extensions':{'" + id_of("extension-definition") +
                          "':{'extension_type':'toplevel-property-extension'}}"),
       "", ""},
      {object("x-own", "", "'rank':1,'modified':'2020-01-01T00:00:00.000Z'"), "", ""},
      {object("marking-definition", "'confidence':5"), ": unknown-property", "(: unknown-property)"},
      // Language content.
      {object("language-content", "",
              "'object_ref':'" + id_of("tool") + "','contents':{'deutsch':{'name':'y'}}"),
       "contents.deutsch: bad-form", "(contents.deutsch: bad-form)"},
      // Ids of observables.
      {quote("{'type':'ipv4-addr','id':'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4','value':'198.51.100."
             "3'}"),
       "", ""},
      {quote("{'type':'ipv4-addr','id':'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4','value':'198.51.100."
             "4'}"),
       "(id: id-not-of-contents)", ""},
      {quote("{'type':'process','id':'process--28bb3599-77cd-5a82-a950-b5bc3caf07c4','pid':1}"),
       "id: id-of-no-contents", "(id: id-of-no-contents)"},
      // Deprecated.
      {object("observed-data", "",
              "'first_observed':'2020-01-01T00:00:00Z','last_observed':'2020-01-01T00:00:00Z',"
              "'number_observed':1,'objects':{'0':{'type':'url','value':'x'}}"),
       "(objects: deprecated)", ""},
  };
  for (const auto& [json, strict, normal] : cases) {
    EXPECT_EQ(verdict(json, Level::strict), strict) << json;
    EXPECT_EQ(verdict(json, Level::normal), normal) << json;
  }
}

TEST(Validation, ReadsBundlesTheirObjectsAndLines) {
  const auto tool = object("tool");
  const std::string bundle_id = R"("id":"bundle--5b7a9a6e-9b4b-4a64-8a0f-8f8a1c7d2e11")";
  EXPECT_EQ(verdict(R"({"type":"bundle",)" + bundle_id + R"(,"objects":[)" + tool + "]}", Level::strict), "");
  EXPECT_EQ(verdict(R"({"type":"bundle","objects":[)" + tool + "]}", Level::strict), "id: missing-property");
  EXPECT_EQ(verdict(R"({"type":"bundle","id":"bundle--x","objects":[)" + tool + "]}", Level::strict),
            "id: bad-bundle-id");
  EXPECT_EQ(verdict(R"({"type":"bundle",)" + bundle_id + R"(,"spec_version":"2.1","objects":[)" + tool + "]}",
                    Level::strict),
            "spec_version: unknown-property");
  // The same when one object is broken and each part is read alone.
  EXPECT_EQ(verdict(R"({"type":"bundle","id":7,"objects":[{"a":1e999},)" + tool + "]}", Level::strict),
            "id: bad-bundle-id; : bad-number");
  Parser parser;
  const auto lines = parser.validate(tool + "\n" + tool + "\n{\n");
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->objects, 3U);
  EXPECT_EQ(lines->refused, 1U);
  EXPECT_FALSE(parser.validate("no JSON"));
  EXPECT_EQ(parser.validate("[" + tool + "," + tool + "]")->objects, 2U);
}

TEST(Validation, LenientForgivesWhatIsMissingButNotWhoItIs) {
  EXPECT_EQ(verdict(object("tool", "", "'x_nothing':1"), Level::lenient), "(name: missing-property)");
  EXPECT_EQ(verdict(quote("{'type':'url','value':'http://a.example'}"), Level::lenient),
            ": nameless; (id: missing-property)");
  EXPECT_THAT(verdict(object("tool", "'name':'y'"), Level::lenient), testing::HasSubstr("duplicate-key"));
  // Nothing grows harsher from level to level.
  for (const std::string rule :
       {"bad-form", "wrong-type", "open-vocabulary", "duplicate-key", "deprecated"}) {
    const auto weight = [&](Level level) {
      const auto severity = severity_of(rule, level);
      return !severity ? 0 : *severity == Severity::warning ? 1 : 2;
    };
    EXPECT_GE(weight(Level::strict), weight(Level::normal)) << rule;
    EXPECT_GE(weight(Level::normal), weight(Level::lenient)) << rule;
  }
}

}  // namespace
}  // namespace tocsin::stix
