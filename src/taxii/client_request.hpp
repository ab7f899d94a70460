#pragma once

/// One GET at another TAXII server, with what it takes to get an answer: credentials, a media type that both
/// sides speak, patience where the server asks for it, and an end to all of it.
///
/// Credentials go to one origin only; a redirect elsewhere is refused.
/// Source:  TAXII 2.1 §1.6.8, §3.1; RFC 9110 §10.2.3 (Retry-After).
/// Errors:  each names the URL. denied (401, 403, another origin), not_found (404), overloaded (429, or a
/// wait
///          that is too long), unavailable (5xx, no connection, time is up), invalid_input (the rest).
/// Threads: one.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/client.hpp"
#include "taxii/client_url.hpp"

namespace tocsin::taxii::client {

/// What opens the server. Any of them, or none.
struct Access {
  std::string ca_pem;  ///< the only roots trusted; empty: the system's
  std::string user, password;
  std::string bearer_token;  ///< in place of user and password
  std::string client_certificate_pem, client_key_pem;
  /// As net::ClientOptions: which addresses may be reached, and when to end a request under way.
  std::function<Status(std::string_view)> may_connect;
  std::function<bool()> given_up;
};

struct Limits {
  std::size_t page_bytes_max = 64 << 20;
  std::size_t page_objects_max = 100'000;
  std::chrono::milliseconds connect_deadline{10'000};
  std::chrono::milliseconds request_deadline{60'000};  ///< from connecting to the last byte
  unsigned tries_max = 5;                     ///< of a request that the server puts off (429, 502, 503, 504)
  unsigned broken_tries_max = 3;              ///< of one that ends without an answer
  std::chrono::milliseconds wait_first{500};  ///< doubles, where the server does not say how long
  std::chrono::milliseconds wait_max{60'000};
};

/// Waits; false when the user does not want to wait any longer.
using Wait = std::function<bool(std::chrono::milliseconds)>;
Wait sleeping();

/// When a request may be sent again. What moves a place that the server keeps must not be, once its answer is
/// lost: the server may have moved it already.
enum class Repeat : std::uint8_t { always, when_put_off };

class Asker {
 public:
  Asker(std::string origin, const Access& access, Limits limits, Wait wait);

  /// The answer with status 200 to a GET of `target` (path and query).
  Result<net::ClientResponse> get(const std::string& target, Repeat repeat = Repeat::always);

  const std::string& origin() const { return origin_; }
  const Limits& limits() const { return limits_; }
  std::string url(std::string_view target) const { return origin_ + std::string{target}; }

 private:
  /// Until the server neither puts it off nor breaks off.
  Result<net::ClientResponse> patiently(const std::string& target, Repeat repeat);
  Result<net::ClientResponse> once(const std::string& target);
  Status wait_after(const std::string& target, unsigned tries, std::string_view retry_after,
                    std::string_view why);
  Error with_url(const std::string& target, Error error) const;
  Error refused(const std::string& target, const net::ClientResponse& response) const;

  std::string origin_, authorization_;
  Limits limits_;
  Wait wait_;
  net::Client client_;
  std::size_t accept_ = 0;  // which media type this server took
};

/// How long "120" or an HTTP date asks to wait; nullopt for anything else.
std::optional<std::chrono::seconds> read_retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now);

}  // namespace tocsin::taxii::client
