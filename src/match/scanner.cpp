#include "match/scanner.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ipv4.hpp"

namespace tocsin::match {
namespace {

constexpr std::size_t probes_per_batch =
    1024;                                      // the probes and the lines they fetch stay in the first caches
constexpr std::size_t domain_bytes_max = 255;  // RFC 1035 §2.3.4; a longer text has no parent domains
constexpr int repeats_max = 8;

}  // namespace

void Scanner::scan(std::span<const stix::Observation> records, Timestamp now, Hits& hits) {
  hits.hits.clear();
  hits.patterns.clear();
  hits.pinned.assign(1, set_.pin());
  matches_.clear();
  removed_.clear();
  triggered_.clear();
  const auto& features = hits.pinned.back()->features;
  const auto now_second = to_second(now);
  for (std::size_t i = 0; i < records.size(); ++i) {
    add_probes(records[i], static_cast<std::uint32_t>(i), features);
    if (probes_.size() >= probes_per_batch) look_up(records, now_second, hits);
  }
  look_up(records, now_second, hits);
  repeat_replaced(records, now_second, hits);
  evaluate(records, now, hits);
  if (matches_.empty())
    hits.pinned.clear();  // a thread that waits for its next record must not keep what was replaced meanwhile
  else
    group(records, hits);
}

void Scanner::repeat_replaced(std::span<const stix::Observation> records, std::uint32_t now_second,
                              Hits& hits) {
  // An indicator that gets a new version during a scan is removed in what the scan pinned, and its new
  // version lies in what was published just before. Without a second look neither would match.
  for (int attempt = 0; attempt < repeats_max && !removed_.empty(); ++attempt) {
    auto current = set_.pin();
    const auto& pinned = *hits.pinned.back();
    if (current.get() == &pinned) return;
    std::vector<std::uint32_t> again;
    for (const Removed& one : removed_) {
      const Head head = one.segment->head(one.indicator);
      const bool version_pinned = std::ranges::any_of(pinned.segments, [&](const auto& segment) {
        return segment->find(head.circle, head.id) != Segment::none;
      });
      if (!version_pinned) again.push_back(one.record);
    }
    removed_.clear();
    if (again.empty()) return;
    std::ranges::sort(again);
    again.erase(std::unique(again.begin(), again.end()), again.end());
    std::erase_if(matches_,
                  [&](const Match& match) { return std::ranges::binary_search(again, match.record); });
    std::erase_if(triggered_,
                  [&](const Triggered& one) { return std::ranges::binary_search(again, one.record); });
    hits.pinned.push_back(std::move(current));
    for (const auto record : again) add_probes(records[record], record, hits.pinned.back()->features);
    look_up(records, now_second, hits);
  }
}

void Scanner::add_probes(const stix::Observation& record, std::uint32_t number, const Features& features) {
  const auto& values = record.values();
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const stix::Path path = values[i].path;
    const std::string_view text = values[i].text;
    const auto& on = features.paths[static_cast<std::size_t>(path)];
    if (!on.any) continue;
    const auto probe = [&](Form form, std::string_view bytes) {
      probes_.push_back({key_hash(set_.seed(), path, form, bytes), number, i});
    };
    if (on.addresses) {
      if (Ipv4 octets; !features.coarse && read_ipv4(text, octets)) {  // nearly all, and no network to lie in
        const std::array<char, 5> key = {32, static_cast<char>(octets[0]), static_cast<char>(octets[1]),
                                         static_cast<char>(octets[2]), static_cast<char>(octets[3])};
        if (on.lengths4[32]) probe(Form::prefix, {key.data(), key.size()});
        continue;
      }
      if (const auto address = parse_address(text)) {
        const auto longest = address->bits_max();
        const bool networks = features.may_lie_in_network(*address);
        for (int bits = networks ? 0 : longest; bits <= longest; ++bits) {
          const auto at = static_cast<std::size_t>(bits);
          if (address->v6 ? on.lengths6[at] : on.lengths4[at])
            probe(Form::prefix, PrefixKey{address->shortened(bits)}.bytes());
        }
        continue;
      }
    }
    auto folded = fold(path, text, buffer_);
    if (on.text) probe(Form::text, folded);
    if (!on.suffix) continue;
    probe(Form::suffix, folded);
    if (folded.size() > domain_bytes_max) continue;
    for (auto dot = folded.find('.'); dot != std::string_view::npos; dot = folded.find('.')) {
      folded.remove_prefix(dot + 1);
      probe(Form::suffix, folded);
    }
  }
}

void Scanner::look_up(std::span<const stix::Observation> records, std::uint32_t now_second, Hits& hits) {
  for (const auto& shared : hits.pinned.back()->segments) {
    const Segment& segment = *shared;
    // Each step first asks for the memory of all probes, so that their waits overlap.
    for (const Probe& probe : probes_) segment.prefetch_filter(probe.hash);
    left_.clear();
    for (std::uint32_t i = 0; i < probes_.size(); ++i)
      if (segment.may_hold(probes_[i].hash)) left_.push_back(i);
    for (const auto i : left_) segment.prefetch_directory(probes_[i].hash);
    for (const auto i : left_) segment.prefetch_slots(probes_[i].hash);
    for (const auto i : left_) {
      const Probe& probe = probes_[i];
      const auto& record = records[probe.record];
      const auto& observed = record.values()[probe.observed];
      segment.for_each_candidate(probe.hash, [&](const Segment::Candidate& candidate) {
        if (candidate.path != observed.path ||
            !fulfils(candidate.path, candidate.form, candidate.bytes, observed.text))
          return;
        const bool trigger =
            candidate.alternative != nullptr && Alternative{candidate.alternative}.is_trigger();
        if (candidate.alternative != nullptr && !trigger &&
            !others_fulfilled(candidate.alternative, record, observed.object))
          return;
        if (segment.is_removed(candidate.indicator))
          removed_.push_back({probe.record, &segment, candidate.indicator});
        else if (trigger)
          triggered_.push_back({probe.record, probe.observed, &segment, candidate.indicator});
        else if (segment.is_expired(candidate.indicator, now_second))
          ++hits.expired;
        else if (segment.is_early(candidate.indicator, now_second))
          ++hits.too_early;
        else
          matches_.push_back({probe.record, probe.observed, &segment, candidate.indicator, candidate.path,
                              candidate.form, candidate.bytes, none});
      });
    }
  }
  probes_.clear();
}

/// Patterns that values of these records have woken.
void Scanner::evaluate(std::span<const stix::Observation> records, Timestamp now, Hits& hits) {
  const auto& patterns = set_.patterns();
  if (patterns.empty()) return;
  const auto view = patterns.pin();
  if (view->watched.any()) pattern_scanner_.wake(*view, records, woken_);
  // One that got a new version since the view was made is evaluated in that version.
  for (auto& one : woken_)
    if (one.pattern->removed.load()) one.pattern = patterns.find(one.pattern->circle, one.pattern->id);
  for (const auto& one : triggered_) {
    const Head head = one.segment->head(one.indicator);
    woken_.push_back({one.record, one.observed, patterns.find(head.circle, head.id)});
  }
  if (woken_.empty()) return;
  const auto now_second = to_second(now);
  std::erase_if(woken_, [&](const PatternScanner::Woken& one) {
    return !one.pattern || now_second < one.pattern->from_second || now_second >= one.pattern->until_second;
  });
  pattern_matches_.clear();
  pattern_scanner_.evaluate(woken_, records, now, name_, pattern_matches_);
  for (std::uint32_t i = 0; i < pattern_matches_.size(); ++i) {
    const auto& match = pattern_matches_[i];
    matches_.push_back({match.record, match.observed, nullptr, 0, {}, {}, {}, i});
    hits.patterns.push_back(match.pattern);
  }
}

void Scanner::group(std::span<const stix::Observation> records, Hits& hits) {
  const auto observed = [&](const Match& match) -> const stix::Observed& {
    return records[match.record].values()[match.observed];
  };
  std::sort(matches_.begin(), matches_.end(), [&](const Match& a, const Match& b) {
    return std::tie(a.record, observed(a).text, a.observed) <
           std::tie(b.record, observed(b).text, b.observed);
  });
  for (const Match& match : matches_) {
    const auto& value = observed(match);
    if (hits.hits.empty() || hits.hits.back().record != match.record || hits.hits.back().value != value.text)
      hits.hits.push_back({match.record, value.text, value.path, value.object, {}});
    if (match.pattern != none) {
      auto& found = pattern_matches_[match.pattern];
      const auto& pattern = *found.pattern;
      hits.hits.back().sources.push_back({pattern.circle, pattern.sequence, pattern.id, pattern.name,
                                          pattern.confidence, value.path, std::string{value.text},
                                          std::move(found.records)});
      continue;
    }
    const Head head = match.segment->head(match.indicator);
    hits.hits.back().sources.push_back({head.circle,
                                        head.sequence,
                                        head.id,
                                        head.name,
                                        head.confidence,
                                        match.path,
                                        key_text(match.form, match.key),
                                        {}});
  }
  // An indicator can be found twice: on two paths, or in two versions while one replaces the other. The newer
  // version stays.
  for (Hit& hit : hits.hits) {
    std::sort(hit.sources.begin(), hit.sources.end(), [](const Source& a, const Source& b) {
      return std::tie(a.circle, a.id, b.sequence, a.path) < std::tie(b.circle, b.id, a.sequence, b.path);
    });
    const auto repeated =
        std::unique(hit.sources.begin(), hit.sources.end(),
                    [](const Source& a, const Source& b) { return a.circle == b.circle && a.id == b.id; });
    hit.sources.erase(repeated, hit.sources.end());
  }
}

}  // namespace tocsin::match
