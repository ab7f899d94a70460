#pragma once

/// How often someone may ask, and where a request comes from.
///
/// Contract: whoever was quiet may ask a minute's worth at once; after that requests pass at the even rate.
/// What
///           is remembered is bounded: when too many ask at a time, those that come last share one allowance.
/// Units:    requests per minute.
/// Threads:  any.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/server.hpp"

namespace tocsin::serve {

class Rates {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// 0: no limit.
  explicit Rates(std::uint64_t per_minute, std::size_t keys_max = 100'000);

  /// One request of `key`: nothing when it may pass, else how long until one may.
  std::optional<std::chrono::seconds> take(const std::string& key, Moment now);

 private:
  const std::chrono::nanoseconds interval_;  // between two requests at the even rate; 0: no limit
  const std::size_t keys_max_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::unordered_map<std::string, Moment> paid_until_;  // without an entry: the past
  Moment swept_;
};

/// What the hub asks before it serves.
struct Gate {
  Rates members;                       ///< by member
  Rates addresses;                     ///< by origin, for requests without valid credentials
  std::vector<std::string> proxies{};  ///< addresses whose X-Forwarded-For is believed
};

/// Whose request this is, as a key: the address of the client, for IPv6 its network of 64 bits. Behind a
/// named proxy the last address of X-Forwarded-For that is not a proxy's; from anyone else that header means
/// nothing.
std::string origin_of(const net::Request& request, const std::vector<std::string>& proxies);

}  // namespace tocsin::serve
