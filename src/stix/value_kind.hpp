#pragma once

/// The kinds of value by name, as rules of circles and answers of the hub write them.
/// Threads: pure functions.

#include <optional>
#include <string_view>

#include "stix/object.hpp"

namespace tocsin::stix {

/// "ipv4", "ipv6", "domain", "url", "email", "md5", …, "other".
std::string_view name(ValueKind kind);
std::optional<ValueKind> parse_value_kind(std::string_view text);

}  // namespace tocsin::stix
