// Every example of the standard's §9.8, with an observation that it matches and one that it just does not.

#include <gmock/gmock.h>

#include "pattern/canonical.hpp"
#include "pattern/testing.hpp"

namespace tocsin::pattern {
namespace {

constexpr std::string_view zero = "2020-01-01T00:00:00Z";

/// One object an observation, a minute apart.
std::vector<Observation> minutes(const std::vector<std::string>& objects) {
  std::vector<Observation> all;
  for (const auto& object : objects) {
    all.push_back(observed({object}));
    all.back().first += std::chrono::minutes{all.size() - 1};
    all.back().last = all.back().first;
  }
  return all;
}

struct Example {
  std::string pattern;
  std::vector<Observation> matches, does_not;
};

std::string file(std::string_view properties) {
  return R"({"type":"file",)" + std::string{properties} + "}";
}
std::string sha256(std::string_view hash) {
  return file(R"("hashes":{"SHA-256":")" + std::string{hash} + "\"}");
}
std::string account(std::string_view id, std::string_view login) {
  return R"({"type":"user-account","account_type":"unix","user_id":")" + std::string{id} +
         R"(","account_login":")" + std::string{login} + "\"}";
}

constexpr std::string_view aec0 = "aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f";
constexpr std::string_view bf07 = "bf07a7fbb825fc0aae7bf4a1177b2b31fcf8a3feeaf7092761e18c859ee52a9c";
constexpr std::string_view traffic = R"({"type":"network-traffic","dst_ref":"to"})";

std::vector<Observation> traffic_to(std::string_view type, std::string_view value) {
  return {observed({traffic, R"({"id":"to","type":")" + std::string{type} + R"(","value":")" +
                                 std::string{value} + "\"}"})};
}
std::vector<Observation> beacons(std::size_t count, std::size_t seconds_apart) {
  std::vector<Observation> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(traffic_to("domain-name", "example.com").front());
    all.back().first += std::chrono::seconds{i * seconds_apart};
    all.back().last = all.back().first;
  }
  return all;
}

std::vector<Example> examples() {
  const std::string registry_key = R"({"type":"windows-registry-key","key":"HKEY_LOCAL_MACHINE\\foo\\bar"})";
  const std::string md5 = file(R"("hashes":{"MD5":"79054025255fb1a26e4bc422aef54eb4"})");
  const std::string globalsign =
      R"({"type":"process","command_line":"x>-add GlobalSign.cer -c -s -r localMachine)";
  const auto image = [](std::string_view name) {
    return observed({R"({"type":"process","image_ref":"image"})",
                     R"({"id":"image","type":"file","name":")" + std::string{name} + "\"}"});
  };
  const auto mail = [](std::string_view from, std::string_view attached) {
    return observed(
        {R"({"type":"email-message","from_ref":"from","body_multipart":[{"body":"Hi"},{"body_raw_ref":"part"}]})",
         R"({"id":"from","type":"email-addr","value":")" + std::string{from} + "\"}",
         R"({"id":"part","type":"file","name":")" + std::string{attached} + "\"}"});
  };
  const auto sent = [](std::string_view subject) {
    return observed({R"({"type":"email-message","sender_ref":"s","subject":")" + std::string{subject} + "\"}",
                     R"({"id":"s","type":"email-addr","value":"jdoe@example.com"})"});
  };
  const auto in_directory = [](std::string_view path) {
    return observed({R"({"type":"file","name":"foo.dll","parent_directory_ref":"d"})",
                     R"({"id":"d","type":"directory","path":")" + std::string{path} + "\"}"});
  };
  const auto resolved = [](std::string_view address) {
    return observed({R"({"type":"domain-name","value":"www.5z8.info","resolves_to_refs":["0","ip"]})",
                     R"({"id":"ip","type":"ipv4-addr","value":")" + std::string{address} + "\"}"});
  };
  return {
      {"[file:hashes.'SHA-256' = '" + std::string{aec0} + "']", minutes({sha256(aec0)}),
       minutes({sha256(bf07)})},
      {R"([email-message:from_ref.value MATCHES '.+\\@example\\.com$' AND )"
       R"(email-message:body_multipart[*].body_raw_ref.name MATCHES '^Final Report.+\\.exe$'])",
       {mail("a@example.com", "Final Report 1.exe")},
       {mail("a@example.com", "Report.exe"), mail("a@example_com", "Final Report 1.exe")}},
      {"[file:hashes.'SHA-256' = '" + std::string{aec0} + "' AND file:mime_type = 'application/x-pdf']",
       minutes(
           {file(R"("mime_type":"application/x-pdf","hashes":{"SHA-256":")" + std::string{aec0} + "\"}")}),
       minutes({sha256(aec0), file(R"("mime_type":"application/x-pdf")")})},
      {"[file:hashes.'SHA-256' = '" + std::string{bf07} +
           "' OR file:hashes.MD5 = 'cead3f77f6cda6ec00f57d76c9a6879f'] AND [file:hashes.'SHA-256' = '" +
           std::string{aec0} + "']",
       minutes({sha256(aec0), file(R"("hashes":{"MD5":"cead3f77f6cda6ec00f57d76c9a6879f"})")}),
       minutes({file(R"("hashes":{"MD5":"cead3f77f6cda6ec00f57d76c9a6879f","SHA-256":")" + std::string{aec0} +
                     "\"}")})},
      {R"(([file:hashes.MD5 = '79054025255fb1a26e4bc422aef54eb4'] FOLLOWEDBY )"
       R"([windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\foo\\bar']) WITHIN 300 SECONDS)",
       minutes({md5, registry_key}), minutes({registry_key, md5, "{}", "{}", "{}", "{}", registry_key})},
      {"[user-account:account_type = 'unix' AND user-account:user_id = '1007' AND user-account:account_login "
       "= 'Peter'] AND "
       "[user-account:account_type = 'unix' AND user-account:user_id = '1008' AND user-account:account_login "
       "= 'Paul'] AND "
       "[user-account:account_type = 'unix' AND user-account:user_id = '1009' AND user-account:account_login "
       "= 'Mary']",
       minutes({account("1009", "Mary"), account("1007", "Peter"), account("1008", "Paul")}),
       minutes({account("1009", "Mary"), account("1007", "Paul"), account("1008", "Peter")})},
      {R"([artifact:mime_type = 'application/vnd.tcpdump.pcap' AND artifact:payload_bin MATCHES )"
       R"('\\xd4\\xc3\\xb2\\xa1\\x02\\x00\\x04\\x00'])",
       minutes(
           {R"({"type":"artifact","mime_type":"application/vnd.tcpdump.pcap","payload_bin":"1MOyoQIABAAA"})"}),
       minutes(
           {R"({"type":"artifact","mime_type":"application/vnd.tcpdump.pcap","payload_bin":"ocOyoQIABAAA"})"})},
      {R"([file:name = 'foo.dll' AND file:parent_directory_ref.path = 'C:\\Windows\\System32'])",
       {in_directory(R"(C:\\Windows\\System32)")},
       {in_directory(R"(C:\\Windows)")}},
      {"[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]",
       minutes(
           {file(R"("extensions":{"windows-pebinary-ext":{"sections":[{"entropy":1},{"entropy":7.5}]}})")}),
       minutes(
           {file(R"("extensions":{"windows-pebinary-ext":{"sections":[{"entropy":1},{"entropy":7}]}})")})},
      {"[file:mime_type = 'image/bmp' AND file:magic_number_hex = h'ffd8']",
       minutes({file(R"("mime_type":"image/bmp","magic_number_hex":"FFD8")")}),
       minutes({file(R"("mime_type":"image/bmp","magic_number_hex":"424d")")})},
      {"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '203.0.113.33/32']",
       traffic_to("ipv4-addr", "203.0.113.33/32"), traffic_to("ipv4-addr", "203.0.113.33")},
      {"[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'example.com'] "
       "REPEATS 5 TIMES WITHIN 1800 SECONDS",
       beacons(5, 449), beacons(5, 450)},
      {"[domain-name:value = 'www.5z8.info' AND domain-name:resolves_to_refs[*].value = '198.51.100.1/32']",
       {resolved("198.51.100.1/32")},
       {resolved("198.51.100.2/32")}},
      {"[url:value = 'http://example.com/foo' OR url:value = 'http://example.com/bar']",
       minutes({R"({"type":"url","value":"http://example.com/bar"})"}),
       minutes({R"({"type":"url","value":"http://example.com/"})"})},
      {"[x509-certificate:issuer = 'CN=WEBMAIL' AND x509-certificate:serial_number = "
       "'4c:0b:1d:19:74:86:a7:66:b4:1a:bf:40:27:21:76:28']",
       minutes({R"({"type":"x509-certificate","issuer":"CN=WEBMAIL",)"
                R"("serial_number":"4c:0b:1d:19:74:86:a7:66:b4:1a:bf:40:27:21:76:28"})"}),
       minutes({R"({"type":"x509-certificate","issuer":"CN=WEBMAIL"})"})},
      {R"([windows-registry-key:key = 'HKEY_CURRENT_USER\\Software\\CryptoLocker\\Files' OR windows-registry-key:key = )"
       R"('HKEY_CURRENT_USER\\Software\\Microsoft\\CurrentVersion\\Run\\CryptoLocker_0388'])",
       minutes(
           {R"({"type":"windows-registry-key","key":"HKEY_CURRENT_USER\\Software\\CryptoLocker\\Files"})"}),
       minutes({registry_key})},
      {"[(file:name = 'pdf.exe' OR file:size = 371712) AND file:created = t'2014-01-13T07:03:17Z']",
       minutes({file(R"("size":371712,"created":"2014-01-13T07:03:17.000Z")")}),
       minutes({file(R"("size":371712,"created":"2014-01-13T07:03:18Z")"), file(R"("name":"pdf.exe")")})},
      {"[email-message:sender_ref.value = 'jdoe@example.com' AND email-message:subject = 'Conference Info']",
       {sent("Conference Info")},
       {sent("Conference")}},
      {"[x-usb-device:usbdrive.serial_number = '575833314133343231313937']",
       minutes({R"({"type":"x-usb-device","usbdrive":{"serial_number":"575833314133343231313937"}})"}),
       minutes({R"({"type":"x-usb-device","usbdrive":{}})"})},
      {"[process:command_line MATCHES '^.+>-add GlobalSign.cer -c -s -r localMachine Root$'] FOLLOWEDBY "
       "[process:command_line MATCHES'^.+>-add GlobalSign.cer -c -s -r localMachineTrustedPublisher$'] "
       "WITHIN 300 SECONDS",
       // WITHIN belongs to the one on its right alone, so an hour between the two is no matter.
       minutes({globalsign + " Root\"}", "{}", "{}", "{}", "{}", "{}", globalsign + "TrustedPublisher\"}"}),
       minutes({globalsign + "TrustedPublisher\"}", globalsign + " Root\"}"})},
      {"[network-traffic:dst_ref.value ISSUBSET '2001:0db8:dead:beef:0000:0000:0000:0000/64']",
       traffic_to("ipv6-addr", "2001:db8:dead:beef::1"), traffic_to("ipv6-addr", "2001:db8:dead:bef0::1")},
      {R"(([file:name = 'foo.dll'] AND [windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\foo\\bar']) OR )"
       R"([process:image_ref.name = 'fooproc' OR process:image_ref.name = 'procfoo'])",
       {image("procfoo")},
       minutes({file(R"("name":"foo.dll")")})},
  };
}

TEST(StandardsExamples, MatchWhatTheySayAndNothingElse) {
  const auto all = examples();
  EXPECT_EQ(all.size(), 22U);
  for (const auto& [pattern, matches, does_not] : all) {
    EXPECT_EQ(verdict(pattern, matches), "match") << pattern;
    EXPECT_EQ(verdict(pattern, does_not), "no match") << pattern;
    const auto form = canonical_text(stix::parse_pattern(pattern).value());
    EXPECT_EQ(verdict(form, matches), "match") << form;
    EXPECT_EQ(verdict(form, does_not), "no match") << form;
  }
}

// The observation of §9.5 that does not match: no single object refers to both addresses.
TEST(StandardsExamples, TwoObjectsAreNotOne) {
  const auto observation = observed({R"({"type":"network-traffic","id":"0","src_ref":"1"})",
                                     R"({"type":"ipv4-addr","id":"1","value":"203.0.113.10"})",
                                     R"({"type":"network-traffic","id":"2","dst_ref":"3"})",
                                     R"({"type":"ipv4-addr","id":"3","value":"198.51.100.58"})"},
                                    zero);
  EXPECT_EQ(verdict("[network-traffic:src_ref.value = '203.0.113.10' AND network-traffic:dst_ref.value = "
                    "'198.51.100.58']",
                    observation),
            "no match");
}

// Repetition and time as §9.5 counts them: pairs, not halves.
TEST(StandardsExamples, CountPairs) {
  const std::string a = R"({"type":"x","v":"a"})", b = R"({"type":"x","v":"b"})";
  const std::string pairs = "([x:v = 'a'] AND [x:v = 'b']) REPEATS 2 TIMES WITHIN 300 SECONDS";
  EXPECT_EQ(verdict(pairs, minutes({a, b, b, a})), "match");
  EXPECT_EQ(verdict(pairs, minutes({a, b, b, b})), "no match");
  const std::string one_and_many = "([x:v = 'a'] AND [x:v = 'b'] REPEATS 2 TIMES) WITHIN 300 SECONDS";
  EXPECT_EQ(verdict(one_and_many, minutes({a, b, b})), "match");
  EXPECT_EQ(verdict(one_and_many, minutes({a, b, a})), "no match");
}

}  // namespace
}  // namespace tocsin::pattern
