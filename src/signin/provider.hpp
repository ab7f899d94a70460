#pragma once

/// One OpenID provider: where it is, its keys, and the exchange of a code for who somebody is.
///
/// Contract: work that waits for the provider runs on a thread of its own, so that a slow one holds up nobody
/// else.
///           Its discovery document and keys are kept for an hour; a key that is not known fetches them anew,
///           at most every 30 seconds.
/// Source:   OpenID Connect Core 1.0, Discovery 1.0; RFC 6749, RFC 7636 (PKCE), RFC 9207 (iss).
/// Errors:   unavailable (the provider), denied (what it says does not hold), overloaded (too much waits).
/// Threads:  submit() and stop() from any; the rest on the thread of submit().

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/bounded_queue.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "signin/id_token.hpp"

namespace tocsin::signin {

struct ProviderOptions {
  std::string name;    ///< in paths: lower-case letters, digits and hyphens
  std::string label;   ///< on the button; empty: the name
  std::string issuer;  ///< https, exactly as the provider says it
  std::string client_id;
  std::string client_secret;  ///< empty: a public client
  std::string ca_pem;         ///< the only roots trusted; empty: the system's
  std::string claim = "sub";  ///< what names a person. "email" counts only when the provider has verified it
};

/// A provider's file: flat TOML with name, label, issuer, client_id, client_secret_file, ca_file, claim.
/// Errors: invalid_input, not_found, unavailable.
Result<ProviderOptions> load_provider(const std::string& path);

/// Parts of a discovery document that we use. Errors: invalid_input with what is wrong.
struct Discovery {
  std::string authorization_endpoint, token_endpoint, jwks_uri;
  bool sends_issuer = false;     ///< with the code (RFC 9207)
  bool secret_in_header = true;  ///< client_secret_basic
};
Result<Discovery> parse_discovery(std::string_view json, std::string_view issuer);

class Provider {
 public:
  using Fetch =
      std::function<Result<net::ClientResponse>(const std::string& url, const net::ClientRequest& request)>;
  Provider(ProviderOptions options, const Clock& clock);
  /// With another way to the provider, for tests.
  Provider(ProviderOptions options, const Clock& clock, Fetch fetch);
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  const ProviderOptions& options() const { return options_; }

  /// Errors: overloaded.
  Status submit(std::function<void(Provider&)> work);
  void stop();

  struct Flow {
    std::string state, nonce, verifier, redirect_uri;
  };
  /// Where a browser goes to sign in.
  Result<std::string> location(const Flow& flow);
  /// Whether `iss` of the answer is this provider's, or may be missing (RFC 9207).
  bool answers_as(std::optional<std::string_view> iss);
  /// Who it is, by the configured claim.
  Result<std::string> subject(std::string_view code, const Flow& flow);

 private:
  Result<const Discovery*> discovery();
  Result<const KeySet*> keys(const IdTokenHead& head);
  Result<std::string> id_token(std::string_view code, const Flow& flow);
  void run();

  const ProviderOptions options_;
  const Clock& clock_;
  const Fetch fetch_;
  std::optional<Discovery> discovery_;
  std::optional<KeySet> keys_;
  std::chrono::steady_clock::time_point discovered_{}, keyed_{};
  BoundedQueue<std::function<void(Provider&)>> work_{64};
  std::thread thread_;
};

}  // namespace tocsin::signin
