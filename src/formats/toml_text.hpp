#pragma once

/// TOML for the reader we use, toml++ 3.3, which runs into undefined behaviour at most characters outside
/// ASCII (its test for Unicode white space). So files of ours are ASCII, with \uXXXX in double quotes for the
/// rest.
///
/// Source:  TOML 1.0 §String. Threads: pure functions.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace tocsin::formats {

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Errors: invalid_input, naming the line, for a character outside ASCII.
inline Status require_ascii_toml(std::string_view text) {
  const auto at =
      std::find_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (at == text.end()) return {};
  return Error{Errc::invalid_input, "line " + std::to_string(1 + std::count(text.begin(), at, '\n')) +
                                        ": write characters outside ASCII as \\uXXXX in double quotes"};
}

/// A basic string with its quotes. `text` is UTF-8; what is not becomes U+FFFD.
inline std::string toml_string(std::string_view text) {
  std::string out;
  const std::string quoted = json_string(text);
  for (std::size_t i = 0; i < quoted.size();) {
    const auto first = static_cast<unsigned char>(quoted[i]);
    if (first < 0x80) {
      out += quoted[i++];
      continue;
    }
    const std::size_t size = first >= 0xf0   ? 4
                             : first >= 0xe0 ? 3
                                             : 2;  // json_string() gives well-formed UTF-8
    std::uint32_t value = first & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k)
      value = value << 6 | (static_cast<unsigned char>(quoted[i + k]) & 0x3fU);
    char escape[16];
    const int length = std::snprintf(escape, sizeof escape, value > 0xffff ? "\\U%08X" : "\\u%04X", value);
    out.append(escape, static_cast<std::size_t>(length));
    i += size;
  }
  return out;
}

}  // namespace tocsin::formats
