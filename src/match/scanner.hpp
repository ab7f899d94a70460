#pragma once

/// Scans observations against a set of indicators.
///
/// Threads: one `Scanner` and one `Hits` per thread; many may scan the same set.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/indicator_set.hpp"
#include "match/pattern_scanner.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

/// An indicator that names a value.
struct Source {
  CircleId circle;
  Sequence sequence;
  std::string_view id, name;
  std::optional<std::uint8_t> confidence;
  stix::Path path{};  ///< on which it was fulfilled
  std::string named;  ///< the value as the indicator has it: a network, a parent domain, or the value itself
  std::vector<std::string> records{};  ///< of a pattern over several: the names of those that it bound
};

/// One value of one record, with everybody who names it.
struct Hit {
  std::size_t record = 0;  ///< its place in what was scanned
  std::string_view value;  ///< as it was observed; lies in the observation
  stix::Path path{};       ///< the first path on which it was observed and named
  std::uint8_t object = 0;
  std::vector<Source> sources;  ///< by circle and id, each once
};

/// What a scan found. Texts stay good until the next scan into the same `Hits`, values as long as the
/// observation.
struct Hits {
  std::vector<Hit> hits;        ///< by record, then by value
  std::uint64_t expired = 0;    ///< would have matched, but its time is over; counted on from scan to scan
  std::uint64_t too_early = 0;  ///< would have matched, but is not yet valid
  std::vector<PatternHandle> patterns;  ///< what texts lie in too
  std::vector<std::shared_ptr<const Snapshot>>
      pinned;  ///< what the texts lie in; held only while there are hits
};

class Scanner {
 public:
  /// For patterns over several records: they may come late by `late_max`, and `name` says how each is named.
  explicit Scanner(const IndicatorSet& set, RecordName name = {},
                   std::chrono::microseconds late_max = std::chrono::minutes{5})
      : set_{set}, name_{std::move(name)}, pattern_scanner_{late_max} {}

  /// `hits.hits` is replaced. `now` decides which indicators are valid: the clock for what happens now, the
  /// record's time for a search in the past. A few hundred records at once are scanned twice as fast as one
  /// by one when the set is larger than the caches.
  void scan(std::span<const stix::Observation> records, Timestamp now, Hits& hits);
  void scan(const stix::Observation& record, Timestamp now, Hits& hits) { scan({&record, 1}, now, hits); }

  const PatternScanner::Totals& pattern_totals() const { return pattern_scanner_.totals(); }

 private:
  struct Probe {
    std::uint64_t hash;
    std::uint32_t record, observed;
  };
  struct Match {
    std::uint32_t record, observed;
    const Segment* segment;
    std::uint32_t indicator;
    stix::Path path;
    Form form;
    std::string_view key;
    std::uint32_t pattern = none;  // into pattern_matches_; the rest is then of no meaning
  };
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Triggered {  // names a pattern that is to be evaluated
    std::uint32_t record, observed;
    const Segment* segment;
    std::uint32_t indicator;
  };
  struct Removed {  // would have matched, but was removed
    std::uint32_t record;
    const Segment* segment;
    std::uint32_t indicator;
  };

  void add_probes(const stix::Observation& record, std::uint32_t number, const Features& features);
  void look_up(std::span<const stix::Observation> records, std::uint32_t now_second, Hits& hits);
  void repeat_replaced(std::span<const stix::Observation> records, std::uint32_t now_second, Hits& hits);
  void evaluate(std::span<const stix::Observation> records, Timestamp now, Hits& hits);
  void group(std::span<const stix::Observation> records, Hits& hits);

  const IndicatorSet& set_;
  std::vector<Probe> probes_;
  std::vector<std::uint32_t> left_;
  std::vector<Match> matches_;
  std::vector<Removed> removed_;
  std::vector<Triggered> triggered_;
  RecordName name_;
  PatternScanner pattern_scanner_;
  std::vector<PatternScanner::Woken> woken_;
  std::vector<PatternScanner::Match> pattern_matches_;
  std::string buffer_;
};

}  // namespace tocsin::match
