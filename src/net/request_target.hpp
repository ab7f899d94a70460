#pragma once

/// The target of a request, taken apart.
///
/// Source:  RFC 9112 §3.2 (origin-form and absolute-form; "*" for OPTIONS), RFC 3986 §2.1 (percent-encoding),
///          WHATWG URL §5.1 (queries as forms).
/// Errors:  invalid_input with what is wrong: a broken escape, a NUL or other control character, "..".
/// Threads: pure functions.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin::net {

struct RequestTarget {
  std::string path;  ///< decoded; begins with "/", or is "*"; "." segments gone
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
};

Result<RequestTarget> parse_target(std::string_view target);

}  // namespace tocsin::net
