#pragma once

/// What a session may do without a fresh assertion. All other unsafe requests of sessions need one: a route
/// that somebody adds tomorrow is an act of administration until this table says otherwise.
///
/// Threads: constants.

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tocsin::signin {

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 6> everyday{{
    {"POST", "/api/v1/circles/{circle}/objects"},
    {"POST", "/api/v1/circles/{circle}/withdrawals"},
    {"POST", "/api/v1/circles/{circle}/messages"},
    {"POST", "/api/v1/circles/{circle}/ack"},
    {"POST", "/api/v1/circles/{circle}/sightings"},
    {"DELETE", "/signin/sessions/{session}"},
}};

constexpr bool is_everyday(std::string_view method, std::string_view route) {
  return std::find(everyday.begin(), everyday.end(), std::pair{method, route}) != everyday.end();
}

/// A stream outlives the session that opened it, so it takes a token, which can be revoked while it runs.
inline constexpr std::string_view token_only = "/api/v1/circles/{circle}/stream";

}  // namespace tocsin::signin
