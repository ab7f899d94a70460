#pragma once

/// Windows events as JSON, foremost Sysmon's: what their fields mean by event number.
///
/// Source:  Sysmon's event schema (events 1 to 29) and the Security log's auditing events; laid out flat,
/// below
///          Event.EventData, winlog.event_data or event_data, or as a JSON text in EventData.
/// Threads: read-only.

#include <string_view>

#include "observe/fields.hpp"

namespace tocsin::observe {

const Fields& windows_fields();

/// The rows' word for this event: its number, or empty when another provider uses a number of Sysmon's.
std::string_view windows_kind(std::string_view event, std::string_view provider);

}  // namespace tocsin::observe
