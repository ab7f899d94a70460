#pragma once

/// An alert in the words of those who read alerts. The line that the sensor writes (docs/guides/alerts.md) is
/// the alert; every other form is made from it, so that nothing is told in one form and kept from another.
///
/// Source:  ECS 8.11 (threat fields, STIX 2.1 Appendix A for confidence); ArcSight CEF, revision 26; Splunk
/// HTTP Event
///          Collector; RFC 5424 (syslog).
/// Errors:  none: what is no JSON object comes out as it went in, as a message.
/// Threads: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace tocsin::alert {

enum class Form : std::uint8_t { json, ecs, cef };
std::string_view name(Form form);
std::optional<Form> form_named(std::string_view name);

/// Who speaks.
struct Speaker {
  std::string host, sensor, version;
  std::int64_t process = 0;
};

/// The alert without a line end, on one line. `line` may end with one.
std::string in_form(Form form, std::string_view line, const Speaker& speaker);

/// One event of Splunk's collector; several may stand behind each other in a request.
std::string hec_event(std::string_view line, const Speaker& speaker);

/// A whole message of RFC 5424, facility 4 (security), with the alert in `form` as its text. An alert of more
/// than `bytes_max` goes without its record and says how many bytes that had.
std::string syslog_message(Form form, std::string_view line, const Speaker& speaker,
                           std::size_t bytes_max = 8192);

/// The same JSON for a terminal: control characters, escape sequences and bidirectional overrides, which JSON
/// allows inside texts, are written as \uNNNN.
std::string for_terminal(std::string_view json_line);

/// STIX 2.1 Appendix A: none, low (1 to 29), medium (30 to 69), high (70 to 100); unknown when nothing is
/// said.
std::string_view tier(std::optional<std::uint8_t> confidence);

}  // namespace tocsin::alert
