#pragma once

/// How long a circle's rules let an indicator match that does not say so itself.
///
/// Source:  the rules' `lifetime_days`, by kind of value ("ipv4", "domain", …).
/// Units:   days. Threads: pure functions.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

using LifetimeDays = std::map<std::string, std::uint32_t, std::less<>>;

/// From the document of a `rules` entry. What cannot be read is left out: no lifetime is the safe meaning,
/// for it loses no protection.
LifetimeDays lifetimes_of(std::string_view rules_document);

/// When the indicator stops matching by the rules: `valid_from` (else `created`, else `date_added`) and the
/// shortest lifetime among the kinds of its values. None when it has a `valid_until` of its own.
std::optional<Timestamp> expires(const stix::Object& indicator, const LifetimeDays& days,
                                 Timestamp date_added);

}  // namespace tocsin::sensor
