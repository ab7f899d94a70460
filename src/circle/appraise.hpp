#pragma once

/// An object's score as one reader gets it: from what that reader may see, and naming nobody.
///
/// Contract: what the reader may not know does not count. An unnamed member's letter counts only where at
///           least three active members of the circle have it, so that it says no more than "one of them".
/// Source:   docs/score.md. Threads: as `Sight`.

#include <map>

#include "circle/ending.hpp"
#include "circle/score.hpp"
#include "circle/sight.hpp"

namespace tocsin::circle {

struct Appraisal {
  Score score;
  std::optional<std::uint8_t> confidence;  ///< what the object says of itself
  char letter = 'F';                       ///< of its source, as far as it counts
  std::map<Says, std::size_t> members;     ///< by what they say
  std::optional<std::uint32_t> half_life_days;
  std::optional<Timestamp> last_seen;
  std::optional<Ending> ending;  ///< by itself or the circle's rules, as far as the reader sees
};

/// `object` is the version at `entry`, which the reader sees.
Result<Appraisal> appraise(const views::Views& views, const log::Log& log, const policy::Circle& circle,
                           Sight& sight, const stix::Object& object, const log::Entry& entry, MemberId owner,
                           Timestamp now);

/// Another indicator that says the same.
struct Same {
  std::string id;
  std::string_view by;  ///< "pattern" or "value"
};
/// Those that the reader sees, are current and not withdrawn; at most `most`, from the oldest on.
Result<std::vector<Same>> same_as(const views::Views& views, const log::Log& log, Sight& sight,
                                  const stix::Object& object, std::size_t most);

}  // namespace tocsin::circle
