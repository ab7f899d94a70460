#pragma once

/// What an entry makes its author say of an object: a STIX Opinion, a sighting, a false positive.
///
/// Source:  STIX 2.1 §4.14 (Opinion), §5.2 (Sighting); docs/score.md.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "views/views.hpp"

namespace tocsin::circle {

/// The numbers stand in the views.
enum class Says : std::uint8_t {
  strongly_disagree = 1,
  disagree = 2,
  neutral = 3,
  agree = 4,
  strongly_agree = 5,
  seen = 16,
  false_positive = 17,
  expired = 18,
};
std::string_view name(Says says);  ///< as in STIX, and in docs/formats/api.md for sightings

/// Sets `voice`, `author` and `says` of a change whose kind, subject and `object` are there. A sighting's
/// attributes say which; a Sighting that was shared as an object says "seen", with a count of 0 nothing.
void give_voice(views::Change& change, MemberId author, std::string_view attributes,
                const stix::Object* object);

/// The value that an indicator's pattern names, when it is of the form [path = 'value'].
std::optional<stix::Value> sole_value(const stix::Object& object);

/// What an indicator's pattern says, in one form for all that say it: for `views::Change::pattern`. Empty for
/// what is found by its sole value, and what is no indicator.
std::string pattern_key(const stix::Object& object);

}  // namespace tocsin::circle
