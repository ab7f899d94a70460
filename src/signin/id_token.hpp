#pragma once

/// ID tokens of OpenID providers, and the keys that sign them.
///
/// Contract: RS256, PS256, ES256 and EdDSA (Ed25519) with keys of the provider's set; "none" and everything
/// symmetric is
///           refused, whatever the header says. A key is used for its own algorithm only. Signatures are
///           OpenSSL's.
/// Source:   OpenID Connect Core 1.0 §2, §3.1.3.7; RFC 7515, 7517, 7518, 7519, 8037, 8725.
/// Errors:   denied with the rule that was broken; invalid_input for a key set that is none.
/// Threads:  pure functions; a KeySet may be read by many.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

namespace tocsin::signin {

inline constexpr std::size_t id_token_bytes_max = 16 << 10;
inline constexpr std::size_t key_set_keys_max = 64;
inline constexpr std::chrono::seconds clock_skew{60};
/// An ID token is shown once, right after it was made.
inline constexpr std::chrono::minutes id_token_age_max{10};

/// The public keys of a provider. Keys that cannot be used for signatures of ours are left out.
class KeySet {
 public:
  static Result<KeySet> parse(std::string_view json);
  ~KeySet();
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;

  struct Key;
  /// The key for a header. Without an id: the only one of the algorithm. Null when there is none.
  const Key* find(std::string_view algorithm, std::string_view id) const;
  std::size_t size() const;

 private:
  KeySet();
  std::vector<Key> keys_;
};

struct IdTokenHead {
  std::string algorithm, key_id;
};
/// To know which key is needed. Nothing of it is trusted.
Result<IdTokenHead> head_of(std::string_view id_token);

struct Expected {
  std::string issuer, client_id, nonce;
  Timestamp now;
};
/// The claims, once the signature and all that §3.1.3.7 asks hold.
Result<json::Object> verify_id_token(std::string_view id_token, const KeySet& keys, const Expected& expected);

/// PKCE (RFC 7636 §4.2): the challenge of a verifier, S256.
std::string pkce_challenge(std::string_view verifier);

}  // namespace tocsin::signin
