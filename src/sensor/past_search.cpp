#include "sensor/past_search.hpp"

#include <algorithm>

#include "match/rule.hpp"
#include "sensor/past_keys.hpp"
#include "stix/pattern.hpp"

namespace tocsin::sensor {
namespace {

using history::Trace;
using match::Form;
using match::Network;
using stix::ObservationExpression;
using stix::Path;

constexpr std::size_t batch_max = 256;

/// True when each [ ] is one comparison, and any [ ] alone is enough.
bool is_of_values(const ObservationExpression& pattern) {
  const auto counted = [](const stix::Qualifier& one) { return one.kind == stix::Qualifier::Kind::repeats; };
  if (std::ranges::any_of(pattern.qualifiers, counted)) return false;
  if (pattern.kind == ObservationExpression::Kind::single)
    return pattern.comparison.kind == stix::ComparisonExpression::Kind::test;
  const bool alone = pattern.kind == ObservationExpression::Kind::any_of || pattern.parts.size() == 1;
  return alone && std::ranges::all_of(pattern.parts, is_of_values);
}

/// Counts what was seen on a path, once.
void add(PastHit& hit, Path seen_on, const Trace& trace) {
  if (std::ranges::find(hit.seen_on, seen_on) != hit.seen_on.end()) return;
  Trace whole{hit.first_second, hit.last_second, hit.count,
              hit.first_file,   hit.last_file,   hit.last_offset_bytes};
  whole.add(trace);
  hit.first_second = whole.first_second;
  hit.last_second = whole.last_second;
  hit.count = whole.count;
  hit.last_offset_bytes = whole.last_offset_bytes;
  std::string first{whole.first_file}, last{whole.last_file};
  hit.first_file = std::move(first);
  hit.last_file = std::move(last);
  hit.seen_on.push_back(seen_on);
}

PastHit hit_of(Path path, std::string_view value, Path seen_on, const Trace& trace) {
  PastHit out;
  out.value = value;
  out.path = path;
  add(out, seen_on, trace);
  return out;
}

bool is_among(Path path, std::span<const Path> paths) {
  return std::ranges::find(paths, path) != paths.end();
}

/// Addresses of a network, or names below a domain, on these paths. The visitor says whether to go on.
template <class Visit>
void walk_network(const history::Past& past, const Network& network, std::span<const Path> paths,
                  Visit&& visit) {
  past.walk(keys_of_network(network), [&](std::string_view key, const Trace& trace) {
    const auto value = past_value(key);
    if (!value || !is_among(value->path, paths)) return true;
    const auto address = match::parse_address(value->text);
    return !address || !network.contains(*address) || visit(*value, trace);
  });
}
template <class Visit>
void walk_below(const history::Past& past, std::string_view folded, std::span<const Path> paths,
                Visit&& visit) {
  past.walk(keys_below_domain(folded), [&](std::string_view key, const Trace& trace) {
    const auto value = past_value(key);
    return !value || !is_among(value->path, paths) || visit(*value, trace);
  });
}

}  // namespace

/// One indicator while it is asked for.
struct PastSearch::Asking {
  const match::Head& head;
  std::int64_t start = INT64_MIN, stop = INT64_MAX;
  std::size_t hits = 0;
};

void PastSearch::ask(const match::Segment& segment, std::uint32_t indicator) {
  const auto item = segment.item(indicator);
  const auto now_second = match::to_second(now_);
  if (segment.is_removed(indicator) || now_second < item.from_second || now_second >= item.until_second)
    return;
  ++totals_.asked;
  const auto head = segment.head(indicator);
  if (!match::pattern_text(head.alternatives).empty()) {
    if (!past_.can_walk() || !ask_pattern(head, item)) ++totals_.undecided;
    return;
  }
  Asking asking{head};
  bool decided = true;
  match::Cursor cursor{head.alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    const match::Alternative alternative{cursor.at()};
    cursor = alternative.cursor;
    asking.start = alternative.start;
    asking.stop = alternative.stop;
    for (std::uint64_t atom = 0; atom < alternative.atoms; ++atom) {
      const auto path = static_cast<Path>(cursor.byte());
      for (auto values = cursor.number(); values > 0; --values) {
        const auto form = static_cast<Form>(cursor.byte());
        const auto bytes = cursor.text();
        decided = alternative.atoms == 1 && is_kept(path) && ask_value(asking, path, form, bytes) && decided;
      }
    }
  }
  if (!decided) ++totals_.undecided;
}

/// False when the history cannot tell.
bool PastSearch::ask_value(Asking& asking, Path path, Form form, std::string_view bytes) {
  const auto paths = paths_for(path);
  const auto named = match::key_text(form, bytes);
  if (form == Form::prefix && !match::network_of(bytes).is_address()) {
    if (!past_.can_walk()) return false;
    walk_network(past_, match::network_of(bytes), paths, [&](const PastValue& value, const Trace& trace) {
      return add(asking, path, value.text, value.path, named, trace);
    });
    return true;
  }
  for (const auto one : paths)
    if (const auto trace = past_.find(past_key(one, form, bytes)))
      add(asking, path, named, one, named, *trace);
  if (form != Form::suffix) return true;
  if (!past_.can_walk()) return false;
  walk_below(past_, bytes, paths, [&](const PastValue& value, const Trace& trace) {
    return add(asking, path, value.text, value.path, named, trace);
  });
  return true;
}

/// False when there are too many already.
bool PastSearch::add(Asking& asking, Path path, std::string_view value, Path seen_on, std::string named,
                     const Trace& trace) {
  const auto lies_within = [&](std::uint32_t second) {
    const auto micros = std::int64_t{second} * 1'000'000;
    return micros >= asking.start && micros < asking.stop;
  };
  if (!lies_within(trace.first_second) && !lies_within(trace.last_second)) return true;
  const auto [at, fresh] = hits_.try_emplace({std::string{value}, path}, hit_of(path, value, seen_on, trace));
  auto& hit = at->second;
  sensor::add(hit, seen_on, trace);
  const auto& head = asking.head;
  const auto source = std::ranges::find_if(hit.sources, [&](const PastHit::Source& one) {
    return one.circle == head.circle && one.id == head.id;
  });
  if (source != hit.sources.end()) return true;
  if (++asking.hits > hits_per_indicator_max) {
    ++totals_.left_out;
    if (fresh) hits_.erase(at);
    return false;
  }
  hit.sources.push_back({head.circle, head.sequence, std::string{head.id}, std::string{head.name},
                         std::move(named), head.confidence});
  return true;
}

bool PastSearch::ask_pattern(const match::Head& head, const match::Segment::Item& item) {
  const std::string text{match::pattern_text(head.alternatives)};
  const auto tree = stix::parse_pattern(text);
  if (!tree || !is_of_values(*tree)) return false;
  auto rule = match::rule_of(text);
  if (!rule) return false;
  match::Indicator one;
  one.id = head.id;
  one.circle = head.circle;
  one.sequence = head.sequence;
  one.name = head.name;
  one.confidence = head.confidence;
  if (item.until_second != UINT32_MAX)
    one.valid_until = from_micros(std::int64_t{item.until_second} * 1'000'000);
  one.rule = *std::move(rule);
  patterns_.push_back(std::move(one));
  return true;
}

void PastSearch::finish() {
  if (patterns_.empty()) return;
  match::IndicatorSet set;
  set.add(patterns_);
  totals_.undecided += set.stats().unevaluable;
  set.settle();
  std::map<std::pair<std::uint64_t, std::string>, std::size_t> hits_of;
  match::Scanner scanner{set};
  match::Hits hits;
  std::vector<stix::Observation> records(batch_max);
  std::vector<std::pair<PastValue, Trace>> values(batch_max);
  std::size_t used = 0;
  const auto look = [&] {
    scanner.scan(std::span{records}.first(used), now_, hits);
    for (const auto& hit : hits.hits)
      for (const auto& source : hit.sources) {
        const auto& [value, trace] = values[hit.record];
        auto& number = hits_of[{source.circle.value(), std::string{source.id}}];
        match::Head head{source.circle, source.sequence, source.confidence, source.id, source.name, {},
                         nullptr};
        Asking asking{head};
        asking.hits = number;
        add(asking, hit.path, value.text, value.path, value.text, trace);
        number = asking.hits;
      }
    used = 0;
  };
  past_.walk({}, [&](std::string_view key, const Trace& trace) {
    auto value = past_value(key);
    if (!value) return true;
    const bool once = trace.first_second == trace.last_second;
    for (const auto second : {trace.first_second, trace.last_second}) {
      auto& record = records[used];
      record.clear();
      values[used] = {*value, trace};
      const std::string_view text = record.keep(value->text);
      if (value->path == Path::network_src_ref_value || value->path == Path::network_dst_ref_value)
        if (const auto address = match::parse_address(text))
          record.add(address->v6 ? Path::ipv6_addr_value : Path::ipv4_addr_value, record.next_object(), text);
      record.add(value->path, record.next_object(), text);
      record.set_time(from_micros(std::int64_t{second} * 1'000'000));
      if (++used == batch_max) look();
      if (once) break;
    }
    return true;
  });
  if (used > 0) look();
  patterns_.clear();
}

std::vector<PastHit> PastSearch::take() {
  std::vector<PastHit> out;
  for (auto& [unused, hit] : hits_) out.push_back(std::move(hit));
  hits_.clear();
  return out;
}

std::vector<PastHit> find_value(const history::Past& past, std::string_view value, bool subdomains) {
  std::vector<PastHit> out;
  std::vector<Path> all;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Path::count_); ++i)
    if (is_kept(static_cast<Path>(i))) all.push_back(static_cast<Path>(i));
  const auto note = [&](const PastValue& found, const Trace& trace) {
    out.push_back(hit_of(found.path, found.text, found.path, trace));
    return true;
  };
  if (const auto network = match::parse_network(value); network && !network->is_address()) {
    walk_network(past, *network, all, note);
    return out;
  }
  for (const auto path : all)
    if (const auto trace = past.find(past_key(path, value))) note({path, std::string{value}}, *trace);
  std::string buffer;
  if (subdomains) walk_below(past, match::fold(Path::domain_name_value, value, buffer), all, note);
  return out;
}

}  // namespace tocsin::sensor
