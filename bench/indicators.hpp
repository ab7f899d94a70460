#pragma once

/// Indicators as a feed would share them: about 875 bytes of STIX each, all different.
/// Threads: pure functions.

#include <cstdint>
#include <string>

namespace tocsin::bench {

/// What indicator `number` of series `series` names. Domains, URLs and SHA-256 in the shares 55, 25, 20:
/// addresses are left out because some would be held back as everybody's own.
struct Named {
  std::string path, value;
};
Named named(std::string_view series, std::uint64_t number);

/// The object, without white space. Series must differ between runs against the same hub.
std::string indicator(std::string_view series, std::uint64_t number);

}  // namespace tocsin::bench
