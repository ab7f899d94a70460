#pragma once

/// Times as log files write them.
///
/// Source:  RFC 3339; RFC 3164 §4.1.2; the Common Log Format; BIND's, Suricata's and Snort's log times;
/// ctime. A time without a zone is read as UTC; one without a year as the latest that is at most a day ahead.
/// Threads: pure functions.

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace tocsin::observe {

/// Seconds, milliseconds, microseconds or nanoseconds since the epoch (told by their number of digits), RFC
/// 3339, "13/Jan/2016:19:31:16 +0000", "29-Apr-2024 20:00:15.679", "Nov 13 10:59:46", "Tue Sep 30 17:37:30
/// 2014", "Jun 17 2016 14:10:11", "07/11/2022-10:29:01.860293" (month first), "12/28-12:55:38.765402",
/// "2005-04-11 08:05:57".
std::optional<Timestamp> to_log_time(std::string_view text, Timestamp now);

}  // namespace tocsin::observe
