#pragma once

/// What lets people in: passkeys, identities at providers, links for enrolling, and the sessions that are
/// open.
///
/// Contract: secrets (of sessions and links) are kept as SHA-256 only. Each of these points to a token of the
/// hub's
///           log that has no secret (`sign_in`): it says who the person is and what the sessions may do, and
///           when it ends, or its member is suspended, all of this ends with it.
/// Errors:   unavailable (disk), corrupt, not_found, denied.
/// Threads:  any.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "signin/store.hpp"
#include "signin/webauthn.hpp"

namespace tocsin::signin {

inline constexpr std::chrono::minutes session_idle{30};
inline constexpr std::chrono::hours session_life{12};
inline constexpr std::chrono::minutes link_life{15};
inline constexpr std::chrono::minutes assertion_life{5};
inline constexpr std::size_t passkeys_max = 20;  ///< of one person
inline constexpr std::size_t sessions_max = 50;  ///< of one person; the oldest goes

/// Whose it is, and the token that says what it may.
struct Owner {
  HolderId holder;
  TokenId token;
};

struct Passkey {
  std::string id;  ///< raw
  Owner owner;
  std::string name;
  int algorithm = 0;
  std::string public_key;
  std::uint32_t counter = 0;
  Timestamp made, used;
  Timestamp went_back;  ///< when its counter last went back: a copy may be about; epoch 0: never
};

struct Identity {
  std::string issuer, subject;
  Owner owner;
  Timestamp made;
  /// A name for paths: the first 32 hex digits of a hash of both.
  std::string number() const;
};

struct Session {
  std::string key;  ///< SHA-256 of its secret, raw
  Owner owner;
  std::string opened_by;  ///< raw id of the passkey, or "issuer\nsubject"
  bool by_passkey = false;
  std::string browser;  ///< as it calls itself, cut
  Timestamp made, seen, asserted;
  bool is_fresh(Timestamp now) const { return asserted != Timestamp{} && now - asserted < assertion_life; }
  /// A name for paths: the first 32 hex digits of its key.
  std::string number() const;
};

class Accounts {
 public:
  static Result<std::unique_ptr<Accounts>> open(const std::string& folder, const Clock& clock);

  /// A one-time link's secret. A new one for a person puts out the one before.
  Result<std::string> make_link(Owner owner);
  /// Whose a link is that still counts.
  std::optional<Owner> link(std::string_view secret) const;
  /// The same, and it counts no more. Errors: denied.
  Result<Owner> use_link(std::string_view secret);

  /// Errors: conflict (known already, or the person has too many).
  Status add_passkey(Passkey passkey);
  std::optional<Passkey> passkey(std::string_view id) const;
  std::vector<Passkey> passkeys_of(HolderId holder) const;
  /// Notes a use. Errors: denied when the counter went back, which is written down.
  Status count(std::string_view passkey_id, std::uint32_t counter);
  /// And the sessions that it opened. Errors: not_found, also when it is another's.
  Status remove_passkey(std::string_view id, HolderId holder);

  /// Errors: conflict when it is somebody's already.
  Status add_identity(Identity identity);
  std::optional<Identity> identity(std::string_view issuer, std::string_view subject) const;
  std::vector<Identity> identities_of(HolderId holder) const;
  Status remove_identity(std::string_view number, HolderId holder);

  /// The secret of a new session.
  Result<std::string> open_session(Owner owner, std::string opened_by, bool by_passkey, Timestamp asserted,
                                   std::string_view browser);
  /// The session, if it is open: this counts as being used.
  std::optional<Session> use_session(std::string_view secret);
  /// The same by its key, without using it.
  std::optional<Session> session(std::string_view key) const;
  Status assert_session(std::string_view key);
  Status end_session(std::string_view key);
  std::vector<Session> sessions_of(HolderId holder) const;
  /// How a token is: good now, not now (its member is suspended), or never again.
  enum class Standing : std::uint8_t { good, not_now, gone };
  /// Ends sessions and links that are over or whose token is not good, passkeys and identities whose token is
  /// gone.
  Status sweep(const std::function<Standing(TokenId)>& standing_of);

 private:
  struct Link {
    Owner owner;
    Timestamp expires;
  };
  Accounts(std::unique_ptr<Store> store, const Clock& clock);
  Status load();
  bool is_over(const Session& session, Timestamp now) const;
  Status drop_sessions(const std::function<bool(const Session&)>& wanted);

  const std::unique_ptr<Store> store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  // Guarded by mutex_: all that is on disk.
  std::map<std::string, Passkey, std::less<>> passkeys_;
  std::map<std::string, Identity> identities_;  // by issuer "\n" subject
  std::map<std::string, Session, std::less<>> sessions_;
  std::map<std::string, Timestamp, std::less<>> seen_on_disk_;
  std::map<std::string, Link> links_;
};

}  // namespace tocsin::signin
