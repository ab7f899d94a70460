#include "scan_patterns.hpp"

#include <array>
#include <string>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "match/rule.hpp"
#include "measure.hpp"

namespace tocsin::bench {

// LIKE and MATCHES that no line fulfils: of each pattern half of a made-up word, so that the search has
// something to look at.
void make_pattern(match::Indicator& out, std::uint64_t number) {
  const auto word = to_hex(sha256("pattern" + std::to_string(number))).substr(0, 10);
  const std::array<std::string, 4> texts = {
      "[domain-name:value LIKE '%" + word + "%']",
      "[url:value MATCHES '/" + word.substr(0, 4) + "[0-9]{2,4}/gate']",
      "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' LIKE '" + word + "%']",
      "[domain-name:value MATCHES '^" + word + "[a-z]*\\\\.(com|net)$']"};
  const auto rule = match::rule_of(texts[number % texts.size()]);
  if (!rule) give_up(rule.error().detail);
  out.alternatives.clear();
  out.rule = *rule;
}

}  // namespace tocsin::bench
