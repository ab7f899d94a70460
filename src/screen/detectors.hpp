#pragma once

/// Finds what may point at a person or into the member's own house, in texts of any kind.
///
/// Source:  ISO/IEC 7812-1 (card numbers), ISO 13616 (IBAN), SSA rules for numbers of social security, RFC
/// 5321
///          (mail addresses), RFC 7519 (JWT). What each kind does not catch: docs/screen.md.
/// Cost:    linear in the text: hand-written, no regular expressions, every run is read a bounded number of
/// times. Threads: `Own` is built by one thread, then read by many; `find` is a pure function.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "match/address.hpp"

namespace tocsin::screen {

enum class Kind : std::uint8_t {
  private_key,
  userinfo,  ///< name and password in a URL
  token,     ///< keys and tickets of services, known by their shape
  password,  ///< what stands behind "password=" and the like
  own_name,  ///< brands, projects, people of the member
  email,
  card,
  iban,
  ssn,
  national_id,  ///< numbers of persons in other countries and registers
  imei,
  phone,
  own_domain,
  own_address,
  internal_host,
  internal_address,  ///< private, shared, link-local, loopback
  address,           ///< any other
  mac,
  user_path,  ///< a name as a folder below Users, home and the like
  unc_host,
  sid,
  observable_id,  ///< a STIX id of version 5: it can be turned back into the value it was made of
  person,         ///< perhaps a name of a person: a given name or a title, and a word in upper case
  number,         ///< perhaps a number of a person: its check digit is right, and nothing else says so
};
inline constexpr std::size_t kind_count = 24;
std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

using Kinds = std::uint32_t;  ///< a bit each
constexpr Kinds bit(Kind kind) {
  return Kinds{1} << static_cast<unsigned>(kind);
}
inline constexpr Kinds all_kinds = (Kinds{1} << kind_count) - 1;

/// What is the member's own, as its policy file lists it. Never leaves the machine.
struct OwnLists {
  std::vector<std::string> domains;   ///< "corp.example": it and all below
  std::vector<std::string> networks;  ///< "198.51.100.0/24"
  std::vector<std::string> names;     ///< whole words, case aside
  std::vector<std::string>
      suffixes;  ///< of internal hosts, beside .local .lan .corp .internal .intranet .home.arpa
};

/// `OwnLists` made ready.
class Own {
 public:
  Own();
  /// Errors: invalid_input, naming the network that cannot be read.
  static Result<Own> build(const OwnLists& lists);

  bool is_own_domain(std::string_view host) const { return below(host, domains_); }
  bool is_internal_host(std::string_view host) const { return below(host, suffixes_); }
  /// own_address, internal_address or address.
  Kind kind_of(const match::Network& address) const;
  /// Bytes that an own name takes at the front of `text`; 0 when none stands there as whole words.
  std::size_t name_at(std::string_view text) const;

 private:
  static bool below(std::string_view host, const std::vector<std::string>& roots);
  std::vector<std::string> domains_, suffixes_;
  std::vector<match::Network> networks_;
  std::array<std::vector<std::string>, 256> names_;  // by first byte, lower case
};

struct Found {
  std::size_t begin = 0, end = 0;  ///< bytes of the text
  Kind kind{};
  std::uint8_t layer = 0;  ///< how deep it was encoded; the range is then that of the encoded text
};

struct Search {
  Kinds kinds = all_kinds;
  bool command_line = false;  ///< -p and -u carry secrets there
};

inline constexpr int layers_max = 3;

/// What stands in the text, ordered, without overlap; of two that overlap the one that is named first in
/// `Kind` keeps the name, and both ranges are joined. Defanged text ([.], hxxp, zero-width characters) is
/// read as it is meant; base64, hexadecimal and percent signs are undone up to `layers_max` times.
std::vector<Found> find(std::string_view text, const Own& own, const Search& search = {});

}  // namespace tocsin::screen
