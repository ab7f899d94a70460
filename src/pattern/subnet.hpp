#pragma once

/// Sets of addresses as ISSUBSET and ISSUPERSET compare them.
/// Source:  RFC 4632 §3.1, RFC 4291 §2.2 and §2.3; STIX 2.1 §6.8 and §6.9 for what an address may be.
/// Threads: pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::pattern {

struct Subnet {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 uses the first four; zero behind the prefix
  unsigned bits = 0;
  bool v6 = false;

  /// True when every address of `other` is one of ours; the same set counts.
  bool contains(const Subnet& other) const;
  /// An address without a prefix length when it is a single one.
  std::string text() const;
};

/// An address, or one with a prefix length from 0; bits behind the prefix are cleared. IPv4 strictly: four
/// decimal numbers without leading zeros.
std::optional<Subnet> parse_subnet(std::string_view text);

}  // namespace tocsin::pattern
