/// A pattern as a circle may send it: what wakes it never hides a match. Four bytes choose the records.

#include <cstring>

#include "base/check.hpp"
#include "match/graph.hpp"
#include "match/random_rules.hpp"
#include "match/scanner.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  if (size < 4 || size > 600) return 0;
  std::uint32_t seed = 0;
  std::memcpy(&seed, data, 4);
  const std::string text{reinterpret_cast<const char*>(data) + 4, size - 4};
  const auto rule = match::rule_of(
      text, {.regexes_max = 8, .bindings_max = 64, .observations_max = 200, .steps_max = 300'000});
  if (!rule) return 0;
  TOCSIN_CHECK((*rule)->text == text, "the text is kept as it came");

  match::Indicator indicator;
  indicator.id = "indicator--1";
  indicator.rule = *rule;
  match::IndicatorSet set;
  TOCSIN_CHECK(set.add(indicator).has_value(), "what is a rule can be added");
  if (seed % 2 == 0) set.settle();

  match::RandomRules random{seed};
  match::Scanner scanner{set};
  match::Hits hits;
  pattern::Matcher matcher{(*rule)->plan};
  for (int i = 0; i < 20; ++i) {
    const auto record = random.record();
    scanner.scan(record, Timestamp{}, hits);
    const auto expected = matcher.add(match::graph_of(record, Timestamp{}));
    const bool matched = expected && expected->has_value();
    TOCSIN_CHECK(hits.hits.empty() != matched, "woken and evaluated by itself say the same");
  }
  return 0;
}
