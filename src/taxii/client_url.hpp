#pragma once

/// URLs as TAXII servers and their users write them: https, an origin, a path.
///
/// Source:  RFC 3986 §5.2, without dot segments; TAXII 2.1 §4.1.1 (API roots, absolute or relative).
/// Errors:  invalid_input, naming the URL and what is wrong with it.
/// Threads: pure functions.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::taxii::client {

struct Url {
  std::string origin;  ///< "https://host" or "https://host:port", in lower case, without the default port
  std::string path;    ///< encoded, from its first slash; never empty
  std::string query;   ///< with its "?"; or empty

  std::string text() const { return origin + path + query; }
  std::string target() const { return path + query; }
};

/// Refused: other schemes, a user or password (they belong into files), "..", spaces, control characters. A
/// fragment is dropped.
Result<Url> parse_url(std::string_view text);

/// What `reference` means where `base` said it. It may lie on another origin: the caller decides.
Result<Url> resolve(const Url& base, std::string_view reference);

/// The path with a slash at its end, as TAXII wants it (§3.1).
std::string with_slash(std::string path);

}  // namespace tocsin::taxii::client
