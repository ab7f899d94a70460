#pragma once

/// Recognises and normalises single values: addresses, domains, hashes, times.
///
/// A view returned is the text given, or is kept by `out` where it had to be rewritten; empty when the text
/// is no such value. Source: RFC 5952 (IPv6 text), RFC 1035 §2.3 (names, loosely: what resolvers really ask
/// for). Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "stix/observation.hpp"

namespace tocsin::observe {

/// An address in canonical text. An IPv6 address that carries an IPv4 one (::ffff:a.b.c.d) is that IPv4
/// address.
struct Address {
  std::string_view text;  ///< empty: no address
  stix::Path path{};      ///< ipv4_addr_value or ipv6_addr_value
};
Address to_address(std::string_view text, stix::Observation& out);

/// Lower case, no trailing dot. With `dotted`, only names that look like one in running text: at least two
/// labels, the last of letters (or punycode).
std::string_view to_domain(std::string_view text, stix::Observation& out, bool dotted = false);

/// Lower-case ASCII.
std::string_view to_lower(std::string_view text, stix::Observation& out);

/// True for a run of hexadecimal digits.
bool is_hex(std::string_view text);
bool is_decimal(std::string_view text);

/// Something@domain without spaces, as it stands.
bool is_email(std::string_view text);

/// Undoes \xNN, \\ and \"; another backslash stands for itself.
std::string unescape(std::string_view text);

/// Splits "host:port", "[v6]:port", "host#port" and a bare host. `port` is empty when there is none.
struct HostPort {
  std::string_view host;
  std::string_view port;
};
HostPort split_port(std::string_view text);

/// Seconds since the epoch with a fraction, or a date and time as RFC 3339 writes it, where the T may be a
/// space and the offset may lack its colon or be absent (UTC).
std::optional<Timestamp> to_time(std::string_view text);

}  // namespace tocsin::observe
