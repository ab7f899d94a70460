#pragma once

/// Who the user is, and which hub it trusts: a TOML file of mode 0600, and the invite that begins it.
///
/// Source:  the hub writes such a file for its operator (admin.toml); TOML 1.0.
/// Errors:  not_found when there is no profile; invalid_input names the field; unavailable for the disk.
/// Threads: values and pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::cli {

struct Profile {
  std::string url;     ///< "https://host:port", no trailing slash
  std::string ca_pem;  ///< the only authority trusted for this hub; empty: the system's
  std::string token;   ///< empty while a join is not finished, or when a certificate speaks
  std::string member, person;
  std::vector<std::string> circles;
  std::vector<std::string> identities;  ///< STIX identities registered as this member's own
  bool is_operator = false;
  std::string join_key;       ///< secret Ed25519 seed, base64url: makes a repeated join the same join
  std::string invite_sha256;  ///< hex: which invite this profile began with
  std::string mapping_key;    ///< secret, base64url: opens the file of re-minted ids
  std::string certificate_pem, key_pem;  ///< a client certificate in place of the token; both or none
};

/// Reads the text of a profile. Unknown keys are kept out, not refused: a newer tool may have written them.
Result<Profile> parse_profile(std::string_view toml);
std::string to_toml(const Profile& profile);

Result<Profile> load_profile(const std::string& path);
/// Replaces the file as a whole, mode 0600; makes its folder (0700) when absent.
Status save_profile(const std::string& path, const Profile& profile);

/// $TOCSIN_PROFILE, else $XDG_CONFIG_HOME/tocsin/profile.toml, else ~/.config/tocsin/profile.toml.
std::string default_profile_path();

/// `https://host:port/join#invite=SECRET&pin=PIN`, or `&trust=system` of a hub with a public certificate.
struct Invite {
  std::string hub_url;  ///< "https://host:port"
  std::string secret;
  std::string pin;  ///< SHA-256 of the authority's public key, base64url; empty: the system's roots
};
Result<Invite> parse_invite(std::string_view url);

}  // namespace tocsin::cli
