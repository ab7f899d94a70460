#include "screen/screen.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <set>

#include "base/text.hpp"
#include "stix/object.hpp"
#include "stix/schema.hpp"

namespace tocsin::screen {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view us = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
constexpr std::string_view them = "identity--11111111-377b-45e0-aa1c-6a4751cae5ff";
constexpr std::string_view uuid = "8e2e2d2b-17d4-4cbf-938f-98129d05b300";

Screen screen_of(std::string_view more = {}, std::string key = "a key that nobody else has") {
  auto policy = parse_policy(
      "version = \"1\"\nown_names = [\"Gridco\"]\nown_domains = [\"power.example\"]\n"
      "own_networks = [\"198.51.100.0/24\"]\n" +
      std::string{more});
  EXPECT_TRUE(policy) << policy.error().detail;
  return Screen::make(std::make_shared<Policy>(*std::move(policy)),
                      {.identities = {std::string{us}}, .key = std::move(key)})
      .value();
}

std::string id_of(std::string_view type, int number = 0) {
  auto id = std::string{type} + "--" + std::string{uuid};
  id.back() = static_cast<char>('0' + number);
  return id;
}

/// An object of the type with no more than it must have, and `more`.
std::string object(std::string_view type, const std::string& more = {}, int number = 0,
                   std::string_view creator = us) {
  std::string out =
      R"({"type":")" + std::string{type} + R"(","spec_version":"2.1","id":")" + id_of(type, number) + '"';
  const auto* rules = stix::rules_of(type);
  const bool observable = rules != nullptr && rules->family == stix::Family::observable;
  if (!observable) {
    if (!creator.empty()) out += R"(,"created_by_ref":")" + std::string{creator} + '"';
    out += R"(,"created":"2026-04-06T20:03:48.000Z")";
    if (type != "marking-definition") out += R"(,"modified":"2026-04-06T20:03:48.000Z")";
  }
  return out + (more.empty() ? "" : "," + more) + "}";
}

/// What the type must have besides, as members of JSON.
const std::map<std::string, std::string>& least() {
  static const std::map<std::string, std::string> table = {
      {"attack-pattern", R"("name":"n")"},
      {"campaign", R"("name":"n")"},
      {"course-of-action", R"("name":"n")"},
      {"grouping",
       R"("context":"malware-analysis","object_refs":["malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])"},
      {"identity", R"("name":"n")"},
      {"incident", R"("name":"n")"},
      {"indicator",
       R"("pattern":"[domain-name:value = 'evil.example']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")"},
      {"infrastructure", R"("name":"n")"},
      {"intrusion-set", R"("name":"n")"},
      {"location", R"("country":"DE")"},
      {"malware", R"("is_family":false)"},
      {"malware-analysis", R"("product":"p","result":"malicious")"},
      {"note", R"("content":"c","object_refs":["malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])"},
      {"observed-data",
       R"("first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"object_refs":["file--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])"},
      {"opinion", R"("opinion":"agree","object_refs":["malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])"},
      {"report",
       R"("name":"n","published":"2026-01-01T00:00:00Z","object_refs":["malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])"},
      {"threat-actor", R"("name":"n")"},
      {"tool", R"("name":"n")"},
      {"vulnerability", R"("name":"n")"},
      {"relationship",
       R"("relationship_type":"related-to","source_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309","target_ref":"tool--8e2e2d2b-17d4-4cbf-938f-98129d05b309")"},
      {"sighting", R"("sighting_of_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309")"},
      {"artifact", R"("url":"https://evil.example/a","hashes":{"MD5":"900150983cd24fb0d6963f7d28e17f72"})"},
      {"autonomous-system", R"("number":64500)"},
      {"directory", R"("path":"p")"},
      {"domain-name", R"("value":"evil.example")"},
      {"email-addr", R"("value":"eve@evil.example")"},
      {"email-message", R"("is_multipart":false)"},
      {"file", R"("hashes":{"MD5":"900150983cd24fb0d6963f7d28e17f72"})"},
      {"ipv4-addr", R"("value":"203.0.113.9")"},
      {"ipv6-addr", R"("value":"2001:db8::9")"},
      {"mac-addr", R"("value":"00:1a:2b:3c:4d:5e")"},
      {"mutex", R"("name":"m")"},
      {"network-traffic",
       R"("protocols":["tcp"],"dst_ref":"ipv4-addr--8e2e2d2b-17d4-4cbf-938f-98129d05b309")"},
      {"process", R"("pid":7)"},
      {"software", R"("name":"n")"},
      {"url", R"("value":"https://evil.example/a")"},
      {"user-account", R"("account_type":"unix")"},
      {"windows-registry-key", R"("key":"HKEY_LOCAL_MACHINE\\x")"},
      {"x509-certificate", R"("serial_number":"01")"},
      {"marking-definition", R"("definition_type":"statement","definition":{"statement":"s"})"},
      {"extension-definition",
       R"("name":"n","schema":"s","version":"1.0.0","extension_types":["property-extension"])"},
      {"language-content",
       R"("object_ref":"malware--8e2e2d2b-17d4-4cbf-938f-98129d05b309","contents":{"de":{"name":"n"}})"},
  };
  return table;
}

/// The object of the type with `value` at the path, which replaces what must stand there.
std::string planted(const std::string& type, const std::string& path, const json::Value& value) {
  auto root = json::parse_object(object(type, least().at(type))).value();
  const auto parts = split(path, '.');
  json::Value inner = value;
  for (std::size_t i = parts.size(); i-- > 1;) {
    const std::string key{parts[i] == "*" ? "anything" : parts[i]};
    json::Object around{{key, inner}};
    if (parts[0] == "external_references" && i == 1) {
      if (key != "source_name") around["source_name"] = "s";
      if (key != "description") around["external_id"] = key == "external_id" ? inner : json::Value("e");
      inner = json::Array{around};
    } else {
      inner = around;
    }
  }
  root[std::string{parts[0] == "*" ? "anything" : parts[0]}] = inner;
  return json::dump(root);
}

std::vector<json::Value> shapes(const std::string& canary) {
  return {json::Value(canary),
          json::Array{canary},
          json::Object{{"some_key", canary}},
          json::Array{json::Object{{"data", canary}}},
          json::Object{{"k", json::Array{canary}}},
          json::Object{{canary, "v"}}};
}

TEST(Screen, everyPropertyOfTheStandardHasARow) {
  const auto policy = default_policy();
  for (const auto& types : {stix::domain_types(), stix::observable_types(), stix::meta_types()})
    for (const auto& type : types) {
      const auto* rows = policy.rows_of_type(type.own.name);
      ASSERT_NE(rows, nullptr) << type.own.name;
      for (const auto& property : type.own.properties)
        EXPECT_NE(policy.row_of(*rows, property.name), nullptr) << type.own.name << ":" << property.name;
      EXPECT_TRUE(least().contains(std::string{type.own.name})) << type.own.name;
    }
  for (const auto& extension : stix::predefined_extensions()) {
    const auto* node = policy.rows_of_type(extension.host)->exact("extensions");
    ASSERT_NE(node, nullptr) << extension.host;
    node = node->exact(extension.own.name);
    ASSERT_NE(node, nullptr) << extension.own.name;
    if (node->action) continue;
    for (const auto& property : extension.own.properties)
      EXPECT_NE(node->find(property.name), nullptr) << extension.own.name << ":" << property.name;
  }
}

TEST(Screen, theLeastObjectsAreValidAndReadable) {
  stix::Parser parser;
  for (const auto& [type, more] : least()) {
    const auto parsed = parser.parse_object(object(type, more));
    EXPECT_TRUE(parsed.object) << type << ": " << (parsed.problems.empty() ? "" : parsed.problems[0].reason);
  }
}

// Every type and every row of the table: what is planted there does not come out, nor into the record.
TEST(Screen, noCanaryLeaves) {
  const auto screen = screen_of();
  const auto policy = default_policy();
  const std::string word = "canaryqzx", mail = "canaryqzx@victim.example";
  std::size_t planted_count = 0, left_whole = 0;
  std::set<std::string> rows_seen;
  const auto check = [&](const std::string& type, const std::string& path, Action action) {
    std::vector<std::string> canaries;
    switch (action) {
      case Action::pass:
        return;  // times, numbers, references: no text of people
      case Action::guard:
      case Action::attacker:
        canaries = {"Gridco canaryqzx", R"(C:\Users\canaryqzx\a)", "ipv4-addr canaryqzx 198.51.100.7",
                    "canaryqzx.power.example", "canaryqzx 4012888888881881"};
        break;
      case Action::scan:
      case Action::command:
        canaries = {mail,
                    R"(C:\Users\canaryqzx\a)",
                    "canaryqzx.corp.internal",
                    "password=canaryqzx",
                    "https://canaryqzx:x@h.example/",
                    "canaryqzx[@]victim[.]example",
                    "canaryqzx%40victim.example",
                    "Y2FuYXJ5cXp4QHZpY3RpbS5leGFtcGxl"};
        break;
      case Action::url:
        canaries = {"https://canaryqzx:pw@evil.example/a",
                    "https://evil.example/a#canaryqzx",
                    "https://evil.example/a?mail=canaryqzx@victim.example",
                    "https://evil.example/canaryqzx@victim.example/b",
                    "https://canaryqzx.power.example/ticket",
                    "https://evil.example/?u=Y2FuYXJ5cXp4QHZpY3RpbS5leGFtcGxl"};
        break;
      default:
        canaries = {word, mail};
    }
    for (const auto& canary : canaries)
      for (const auto& value : shapes(canary)) {
        const auto in = planted(type, path, value);
        const auto decision = screen.screen(in);
        ++planted_count;
        const auto all =
            decision.output + decision.relationship + json::dump(record_of(decision)) + decision.output_id;
        ASSERT_THAT(all, Not(HasSubstr("canaryqzx"))) << type << " " << path << ": " << in;
        ASSERT_THAT(all, Not(HasSubstr("Y2FuYXJ5"))) << type << " " << path << ": " << in;
        EXPECT_NE(decision.outcome, Outcome::pass) << in;
        left_whole += decision.outcome == Outcome::changed ? 1 : 0;
      }
    rows_seen.insert(type + " " + path);
  };
  std::size_t rows = 0;
  for (const auto& [type, more] : least()) {
    for (const auto* table : {policy.types.at("any").get(), policy.types.at(type).get()})
      for (const auto& row : rows_of(*table)) {
        const auto colon = row.rfind(": ");
        const auto path = row.substr(0, colon);
        // The type's own row goes before that of all types.
        if (table == policy.types.at("any").get() &&
            policy.types.at(type)->exact(split(path, '.')[0]) != nullptr)
          continue;
        ++rows;
        check(type, path, *parse_action(row.substr(colon + 2)));
      }
    check(type, "x_unknown_property",
          type == "marking-definition" || type == "extension-definition" ? Action::guard : Action::drop);
    if (policy.types.at(type)->exact("extensions") == nullptr && !type.ends_with("-definition"))
      check(type, "extensions.extension-definition--8e2e2d2b-17d4-4cbf-938f-98129d05b309", Action::drop);
  }
  std::printf(
      "%zu rows, %zu with something to hide, %zu canaries planted, %zu objects left changed, 0 canaries came "
      "out\n",
      rows, rows_seen.size(), planted_count, left_whole);
  EXPECT_GT(left_whole, planted_count / 10);
}

TEST(Screen, whatIsHarmlessPassesByteForByte) {
  const auto screen = screen_of();
  for (const auto* type : {"attack-pattern",
                           "campaign",
                           "indicator",
                           "infrastructure",
                           "malware",
                           "tool",
                           "vulnerability",
                           "threat-actor",
                           "intrusion-set",
                           "malware-analysis",
                           "observed-data",
                           "opinion",
                           "autonomous-system",
                           "directory",
                           "domain-name",
                           "file",
                           "ipv4-addr",
                           "ipv6-addr",
                           "mutex",
                           "software",
                           "url",
                           "windows-registry-key",
                           "x509-certificate",
                           "process",
                           "network-traffic",
                           "location",
                           "marking-definition",
                           "relationship",
                           "sighting",
                           "grouping"}) {
    const auto in = object(type, least().at(type));
    const auto decision = screen.screen(in);
    EXPECT_EQ(decision.outcome, Outcome::pass) << type << " " << json::dump(record_of(decision));
    EXPECT_EQ(decision.output, in);
    EXPECT_TRUE(decision.findings.empty());
  }
}

TEST(Screen, theChangedObjectIsValidHasANewIdAndIsTheSameEveryTime) {
  const auto in = object("indicator", least().at("indicator") +
                                          R"(,"description":"Bob at bob@victim.example saw it","name":"x")");
  const auto a = screen_of().screen(in), again = screen_of().screen(in),
             b = screen_of("", "another key").screen(in);
  ASSERT_EQ(a.outcome, Outcome::changed);
  EXPECT_TRUE(a.needs_review);
  EXPECT_EQ(a.output, again.output);
  EXPECT_EQ(json::dump(record_of(a)), json::dump(record_of(again)));
  EXPECT_NE(a.output_id, b.output_id);
  EXPECT_NE(a.input_commitment, b.input_commitment);
  EXPECT_THAT(a.output_id,
              testing::MatchesRegex(
                  "indicator--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(a.output_id, a.id);
  EXPECT_THAT(a.output, HasSubstr(R"("id":")" + a.output_id));
  EXPECT_THAT(a.output, Not(HasSubstr(a.id)));
  EXPECT_TRUE(stix::Parser{}.parse_object(a.output).object);
  EXPECT_TRUE(a.relationship.empty());
  const auto named = screen_of("derived_from = true").screen(in);
  EXPECT_THAT(named.relationship,
              HasSubstr(R"("relationship_type":"derived-from","source_ref":")" + named.output_id));
  EXPECT_TRUE(stix::Parser{}.parse_object(named.relationship).object);
}

TEST(Screen, screeningTwiceIsScreeningOnce) {
  const auto screen = screen_of();
  for (const auto& in :
       {object(
            "identity",
            R"("name":"Jane","identity_class":"individual","contact_information":"x","sectors":["energy"])"),
        object("report", least().at("report")), object("incident", R"("name":"x")"),
        object("tool", R"("name":"see bob@victim.example, call 415-555-0132, C:\\Users\\bob\\x")"),
        object("process", R"("command_line":"C:\\Users\\bob\\x.exe --password hunter2 password=x1 -p y2")"),
        object("url", R"("value":"https://evil.example/?m=bob@victim.example#x")"),
        object("sighting", least().at("sighting") + R"(,"first_seen":"2026-01-01T10:11:12Z")")}) {
    const auto first = screen.screen(in);
    ASSERT_EQ(first.outcome, Outcome::changed) << in << json::dump(record_of(first));
    const auto second = screen.screen(first.output);
    EXPECT_EQ(second.outcome, Outcome::pass) << first.output << json::dump(record_of(second));
  }
}

TEST(Screen, objectsOfOthersLeaveWholeOrNotAtAll) {
  const auto screen = screen_of();
  const auto foreign = object(
      "intrusion-set",
      R"("name":"Group","description":"Mail bob@victim.example, 10.0.0.1","x_vendor":{"a":1})", 0, them);
  const auto whole = screen.screen(foreign);
  EXPECT_EQ(whole.outcome, Outcome::pass);
  EXPECT_TRUE(whole.others);
  EXPECT_EQ(whole.output, foreign);
  const auto custom =
      R"({"type":"x-vendor-thing","id":"x-vendor-thing--8e2e2d2b-17d4-4cbf-938f-98129d05b300","created_by_ref":")" +
      std::string{them} + R"("})";
  EXPECT_EQ(screen.screen(custom).outcome, Outcome::pass);
  const auto naming = screen.screen(
      object("report", least().at("report") + R"(,"description":"They went for Gridco")", 0, them));
  EXPECT_EQ(naming.outcome, Outcome::withheld);
  EXPECT_TRUE(naming.output.empty());
  // Without identities whatever names a creator is somebody else's, and what names none is the member's.
  auto unknown =
      Screen::make(std::make_shared<Policy>(default_policy()), {.identities = {}, .key = "k"}).value();
  EXPECT_EQ(unknown.screen(foreign).output, foreign);
  const auto nobodys = object("indicator", least().at("indicator") + R"(,"description":"d")", 0, {});
  EXPECT_EQ(unknown.screen(nobodys).outcome, Outcome::changed);
}

TEST(Screen, observablesBelongToThoseWhoReferToThem) {
  const auto screen = screen_of();
  const auto mail = object("email-addr", R"("value":"lure@evil.example")", 1);
  const auto report = object(
      "observed-data",
      R"("first_observed":"2026-01-01T00:11:00Z","last_observed":"2026-01-01T00:11:00Z","number_observed":1,"object_refs":[")" +
          id_of("email-addr", 1) + R"("])",
      0, them);
  const std::vector<std::string_view> both{mail, report};
  for (const auto& decision : screen.screen_all(both)) {
    EXPECT_EQ(decision.outcome, Outcome::pass) << decision.id << json::dump(record_of(decision));
    EXPECT_TRUE(decision.others);
  }
  EXPECT_EQ(screen.screen(mail).outcome, Outcome::withheld) << "whose it is cannot be told";
  // When the member's own object leaves under another id, nothing of others may tell the old one.
  const auto own = object("incident", R"("name":"x")");
  const auto note =
      object("note", R"("content":"c","object_refs":[")" + id_of("incident") + R"("])", 0, them);
  const std::vector<std::string_view> named{own, note};
  const auto decisions = screen.screen_all(named);
  EXPECT_EQ(decisions[0].outcome, Outcome::changed);
  EXPECT_EQ(decisions[1].outcome, Outcome::withheld);
  EXPECT_EQ(decisions[1].findings[0].rule, "refers-to-own-original");
}

TEST(Screen, aPhishingMailLeavesWithoutItsVictim) {
  const auto screen = screen_of();
  const auto sender = object("email-addr", R"("value":"lure@evil.example","display_name":"Eve")", 1);
  const auto victim = object("email-addr", R"("value":"bob@victim.example","display_name":"Bob")", 2);
  const auto mail = object("email-message",
                           R"("is_multipart":false,"subject":"Invoice for bob@victim.example","from_ref":")" +
                               id_of("email-addr", 1) + R"(","to_refs":[")" + id_of("email-addr", 2) +
                               R"("],"body":"Dear Bob")");
  const auto seen = object(
      "observed-data",
      R"("first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"object_refs":[")" +
          id_of("email-message") + R"(",")" + id_of("email-addr", 1) + R"(",")" + id_of("email-addr", 2) +
          R"("])");
  const std::vector<std::string_view> all{victim, sender, mail, seen};
  const auto out = screen.screen_all(all);
  EXPECT_EQ(out[0].outcome, Outcome::withheld);
  EXPECT_EQ(out[1].outcome, Outcome::pass);
  ASSERT_EQ(out[2].outcome, Outcome::changed);
  EXPECT_TRUE(out[2].needs_review);
  ASSERT_EQ(out[3].outcome, Outcome::changed);
  EXPECT_THAT(out[3].output, HasSubstr(R"("object_refs":[")" + out[2].output_id + R"(",")" +
                                       id_of("email-addr", 1) + R"("])"));
  for (const auto& one : out) {
    EXPECT_THAT(one.output, Not(HasSubstr("ob@victim")));
    EXPECT_THAT(one.output, Not(HasSubstr("Dear")));
    EXPECT_THAT(one.output, Not(HasSubstr(id_of("email-addr", 2))));
  }
  // In any order, and again, the same.
  const std::vector<std::string_view> turned{seen, mail, sender, victim};
  const auto back = screen.screen_all(turned);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(back[3 - i].output, out[i].output);
}

TEST(Screen, anIdThatGivesItsValueAwayIsNotNamed) {
  const auto screen = screen_of();
  const auto seen = object(
      "observed-data",
      R"("first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"object_refs":["ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","file--8e2e2d2b-17d4-4cbf-938f-98129d05b309"])");
  const auto decision = screen.screen(seen);
  ASSERT_EQ(decision.outcome, Outcome::changed);
  EXPECT_THAT(decision.output, Not(HasSubstr("28bb3599")));
  EXPECT_EQ(decision.findings[0].rule, "unknown-observable");
  // When the observable leaves along, nothing is told that was not told before.
  const std::string address =
      R"({"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.101.3"})";
  const std::vector<std::string_view> both{seen, address};
  for (const auto& one : screen.screen_all(both))
    EXPECT_EQ(one.outcome, Outcome::pass) << one.id << json::dump(record_of(one));
}

TEST(Screen, versionsOfAnObjectShareTheirNewId) {
  const auto screen = screen_of();
  const auto v1 = object("tool", R"("name":"plain")");
  auto v2 = object("tool", R"("name":"plain","description":"of Bob")");
  v2.replace(v2.find("20:03:48", v2.find("modified")), 8, "21:03:48");
  const std::vector<std::string_view> both{v1, v2};
  const auto out = screen.screen_all(both);
  EXPECT_EQ(out[0].outcome, Outcome::changed);
  EXPECT_EQ(out[0].output_id, out[1].output_id);
}

// Goal:   what left under a new id stays there, whatever later versions and policies say.
TEST(Screen, whatLeftUnderANewIdLeavesUnderItAgain) {
  const auto v1 = object("tool", R"("name":"plain","description":"of Bob")");
  const auto first = screen_of().screen(v1);
  const auto other_policy = screen_of("tool = [\"description: drop\"]").screen(v1);
  ASSERT_NE(first.policy_hash, other_policy.policy_hash);
  EXPECT_EQ(first.output_id, other_policy.output_id);

  Member member{.identities = {std::string{us}},
                .key = "a key that nobody else has",
                .left_before = [&](std::string_view id) { return id == first.id; }};
  const auto later = Screen::make(std::make_shared<Policy>(default_policy()), std::move(member)).value();
  const auto v2 = object("tool", R"("name":"plain")");  // nothing in it would be changed
  EXPECT_EQ(later.screen(v2).output_id, first.output_id);
  // What refers to it follows, though it is not among the objects; what is somebody else's may not.
  const auto link = [&](std::string_view creator) {
    return object(
        "relationship",
        R"("relationship_type":"uses","source_ref":"campaign--8e2e2d2b-17d4-4cbf-938f-98129d05b307",)"
        R"("target_ref":")" +
            first.id + '"',
        5, creator);
  };
  EXPECT_THAT(later.screen(link(us)).output, HasSubstr(first.output_id));
  EXPECT_EQ(later.screen(link(them)).outcome, Outcome::withheld);
}

TEST(Screen, aReviewedTextLeavesWithoutWhatDetectorsFind) {
  const auto decision = screen_of().screen(object(
      "indicator", least().at("indicator") + R"(,"description":"it fell on bob@victim.example","name":"x")"));
  ASSERT_TRUE(decision.needs_review);
  EXPECT_THAT(decision.output, Not(HasSubstr("it fell on")));
  EXPECT_THAT(decision.reviewed, HasSubstr("it fell on psn1-"));
  EXPECT_THAT(decision.reviewed, HasSubstr(R"("name":"x")"));
  EXPECT_THAT(decision.reviewed, HasSubstr(decision.output_id));
  EXPECT_THAT(decision.reviewed, Not(HasSubstr("victim")));
  // Where nothing in the texts is found, the id is the new one all the same.
  const auto plain = screen_of().screen(object("tool", R"("name":"n","description":"d")"));
  EXPECT_THAT(plain.reviewed, HasSubstr(plain.output_id));
  // The member's own rules take it as it is, and so would a hub's.
  const auto again = Screen::make(std::make_shared<Policy>(arriving(default_policy())),
                                  {.identities = {std::string{us}}, .key = "k"})
                         .value();
  EXPECT_EQ(again.screen(decision.reviewed).outcome, Outcome::pass);
}

TEST(Screen, aPersonMayReleaseWhatADetectorIsUnsureOf) {
  const auto in = object("file", R"("name":"x","hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"},)"
                                 R"("magic_number_hex":"4111111111111111")");
  const auto sure = screen_of().screen(in);
  EXPECT_EQ(sure.outcome, Outcome::withheld);
  EXPECT_FALSE(sure.needs_review);
  const auto unsure = screen_of("detectors = [\"card: review\"]").screen(in);
  EXPECT_EQ(unsure.outcome, Outcome::withheld);
  EXPECT_TRUE(unsure.output.empty());
  EXPECT_TRUE(unsure.needs_review);
  EXPECT_THAT(unsure.reviewed, HasSubstr("4111111111111111"));
}

TEST(Screen, whatCannotBeScreenedIsWithheld) {
  const auto screen = screen_of();
  for (const auto* in : {"", "nonsense", "[1]", "{}",
                         R"({"type":"tool","id":"malware--8e2e2d2b-17d4-4cbf-938f-98129d05b300"})",
                         R"({"type":"x-mine","id":"x-mine--8e2e2d2b-17d4-4cbf-938f-98129d05b300"})"}) {
    const auto decision = screen.screen(in);
    EXPECT_EQ(decision.outcome, Outcome::withheld) << in;
    EXPECT_TRUE(decision.output.empty() && decision.output_id.empty());
    EXPECT_FALSE(decision.findings.empty());
  }
  const auto marked = object(
      "tool",
      R"("name":"n","description":"d","granular_markings":[{"selectors":["description"],"marking_ref":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"}])");
  EXPECT_EQ(screen.screen(marked).outcome, Outcome::withheld);
  const auto self =
      R"({"type":"identity","spec_version":"2.1","id":")" + std::string{us} +
      R"(","created":"2026-04-06T20:03:48.000Z","modified":"2026-04-06T20:03:48.000Z","name":"Gridco"})";
  EXPECT_EQ(screen.screen(self).findings.at(0).rule, "own-identity");
}

}  // namespace
}  // namespace tocsin::screen
