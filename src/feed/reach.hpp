#pragma once

/// Which addresses a feed may connect to: a steward names a server, and must not thereby look into the
/// networks that only the hub can reach.
///
/// Contract: addresses of the public Internet, and those that the operator allowed when the hub was started.
///           Asked of every address to which a name resolves, at the moment of connecting, so a name that
///           changes its address changes nothing.
/// Source:   the IANA special-purpose address registries (RFC 6890 and what followed).
/// Errors:   invalid_input (not ADDRESS/BITS), denied, without the address.
/// Threads:  a value.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::feed {

class Reach {
 public:
  /// Opens a network: "127.0.0.0/8", "fd00::/8".
  Status allow(std::string_view network);
  Status may_connect(std::string_view address) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits = 0;
  };
  static Result<Network> parse(std::string_view text);
  static bool holds(const Network& network, const std::array<std::uint8_t, 16>& bytes);

  std::vector<Network> allowed_;
};

}  // namespace tocsin::feed
