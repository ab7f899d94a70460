#pragma once

/// The part of TOML that profiles and configurations use: keys with texts, flags and lists of texts; no
/// tables.
///
/// Source:  TOML 1.0: comments, bare keys, basic and literal strings (also over several lines), booleans,
/// arrays. What
///          else TOML has (tables, dotted keys, numbers, dates) is refused by name.
///          docs/decisions/0005-flat-toml.md.
/// Errors:  invalid_input, naming the line.
/// Threads: pure functions.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace tocsin::formats {

struct TomlField {
  std::string key;
  std::variant<std::string, bool, std::vector<std::string>> value;
};

/// The fields in order; no key stands twice. At most 1 MiB.
Result<std::vector<TomlField>> parse_flat_toml(std::string_view text);

/// A basic string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string toml_string(std::string_view text);

}  // namespace tocsin::formats
