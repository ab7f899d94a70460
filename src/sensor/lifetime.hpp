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

/// What the rules ask of an indicator, kept with it: rules may change later.
struct Lasting {
  Timestamp begin{};        ///< `valid_from`, else `created`, else `date_added`
  std::uint32_t kinds = 0;  ///< of its values, a bit for each
  bool own_end = false;     ///< it has a `valid_until`
};
Lasting lasting(const stix::Object& indicator, Timestamp date_added);

/// When it stops matching by the rules: `begin` and the shortest lifetime among the kinds of its values. None
/// when it has an end of its own.
std::optional<Timestamp> expires(const Lasting& lasting, const LifetimeDays& days);

}  // namespace tocsin::sensor
