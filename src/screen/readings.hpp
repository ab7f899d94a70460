#pragma once

/// What a value may be taken for by whoever reads it less strictly than we do: a firewall, a browser, a
/// person.
///
/// Undone are: marks against following by accident (hxxp, [.]), invisible and wide characters and dots of
/// other scripts, percent signs, IPv4 addresses in decimal, octal, hexadecimal or fewer parts, IPv4 within
/// IPv6 (mapped, compatible, 6to4, NAT64), names that only say they are of another script (xn--google-), and
/// a whole site written as a URL. Letters of other scripts that look alike stay: those are other names.
/// Source:  RFC 4291 §2.5.5, RFC 3056 §2, RFC 6052 §2.1; inet_aton(3); WHATWG URL (host parsing).
/// Threads: pure functions.

#include <optional>
#include <string_view>
#include <vector>

#include "stix/object.hpp"

namespace tocsin::screen {

/// The value itself first, then what else it can be read as, without repeats.
std::vector<stix::Value> readings(const stix::Value& value);

/// "134744072", "0x8.8.2056", "010.8.8.8" as four bytes; the strict form too.
std::optional<std::string> lenient_ipv4(std::string_view text);

}  // namespace tocsin::screen
