#pragma once

/// LIKE: '%' is any run of characters, '_' is any one. Nothing escapes them.
/// Source:  STIX 2.1 §9.6.1; both sides in NFC (§9.6.2). On octets a character is an octet.
/// Threads: pure functions.

#include <string_view>

#include "pattern/limits.hpp"

namespace tocsin::pattern {

/// True when all of `subject` fits. False as well when the budget is spent, which it remembers.
bool is_like(std::string_view subject, std::string_view wanted, bool octets, Budget& budget);

}  // namespace tocsin::pattern
