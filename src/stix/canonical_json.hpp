#pragma once

/// JSON in its one canonical form: keys in the order of UTF-16, no white space, numbers as ECMAScript prints
/// them.
///
/// Source:  RFC 8785.
/// Errors:  invalid_input for what is no JSON, and for whole numbers beyond 64 bits, which no object of STIX
///          may hold (§2.10).
/// Threads: pure functions.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

Result<std::string> canonical_json(std::string_view json);

/// Appends a value that is parsed already. Keys that stand twice keep their order.
void append_canonical(std::string& out, const simdjson::dom::element& value);
void append_canonical(std::string& out, std::string_view text);

/// RFC 8785 §3.2.2.3; `value` must be finite.
std::string canonical_number(double value);

}  // namespace tocsin::stix
