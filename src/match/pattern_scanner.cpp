#include "match/pattern_scanner.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "match/graph.hpp"
#include "match/key.hpp"

namespace tocsin::match {
namespace {

constexpr std::size_t sweep_after = 4'096;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

void PatternScanner::wake(const PatternView& view, std::span<const stix::Observation> records,
                          std::vector<Woken>& woken) {
  for (std::uint32_t number = 0; number < records.size(); ++number) {
    const auto& values = records[number].values();
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      const auto path = static_cast<std::size_t>(values[i].path);
      if (!view.watched[path]) continue;
      for (const auto& pattern : view.loose[path]) woken.push_back({number, i, pattern});
      const auto text = fold(values[i].path, values[i].text, buffer_);
      const bool ascii = is_ascii(text);
      for (const auto& level : view.levels) {
        if (!level->texts->paths()[path]) continue;
        owners_.clear();
        // The index knows bytes: where these are more, whoever looks at this path is asked.
        const bool searched = ascii && level->texts->search(values[i].path, text, scratch_, owners_);
        for (const auto owner : searched ? owners_ : level->texts->owners(values[i].path))
          woken.push_back({number, i, level->patterns[owner]});
      }
    }
  }
}

void PatternScanner::evaluate(std::vector<Woken>& woken, std::span<const stix::Observation> records,
                              Timestamp now, const RecordName& name, std::vector<Match>& matches) {
  std::ranges::sort(woken, [](const Woken& a, const Woken& b) {
    return std::tie(a.record, a.pattern, a.observed) < std::tie(b.record, b.pattern, b.observed);
  });
  const auto repeated = std::unique(woken.begin(), woken.end(), [](const Woken& a, const Woken& b) {
    return a.record == b.record && a.pattern == b.pattern;
  });
  woken.erase(repeated, woken.end());
  std::optional<pattern::Observation> graph;
  std::uint32_t graph_of_record = 0;
  for (auto& one : woken) {
    if (!graph || graph_of_record != one.record) {
      graph = graph_of(records[one.record], now);
      graph_of_record = one.record;
    }
    if (!one.pattern->rule->one_record && graph->id.empty())
      graph->id = name ? name(one.record) : std::to_string(one.record);
    if (auto bound = ask(one.pattern, *graph))
      matches.push_back({one.record, one.observed, std::move(one.pattern), *std::move(bound)});
  }
  woken.clear();
}

std::optional<std::vector<std::string>> PatternScanner::ask(const PatternHandle& pattern,
                                                            const pattern::Observation& graph) {
  ++totals_.evaluated;
  const auto& rule = *pattern->rule;
  if (rule.one_record) {
    pattern::Matcher matcher{rule.plan, late_max_};
    const auto found = matcher.add(graph);
    if (!found) ++totals_.undecided;
    if (!found || !*found) return std::nullopt;
    return std::vector<std::string>{};
  }
  if (++asked_since_sweep_ >= sweep_after) sweep();
  const auto place =
      states_
          .try_emplace(
              pattern.get(),
              State{pattern, pattern::Matcher{rule.plan, late_max_, pattern::Matcher::WhenFull::drop_oldest}})
          .first;
  auto& matcher = place->second.matcher;
  const auto held = matcher.held(), dropped = matcher.dropped();
  const auto found = matcher.add(graph);
  totals_.held += matcher.held();
  totals_.held -= held;
  totals_.dropped += matcher.dropped() - dropped;
  if (!found) ++totals_.undecided;
  if (totals_.held > held_max) make_room();
  if (!found || !*found) return std::nullopt;
  std::vector<std::string> records;
  for (const auto& bound : **found) records.push_back(bound.id);
  return records;
}

/// The pattern that holds most gives up its oldest.
void PatternScanner::make_room() {
  sweep();
  while (totals_.held > held_max) {
    const auto most =
        std::ranges::max_element(states_, {}, [](const auto& entry) { return entry.second.matcher.held(); });
    if (!most->second.matcher.drop_oldest()) return;
    --totals_.held;
    ++totals_.dropped;
  }
}

void PatternScanner::sweep() {
  asked_since_sweep_ = 0;
  std::erase_if(states_, [&](const auto& entry) {
    if (!entry.second.pattern->removed.load()) return false;
    totals_.held -= entry.second.matcher.held();
    return true;
  });
}

}  // namespace tocsin::match
