#include "stix/atoms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::stix {
namespace {

/// "path op key|key" for an atom, & and | between parts: enough to read a tree in a test.
std::string shown(const AtomExpression& expression) {
  if (expression.kind == AtomExpression::Kind::atom) {
    const auto& atom = expression.atom;
    std::string text{name(atom.path)};
    text += atom.compare == Atom::Compare::equals ? " =" : atom.compare == Atom::Compare::in ? " in" : " sub";
    for (const auto& value : atom.values) text += ' ' + value.key;
    return text;
  }
  std::string text = "(";
  for (const auto& part : expression.parts) {
    if (text.size() > 1) text += expression.kind == AtomExpression::Kind::all_of ? " & " : " | ";
    text += shown(part);
  }
  return text + ")";
}

std::string atoms(std::string_view text) {
  const auto pattern = parse_pattern(text);
  if (!pattern) return "broken: " + pattern.error().detail;
  const auto found = atoms_of(*pattern);
  if (!found) return found.error().detail;
  std::string all;
  for (const auto& observation : found->any_of)
    all += (all.empty() ? "" : " ; ") + shown(observation.expression);
  return all;
}

TEST(Atoms, HoldWhatASensorEvaluates) {
  EXPECT_EQ(atoms("[domain-name:value = 'WWW.Example.COM.']"), "domain-name:value = www.example.com");
  EXPECT_EQ(atoms("[url:value = 'HTTP://A.Example/']"), "url:value = HTTP://A.Example/");
  EXPECT_EQ(atoms("[file:hashes.MD5 = 'D41D8CD98F00B204E9800998ECF8427E' OR file:hashes.'SHA1' = 'AA']"),
            "(file:hashes.MD5 = d41d8cd98f00b204e9800998ecf8427e | file:hashes.'SHA-1' = aa)");
  EXPECT_EQ(atoms("[file:name IN ('a', 'b') AND file:size = 5]"), "(file:name in a b & file:size = 5)");
  EXPECT_EQ(atoms("[ipv4-addr:value ISSUBSET '198.51.100.77/24']"), "ipv4-addr:value sub 198.51.100.0/24");
  EXPECT_EQ(atoms("[network-traffic:dst_ref.value ISSUBSET '2001:db8:0::/32']"),
            "network-traffic:dst_ref.value sub 2001:db8::/32");
  EXPECT_EQ(atoms("[ipv6-addr:value = '2001:0DB8:0:0:0:0:0:1']"), "ipv6-addr:value = 2001:db8::1");
  EXPECT_EQ(atoms("[url:value = 'a'] OR [url:value = 'b']"), "url:value = a ; url:value = b");
  EXPECT_EQ(atoms("[file:name = 'a' OR url:value = 'b']"), "(file:name = a | url:value = b)");
}

TEST(Atoms, KeepTheTextOfThePattern) {
  const auto pattern = parse_pattern("[domain-name:value = 'A.Example']");
  const auto found = atoms_of(*pattern);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->any_of[0].expression.atom.values[0], (AtomValue{"A.Example", "a.example"}));
}

TEST(Atoms, DropATypeTestThatTheValueImplies) {
  EXPECT_EQ(
      atoms(
          "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.1']"),
      "network-traffic:dst_ref.value = 198.51.100.1");
  EXPECT_EQ(
      atoms("[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'A.example']"),
      "network-traffic:dst_ref.value = a.example");
  EXPECT_THAT(
      atoms(
          "[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = '198.51.100.1']"),
      testing::HasSubstr("no log reader fills network-traffic:dst_ref.type"))
      << "a type that the value contradicts must not become a match";
}

TEST(Atoms, CutTheTimeOfStartAndStop) {
  const auto pattern = parse_pattern(
      "([url:value = 'a'] START t'2020-01-01T00:00:00Z' STOP t'2020-03-01T00:00:00Z') "
      "START t'2020-02-01T00:00:00Z' STOP t'2020-04-01T00:00:00Z'");
  ASSERT_TRUE(pattern);
  const auto found = atoms_of(*pattern);
  ASSERT_TRUE(found);
  EXPECT_EQ(to_rfc3339(*found->any_of[0].start), "2020-02-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(*found->any_of[0].stop), "2020-03-01T00:00:00.000000Z");
}

TEST(Atoms, SayWhyAPatternIsNotEvaluated) {
  const struct {
    std::string_view pattern, reason;
  } cases[] = {
      {"[url:value = 'a'] AND [url:value = 'b']", "AND between observations"},
      {"[url:value = 'a'] FOLLOWEDBY [url:value = 'b']", "FOLLOWEDBY"},
      {"[url:value = 'a'] REPEATS 2 TIMES", "the qualifier REPEATS"},
      {"[url:value = 'a'] WITHIN 2 SECONDS", "the qualifier WITHIN"},
      {"[url:value LIKE 'a%']", "LIKE in url:value LIKE 'a%'"},
      {"[url:value MATCHES 'a']", "MATCHES in"},
      {"[file:size > 5]", "> in file:size > 5"},
      {"[file:name != 'a']", "!= in"},
      {"[file:name NOT = 'a']", "NOT in"},
      {"[EXISTS file:name]", "EXISTS in"},
      {"[ipv4-addr:value ISSUPERSET '198.51.100.1']", "ISSUPERSET in"},
      {"[file:name ISSUBSET '198.51.100.0/24']", "no network of addresses in"},
      {"[ipv4-addr:value ISSUBSET 'a.example']", "no network of addresses in"},
      {"[file:x_own = 'a']", "no log reader fills file:x_own"},
      {"[windows-registry-key:values[0].data = 'a']",
       "no log reader fills windows-registry-key:values[0].data"},
      {"[url:value = 'a' OR url:value LIKE 'b']", "LIKE in"},
      {"[url:value = 'a'] OR [url:value LIKE 'b']", "LIKE in"},
      {"[file:name = 'a' AND url:value = 'b']", "objects of different types"},
      {"[file:name = true]", "neither a string nor a whole number"},
  };
  for (const auto& [pattern, reason] : cases) {
    EXPECT_THAT(atoms(pattern), testing::StartsWith("not evaluated yet: ")) << pattern;
    EXPECT_THAT(atoms(pattern), testing::HasSubstr(reason)) << pattern;
  }
}

TEST(Atoms, NameTheValuesForLookUp) {
  const auto pattern = parse_pattern(
      "[domain-name:value IN ('A.example', 'b.example') OR network-traffic:dst_ref.value = '198.51.100.1' OR "
      "url:value NOT = 'c' OR url:value LIKE 'd' OR file:x_own = 'e' OR file:size = 5] AND [mutex:name = "
      "'f']");
  ASSERT_TRUE(pattern);
  EXPECT_THAT(
      values_of(*pattern),
      testing::ElementsAre(Value{ValueKind::domain, "a.example"}, Value{ValueKind::domain, "b.example"},
                           Value{ValueKind::ipv4, "198.51.100.1"}, Value{ValueKind::mutex, "f"}));
}

TEST(ObjectPaths, AreReadInEverySpelling) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Path::count_); ++i) {
    const auto path = static_cast<Path>(i);
    EXPECT_EQ(path_of(name(path)), path) << name(path);
    const auto parsed = parse_pattern("[" + std::string{name(path)} + " = 'x']");
    ASSERT_TRUE(parsed) << name(path);
    EXPECT_EQ(path_of(print(parsed->comparison.test.path)), path) << name(path);
  }
  for (const std::string_view spelling :
       {"file:hashes.'SHA-256'", "file:hashes.SHA256", "file:hashes.'sha-256'", "file:hashes.sha256"})
    EXPECT_EQ(path_of(spelling), Path::file_sha256) << spelling;
  EXPECT_EQ(path_of("email-message:to_refs.value"), Path::email_message_to_refs_value);
  EXPECT_EQ(path_of("process:name"), Path::process_image_name);
  EXPECT_EQ(path_of("process:binary_ref.hashes.MD5"), Path::process_image_md5);
  EXPECT_EQ(path_of("email-message:to_refs[0].value"), std::nullopt) << "one element is not any element";
  EXPECT_EQ(path_of("File:name"), std::nullopt);
  EXPECT_EQ(path_of("file:hashes.SSDEEP"), std::nullopt);
  EXPECT_EQ(path_of(""), std::nullopt);
}

TEST(PlainPattern, IsWhatTheParserSays) {
  std::size_t plain = 0;
  for (const std::string text :
       {"[domain-name:value = 'A.example']", "[domain-name:value='a.example']",
        "[ url:value  =  ' http://x ' ]", "[ url:value  =  ' http://x ']", "[file:hashes.sha256='AB']",
        "[file:hashes.'SHA-256' = 'ab']", "[file:hashes.MD5 = 'AB']",
        "[network-traffic:dst_ref.value = '198.51.100.1']", "[file:name = 'a = b']",
        // These are for the parser, and some are no patterns.
        "[file:name = 'a\\'b']", "[file:name = 'a' OR file:name = 'b']", "[file:name = '']",
        "[file:name = 'a'']", "[file:name == 'a']", "[file:name != 'a']", "[file:nam'e = 'a']",
        "[file:name = 'a'] OR [url:value = 'b']", "[a:b = 'c']", "[file:name='\xc3\xa9']", "[", "[']",
        "[']']", "[=']", "[file:name=']", "[file:name = ' ]']", "[file:size = '5']", "[file:name 'a']", ""}) {
    const auto quick = plain_pattern(text);
    if (!quick) continue;
    ++plain;
    const auto parsed = parse_pattern(text);
    ASSERT_TRUE(parsed) << text;
    const auto values = values_of(*parsed);
    ASSERT_EQ(values.size(), 1U) << text;
    EXPECT_EQ(values.front(), value_of(*quick)) << text;
  }
  EXPECT_GE(plain, 8U) << "most of what feeds publish is plain";
}

}  // namespace
}  // namespace tocsin::stix
