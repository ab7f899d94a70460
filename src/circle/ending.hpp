#pragma once

/// When an indicator ends by the circle's rules: it has faded, or its time is over.
///
/// Source:  rules `decay_days`, `decay_floor`, `lifetime_days`, `end_expired` (docs/score.md); the lifetime
/// as
///          sensors count it.
/// Threads: pure functions; the command as share.hpp.

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "circle/sequencer.hpp"
#include "stix/object.hpp"

namespace tocsin::circle {

/// The shortest half-life of the kinds of its values; none: it does not fade.
std::optional<std::uint32_t> half_life_days(const policy::Rules& rules, const stix::Object& indicator);

/// What it fades from: its version's time or validity, whichever is later, but no later than it was shared;
/// or when another member last saw it.
Timestamp fades_from(const stix::Object& indicator, Timestamp date_added, std::optional<Timestamp> last_seen);

struct Ending {
  Timestamp at;
  std::string_view reason;  ///< "decayed" or "expired"
};
std::optional<Ending> ending_of(const policy::Rules& rules, const stix::Object& indicator,
                                Timestamp date_added, std::optional<Timestamp> last_seen);

/// Does the circle's log say when indicators end?
bool ends_anything(const policy::Rules& rules);

/// The entries that rules ended, and nobody since: their owner may go on with a later version. As far as the
/// views have them.
std::set<Sequence> ended_by_rules(Decider& on, CircleId circle, std::string_view id);

/// Ends those of these entries whose time is over, each by an entry like a withdrawal, once. The others come
/// back with the time to look again.
struct EndRequest {
  CircleId circle;
  std::vector<Sequence> entries;
  struct Later {
    Timestamp at;
    Sequence sequence;
  };
  std::function<void(Result<std::vector<Later>>)> done;
};
Command end_command(EndRequest request);

}  // namespace tocsin::circle
