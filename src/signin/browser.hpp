#pragma once

/// What a browser sends along by itself and what it is told: cookies, where a request came from, headers that
/// keep a page to itself.
///
/// Source:  RFC 6265bis (cookies, the prefix __Host-), Fetch Metadata (W3C), CSP 3 (W3C), RFC 9457.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "net/server.hpp"

namespace tocsin::signin {

inline constexpr std::string_view session_cookie = "__Host-tocsin";
inline constexpr std::string_view flow_cookie = "__Host-tocsin-flow";
inline constexpr std::string_view csrf_header = "x-tocsin-csrf";

/// The cookie of this name; nullopt when there is none or more than one.
std::optional<std::string> cookie_in(const net::Request& request, std::string_view name);

enum class SameSite : std::uint8_t { strict, lax };
void set_cookie(net::Response& response, std::string_view name, std::string_view value, std::int64_t seconds,
                SameSite same_site);
void clear_cookie(net::Response& response, std::string_view name);

/// Bound to the session: made of its secret, so only who has the cookie's page can know it.
std::string csrf_token(std::string_view session_secret);

bool is_safe(std::string_view method);
/// Whether a page of ours made this request: by Origin, which browsers send with unsafe methods, and by
/// Sec-Fetch-Site where it is sent.
bool is_from_own_page(const net::Request& request, std::string_view origin);

/// For everything under /signin: no frame, no other origin's content, no copy kept, nothing guessed.
void harden(net::Response& response, std::string_view origin);

/// A problem document with a type of ours, so that a page can tell what to do: "urn:tocsin:problem:NAME".
net::Response typed_problem(unsigned status, std::string_view name, std::string_view detail);

}  // namespace tocsin::signin
