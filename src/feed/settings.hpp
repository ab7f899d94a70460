#pragma once

/// What a steward says of a feed, and the secrets that go with it.
///
/// Format:  Settings are JSON inside the act `feed` (docs/formats/acts.md); a Secret is a file of the hub's
///          secrets, DIR/secrets/feed-N.json.
/// Errors:  invalid_input, naming the field.
/// Threads: values and pure functions.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "stix/object.hpp"
#include "taxii/client_request.hpp"

namespace tocsin::feed {

struct Settings {
  static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::chrono::seconds interval_min{10};

  std::string url;         ///< of a collection, an API root or a discovery
  std::string collection;  ///< id, alias or title; empty where the URL leaves no choice
  std::string user;        ///< of Basic; its password is secret
  std::string ca_pem;      ///< the only roots trusted; empty: the system's
  std::chrono::seconds interval{300};
  std::chrono::seconds compare_every{6 * 3600};  ///< a walk through all of the source, for what is gone
  std::optional<stix::Tlp> tlp;   ///< of objects without a TLP marking; none: the circle's default
  std::uint64_t quarantine = 20;  ///< so many of the first objects wait for a steward; `all`: every one
  Timestamp added;                ///< what was logged before is not this feed's
};

struct Secret {
  std::string password, bearer_token, certificate_pem, key_pem;
};

/// As a steward sends them; `added` is the caller's. Checked whole, but for what only the server can tell.
struct Asked {
  std::string name;
  Settings settings;
  Secret secret;
};
Result<Asked> read_asked(const json::Object& body);

json::Object to_json(const Settings& settings);
/// For what we wrote. Errors: corrupt.
Result<Settings> read_settings(std::string_view text);

/// How it signs in, in a word: "none", "basic", "bearer", "certificate", or two with a "+".
std::string sign_in_of(const Settings& settings, const Secret& secret);

std::string to_json(const Secret& secret);
Result<Secret> read_secret(std::string_view text);

taxii::client::Access access_of(const Settings& settings, const Secret& secret);

}  // namespace tocsin::feed
