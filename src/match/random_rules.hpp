#pragma once

/// Random patterns over paths that log readers fill, and random records that often meet them. For the
/// property test and the fuzzer.

#include <random>
#include <string>
#include <vector>

#include "pattern/random_patterns.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

class RandomRules {
 public:
  explicit RandomRules(std::uint32_t seed) : shapes_{seed} {}

  std::size_t below(std::size_t end) { return shapes_.below(end); }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return shapes_.one_of(all);
  }

  std::string comparison() {
    switch (below(8)) {
      case 0:
        return "file:name " + text_test({"a.exe", "b.exe", "A.exe", "x\xc3\xa9.dll"});
      case 1:
        return "file:size " +
               one_of<std::string>({"= 7", "> 6", "NOT = 8", "IN (7, 9)", "!= 7", "= 7.0", "<= 6"});
      case 2:
        return "file:hashes." + one_of<std::string>({"MD5", "'md5'"}) + " " +
               one_of<std::string>({"=", "!=", "NOT =", "LIKE"}) + " '" +
               one_of<std::string>({"AA", "aa", "bb"}) + "'";
      case 3:
        return "domain-name:value " + text_test({"evil.example", "Good.example", "a.evil.example"});
      case 4:
        return "network-traffic:dst_ref." +
               one_of<std::string>({"value = '10.0.0.1'", "value ISSUBSET '10.0.0.0/8'", "type = 'ipv4-addr'",
                                    "value NOT ISSUBSET '10.0.0.0/31'", "value LIKE '10.%'",
                                    "value = 'evil.example'"});
      case 5:
        return "network-traffic:" +
               one_of<std::string>({"dst_port = 443", "dst_port > 400", "protocols[*] = 'tcp'",
                                    "protocols[0] = 'tcp'", "protocols[1] LIKE 'd%'",
                                    "protocols[*] NOT IN ('tcp')", "dst_port NOT = 443"});
      case 6:
        return one_of<std::string>({"EXISTS file:hashes", "NOT EXISTS file:hashes.MD5", "EXISTS file:name",
                                    "NOT EXISTS network-traffic:dst_port", "artifact:payload_bin = 'x'",
                                    "file:parent_directory_ref.path = '/tmp'", "NOT EXISTS artifact:url"});
      default:
        return "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' " +
               text_test({"curl/7", "Mozilla", "na\xc3\xafve"});
    }
  }
  std::string comparisons(std::size_t depth) {
    if (depth == 0 || below(3) == 0) return comparison();
    std::string text = comparisons(depth - 1);
    for (auto more = below(3); more-- > 0;)
      text += one_of<std::string>({" AND ", " OR "}) + comparisons(depth - 1);
    return below(2) == 0 ? "(" + text + ")" : text;
  }
  std::string pattern() {
    return shapes_.observations(below(3), [this] { return "[" + comparisons(2) + "]"; });
  }

  stix::Observation record() {
    using stix::Path;
    stix::Observation out;
    out.set_time(parse_rfc3339(shapes_.second()).value());
    for (auto objects = 1 + below(3); objects-- > 0;) {
      const auto object = out.next_object();
      const auto maybe = [&](Path path, std::initializer_list<std::string> values) {
        if (below(3) != 0) out.add(path, object, out.keep(one_of<std::string>(values)));
      };
      switch (below(3)) {
        case 0:
          maybe(Path::file_name, {"a.exe", "b.exe", "A.exe", "x\xc3\xa9.dll", "xe\xcc\x81.dll", "\xff.exe"});
          maybe(Path::file_name, {"a.exe", "b.exe"});
          maybe(Path::file_size, {"7", "8", "07"});
          maybe(Path::file_md5, {"aa", "AA", "bb"});
          maybe(Path::file_parent_directory_path, {"/tmp", "/etc"});
          break;
        case 1:
          out.add(
              Path::domain_name_value, object,
              one_of<std::string_view>({"evil.example", "good.example", "a.evil.example", "EVIL.example"}));
          break;
        default:
          maybe(Path::network_dst_ref_value, {"10.0.0.1", "10.0.0.2", "2001:db8::1"});
          maybe(Path::network_dst_port, {"443", "80"});
          maybe(Path::network_protocols, {"tcp", "dns"});
          maybe(Path::network_protocols, {"dns", "http"});
          maybe(Path::network_http_user_agent,
                {"curl/7", "Mozilla", "na\xc3\xafve", "nai\xcc\x88ve", "\xff"});
      }
    }
    return out;
  }

 private:
  std::string text_test(std::initializer_list<std::string> constants) {
    const auto word = one_of<std::string>(constants);
    switch (below(6)) {
      case 0:
        return "LIKE '%" + word.substr(below(2)) + "'";
      case 1:
        return "LIKE '" + one_of<std::string>({"_", "%"}) + word.substr(1, 2) + "%'";
      case 2:
        return "MATCHES '" +
               one_of<std::string>({"^a", "exe$", "e.*e", "[^a]x", "(?i)EVIL", "\\\\.", "x\xc3\xa9?",
                                    "^.{5}$", "a|z", "\\\\bevil\\\\b", "", "na.ve", "^\\\\w+$"}) +
               "'";
      case 3:
        return "NOT LIKE '%" + word + "%'";
      case 4:
        return one_of<std::string>({"> '", "!= '", "NOT = '"}) + word + "'";
      default:
        return below(2) == 0 ? "= '" + word + "'" : "IN ('q', '" + word + "')";
    }
  }

  pattern::RandomPatterns shapes_;
};

}  // namespace tocsin::match
