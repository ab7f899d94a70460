#pragma once

/// Heads of responses, and the problem documents of what the server itself refuses.
///
/// Source:  RFC 9112 §4, §6; RFC 9457.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "net/server.hpp"

namespace tocsin::net {

enum class Framing { length, chunked, until_close };

/// Status line and header fields with the empty line. `date` is an HTTP date. Names and values that could
/// break out of their line are made harmless.
std::string response_head(const Response& response, Framing framing, bool keep_alive, std::string_view date);

/// True for the statuses that never have a body (204, 304).
bool has_no_body(unsigned status);

Response problem(unsigned status, std::string_view detail);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7), of now.
std::string http_date_now();

}  // namespace tocsin::net
