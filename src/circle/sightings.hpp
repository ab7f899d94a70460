#pragma once

/// "Seen here": a member's sensor reports that an indicator of the circle was seen, was wrong, or has
/// expired.
///
/// Contract: taken only as far as the circle's rules and the member's choice go; the entry's attributes say
/// by how many
///           members it has been seen ("<3" below three), and by whom only when both want it named.
/// Source:   design 3a (Sightings); STIX 2.1 §5.2 (Sighting).
/// Threads:  as share.hpp; `SightingCounts` is the sequencer's.

#include <map>
#include <set>
#include <string>
#include <utility>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

enum class SightingKind : std::uint8_t { seen, false_positive, expired };
std::string_view name(SightingKind kind);
std::optional<SightingKind> parse_sighting_kind(std::string_view text);

/// Who has seen what, loaded from the log when first asked. At most `indicators_max` are kept.
class SightingCounts {
 public:
  explicit SightingCounts(std::size_t indicators_max = 100'000) : indicators_max_{indicators_max} {}
  /// The members that have seen the indicator, this one included.
  Result<std::size_t> add(Decider& on, CircleId circle, const std::string& indicator, MemberId member);

 private:
  std::size_t indicators_max_;
  std::map<std::pair<CircleId, std::string>, std::set<MemberId>> members_;
};

struct SightRequest {
  policy::Principal principal;
  CircleId circle;
  stix::Object sighting;  ///< a STIX Sighting; `sighting_of_ref` names the indicator
  SightingKind kind = SightingKind::seen;
  bool named = false;  ///< the member's choice; the circle's rule must allow it, too
  std::shared_ptr<SightingCounts> counts;
  std::function<void(Result<log::Appended>)> done;
};
/// Errors: not_found (circle or indicator), denied (rules, scope), invalid_input (no sighting).
Command sight_command(SightRequest request);

}  // namespace tocsin::circle
