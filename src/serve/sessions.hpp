#pragma once

/// People in browsers, as dispatch sees them: a cookie in place of credentials.
///
/// Contract: a cookie comes with requests that its owner never meant. So whoever implements this also checks
///           where a request came from, and holds some acts to more than the cookie (src/signin).
/// Threads:  any.

#include <optional>
#include <string_view>

#include "net/server.hpp"
#include "policy/policy.hpp"

namespace tocsin::serve {

class Sessions {
 public:
  virtual ~Sessions() = default;

  struct Admission {
    std::optional<policy::Principal> principal;
    net::Response refusal;  ///< when there is no principal
  };
  /// nullopt when the request carries no session's cookie. `route` is the template of its path, empty when
  /// the interface has no such route.
  virtual std::optional<Admission> admit(const net::Request& request, std::string_view route) const = 0;
};

}  // namespace tocsin::serve
