#pragma once

/// The rule of Windows' events that no table can say: which event numbers are Sysmon's.
///
/// Source:  Sysmon's event schema (events 1 to 29) and the Security log's auditing events (four digits).
/// Threads: pure function.

#include <string_view>

namespace tocsin::observe {

/// The rows' word for this event: its number, or empty when another provider uses a number of Sysmon's.
std::string_view windows_kind(std::string_view event, std::string_view provider);

}  // namespace tocsin::observe
