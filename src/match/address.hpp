#pragma once

/// Internet addresses and networks as bytes, so that they are compared by what they mean and not by how they
/// are written.
///
/// Source:  RFC 4632 §3.1 (a.b.c.d/n), RFC 4291 §2.2 (text forms of IPv6), §2.3 (prefixes).
/// Errors:  nullopt for a text that is neither.
/// Threads: pure functions.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::match {

/// An address is a network of all its bits. Bits behind the prefix are zero, so equal networks are equal.
struct Network {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 uses the first four
  std::uint8_t bits = 0;                 ///< length of the prefix: 0 to 32 or 0 to 128
  bool v6 = false;

  int bits_max() const { return v6 ? 128 : 32; }
  bool is_address() const { return bits == bits_max(); }
  /// True when every address of `other` is one of ours.
  bool contains(const Network& other) const;
  bool overlaps(const Network& other) const { return contains(other) || other.contains(*this); }
  /// The network of the first `prefix_bits` bits of ours; `prefix_bits` is at most `bits`.
  Network shortened(int prefix_bits) const;

  friend auto operator<=>(const Network&, const Network&) = default;
};

/// "192.0.2.1", "2001:db8::1". IPv4 strictly: four decimal numbers without leading zeros.
std::optional<Network> parse_address(std::string_view text);
/// An address, or an address and a prefix length; bits behind the prefix are cleared.
std::optional<Network> parse_network(std::string_view text);

/// The usual text; a prefix length only when it is not a single address.
std::string to_text(const Network& network);

}  // namespace tocsin::match
