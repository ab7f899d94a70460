#pragma once

/// A member's own list of what must never alert or be blocked: one value, network or domain a line.
///
/// Meaning: "#" begins a comment at the start of a line or after white space. An address or a network covers
/// what lies in
///          it, a domain itself and all below it, anything else (a hash, a URL, an e-mail address) just
///          itself.
/// Errors:  invalid_input, naming the line; a list with one bad line is not taken by halves.
/// Threads: pure function.

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "screen/warning_lists.hpp"

namespace tocsin::screen {

constexpr std::size_t allow_list_entries_max = 1'000'000;

/// As up to three warning lists, "allow-networks", "allow-domains" and "allow-values".
Result<std::vector<WarningList>> parse_allow_list(std::string_view text);

}  // namespace tocsin::screen
