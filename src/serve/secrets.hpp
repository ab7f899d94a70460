#pragma once

/// What the hub keeps secret, in files of their own beside the log: its keys, and the hashes of tokens and
/// invites. The log names tokens by number; only these files can say which secret a number belongs to.
///
/// Contract: a hash is durable before the entry that names its number is written. Secrets have 256 random
/// bits, so their
///           SHA-256 is enough.
/// Errors:   unavailable (disk), corrupt (a file that we did not write so).
/// Threads:  any.

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/id.hpp"
#include "net/certificates.hpp"

namespace tocsin::serve {

class Secrets {
 public:
  /// Opens, or makes at the first start: the hub's authority, its certificate for `names`, the authority for
  /// clients.
  static Result<std::unique_ptr<Secrets>> open(const std::string& folder,
                                               const std::vector<std::string>& names);

  /// A new secret: "tocsin_" and 43 characters.
  static std::string make_secret();

  Status add_token(TokenId id, std::string_view secret);
  Status add_invite(std::uint64_t id, std::string_view secret);
  std::optional<TokenId> token_of(std::string_view secret) const;
  std::optional<std::uint64_t> invite_of(std::string_view secret) const;

  /// The token that redeeming this invite with this client key gives, each time it is asked.
  std::string token_for_join(std::uint64_t invite, std::string_view client_key) const;
  /// Authenticates short texts of ours that come back to us (cursors).
  Hash mac(std::string_view text) const;

  const net::KeyAndCertificate& authority() const { return authority_; }
  const net::KeyAndCertificate& client_authority() const { return client_authority_; }
  const net::KeyAndCertificate& server() const { return server_; }

 private:
  Secrets() = default;
  Status add(char kind, std::uint64_t id, std::string_view secret);
  Status load_hashes();

  std::string folder_;
  net::KeyAndCertificate authority_, client_authority_, server_;
  std::array<std::byte, 32> key_{};
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_:
  std::unique_ptr<File> hashes_;
  std::uint64_t hashes_bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> tokens_, invites_;  // by raw SHA-256
};

}  // namespace tocsin::serve
