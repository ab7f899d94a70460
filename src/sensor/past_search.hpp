#pragma once

/// Asks a history for indicators: what of that which they name was seen, when and where.
///
/// Meaning: the validity of today counts, as for `scan`: an indicator that is valid now is looked for in all
/// of the
///          past. A history holds values, not records. So it decides comparisons that a value alone fulfils:
///          each [ ] of one comparison that stands alone or joined by OR: equality, IN, networks, domains
///          with their subdomains, LIKE, MATCHES and the rest. What joins comparisons by AND, or records by
///          AND, FOLLOWEDBY or REPEATS, is not decided, and counted; so are networks and patterns where
///          values are kept as hashes. A [ ] with START and STOP is fulfilled when the first or the last time
///          lies between.
/// Limits:  `hits_per_indicator_max` values; what is more is counted.
/// Threads: belongs to one.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "history/store.hpp"
#include "match/indicator_set.hpp"
#include "match/scanner.hpp"

namespace tocsin::sensor {

/// A value of the past that somebody names, with everybody who does.
struct PastHit {
  struct Source {
    CircleId circle;
    Sequence sequence;
    std::string id, name, named;
    std::optional<std::uint8_t> confidence;
  };
  std::string value;
  stix::Path path{};
  std::uint32_t first_second = 0, last_second = 0;
  std::uint64_t count = 0;
  std::string first_file, last_file;
  std::uint64_t last_offset_bytes = 0;
  std::vector<stix::Path> seen_on{};  ///< those that are counted
  std::vector<Source> sources{};

  Timestamp first() const { return from_micros(std::int64_t{first_second} * 1'000'000); }
  Timestamp last() const { return from_micros(std::int64_t{last_second} * 1'000'000); }
};

class PastSearch {
 public:
  static constexpr std::size_t hits_per_indicator_max = 1'000;

  PastSearch(const history::Past& past, Timestamp now) : past_{past}, now_{now} {}

  /// Exact values, networks and domains are asked for at once; patterns wait for `finish`.
  void ask(const match::Segment& segment, std::uint32_t indicator);
  /// One pass over the history for all patterns that wait.
  void finish();

  /// By value, then path.
  std::vector<PastHit> take();
  struct Totals {
    std::uint64_t asked = 0, undecided = 0;  ///< indicators; undecided: not, or not wholly
    std::uint64_t left_out = 0;              ///< hits beyond the limit
  };
  const Totals& totals() const { return totals_; }

 private:
  struct Asking;
  bool ask_value(Asking& asking, stix::Path path, match::Form form, std::string_view bytes);
  bool add(Asking& asking, stix::Path path, std::string_view value, stix::Path seen_on, std::string named,
           const history::Trace& trace);
  bool ask_pattern(const match::Head& head, const match::Segment::Item& item);

  const history::Past& past_;
  const Timestamp now_;
  std::map<std::pair<std::string, stix::Path>, PastHit> hits_;
  std::vector<match::Indicator> patterns_;
  Totals totals_;
};

/// All that `VALUE` may be on any path: a network when it is one, else a value as it is.
std::vector<PastHit> find_value(const history::Past& past, std::string_view value, bool subdomains);

}  // namespace tocsin::sensor
