#pragma once

/// What the sensor says when a value was seen: one line of JSON per value, naming everybody who named it.
///
/// Source:  docs/guides/sensor.md. Threads: pure functions.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "screen/warning_lists.hpp"
#include "sensor/circle.hpp"
#include "sensor/finder.hpp"
#include "sensor/past_search.hpp"

namespace tocsin::sensor {

/// Finds what is known of an indicator's origin; nullopt when it has just been withdrawn, or came from a
/// file.
using Describe = std::function<std::optional<Origin>(CircleId circle, std::string_view id)>;

/// The highest confidence among the sources, by the receiver's word where it has one; nullopt when nobody
/// says.
std::optional<std::uint8_t> weight_of(const Found& found, const Describe& describe);

/// {"type":"alert" or "held-back",…} with a line end.
std::string alert_line(const Found& found, const Seen& seen, Timestamp now, const Describe& describe,
                       std::span<const screen::WarningList* const> lists);
/// A hit of the past as one of now; texts lie in `past`.
match::Hit to_hit(const PastHit& past);
/// What the history says of an indicator that came later: {"type":"alert","retrospective":true,…}.
std::string past_alert_line(const PastHit& hit, Timestamp now, const Describe& describe,
                            std::span<const screen::WarningList* const> lists);
/// When, how often and where, as fields of an object.
void past_fields(std::string& out, const PastHit& hit);
/// One hit of `scan`, with a line end.
std::string hit_line(const Found& found, const Seen& seen, const Describe& describe,
                     std::span<const screen::WarningList* const> lists);

}  // namespace tocsin::sensor
