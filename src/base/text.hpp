#pragma once

/// Small text tools that many folders need.
/// Threads: pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// `text` made safe to print to a terminal: control characters, escape sequences and bidirectional overrides
/// are shown as \xNN or \u{N}, bytes that are not UTF-8 as \xNN. Every text from outside passes here first.
std::string printable(std::string_view text);

/// The parts between separators; "a,,b" has three.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);  ///< without spaces, tabs, CR and LF at both ends
std::string to_lower_ascii(std::string_view text);
bool iequals_ascii(std::string_view a, std::string_view b);

/// True when all of `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace tocsin
