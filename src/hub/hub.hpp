#pragma once

/// The hub: opens the log, brings the views up to it, and serves.
///
/// Contract: open() returns once requests are answered. Everything acknowledged is in DIR/log; the rest of
///           DIR can be made anew from it, but for DIR/secrets (keys), DIR/state (confirmations of sensors)
///           and DIR/mappings (what members keep sealed).
/// Errors:   corrupt (the log is damaged: refuse to start), unavailable (disk, address in use), conflict
///           (another hub has the folder open).
/// Threads:  one owner.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace tocsin::hub {

struct Options {
  std::string folder;  ///< DIR
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;           ///< 0: any free one
  std::string public_url;              ///< empty: https://ADDRESS:PORT
  std::vector<std::string> names;      ///< further names for the certificate
  std::string screen_policy;           ///< a TOML file: what differs from the built-in policy; empty: nothing
  std::string warning_lists;           ///< a folder or file in MISP's format; empty: the built-in list alone
  std::vector<std::string> providers;  ///< files, each naming an OpenID provider that people may sign in at
  std::string certificate_file, key_file;  ///< of a public authority, PEM; empty: the hub's own authority
  std::string resolver;  ///< "ADDRESS:PORT" of the name server for proofs of assets; empty: the system's
  unsigned threads = 2;
  std::uint64_t requests_per_minute = 120'000;  ///< of one member; 0: no limit
  std::uint64_t address_requests_per_minute =
      12'000;                              ///< of one address without valid credentials; 0: no limit
  std::vector<std::string> proxies;        ///< addresses whose X-Forwarded-For is believed
  std::vector<std::string> feed_networks;  ///< ADDRESS/BITS that feeds may reach beside the public Internet
};

/// An entry that a newer copy of the log has erased.
struct Erased {
  CircleId circle;
  Sequence sequence;
  Hash commitment;
};

class Hub {
 public:
  static Result<std::unique_ptr<Hub>> open(const Options& options);
  ~Hub();

  std::uint16_t port() const;
  const std::string& url() const;
  bool first_start() const;  ///< this open made the keys and DIR/admin.toml
  /// Reads the given certificate again and shows it to whoever connects from now on. Errors: the old one
  /// stays.
  Status reload();
  /// Stops taking requests, finishes those under way, closes everything in order.
  void stop();

  /// Makes the views anew from the log and returns the digests before and after, as hex. No hub may have DIR
  /// open.
  static Result<std::pair<std::string, std::string>> rebuild_views(const std::string& folder);
  /// After a restore: erases these, as far as the log has them in the same history, and returns how many. No
  /// hub may have DIR open.
  static Result<std::uint64_t> erase_again(const std::string& folder, const std::vector<Erased>& erased);

 private:
  struct Parts;
  explicit Hub(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::hub
