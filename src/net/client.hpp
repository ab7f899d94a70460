#pragma once

/// The HTTP client of member-side programs: pinned trust, deadlines, kept-alive connections.
///
/// Errors:  unavailable when the peer cannot be reached, the TLS identity is wrong, or time is up: the detail
/// says
///          which. An answer with any status is a value.
/// Threads: a `Client` belongs to one thread at a time; cancel() may come from any.
/// Source:  built on libcurl.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin::net {

struct ClientOptions {
  std::string base_url;                                ///< "https://hub.example:8443", no trailing slash
  std::string ca_pem;                                  ///< the only roots trusted; empty: the system's
  std::string bearer_token;                            ///< empty: none
  std::string client_certificate_pem, client_key_pem;  ///< both or none
  std::chrono::milliseconds connect_deadline{10'000};
  std::chrono::milliseconds request_deadline{60'000};
  std::size_t response_bytes_max = 256 << 20;
  /// Asked of each address before a connection to it is made, so after the name was resolved; empty: any.
  /// Then no proxy of the environment is used either: it would connect for us, unasked.
  std::function<Status(std::string_view address)> may_connect{};
  /// Asked at least once a second while a request is under way; true ends it as cancel() does. Empty: never.
  std::function<bool()> given_up{};
};

struct ClientRequest {
  std::string method = "GET";
  std::string target{};  ///< path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
};

struct ClientResponse {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::string_view header(std::string_view lower_case_name) const;  ///< empty when absent
};

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  Result<ClientResponse> request(const ClientRequest& request);

  /// Streams a response body to `on_bytes` as it arrives, until the peer ends it (ok), `on_bytes` returns
  /// false (ok), nothing arrives for `silence_max` (unavailable), or cancel(). A status other than 200 comes
  /// back as the response with its body, and `on_bytes` is not called.
  Result<ClientResponse> stream(const ClientRequest& request, std::chrono::milliseconds silence_max,
                                const std::function<bool(std::string_view)>& on_bytes);
  /// Ends a stream() or request() under way soon (within 100 ms), from any thread: it returns unavailable,
  /// "cancelled". When none is under way, the next one ends so: a cancel never comes too early to count.
  void cancel();

  /// Fetches the peer's CA certificate from `url` without trusting anyone, and returns it only if the SHA-256
  /// of its public key (SubjectPublicKeyInfo, base64url) is `pin`. Errors: denied when it is not,
  /// unavailable.
  static Result<std::string> fetch_pinned_ca(const std::string& url, std::string_view pin);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::net
