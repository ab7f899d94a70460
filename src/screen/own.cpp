#include <algorithm>

#include "base/text.hpp"
#include "screen/detectors.hpp"

namespace tocsin::screen {
namespace {

constexpr std::array<std::string_view, kind_count> kind_names = {
    "private-key", "userinfo",    "token",         "password",         "own-name", "email",
    "card",        "iban",        "ssn",           "national-id",      "imei",     "phone",
    "own-domain",  "own-address", "internal-host", "internal-address", "address",  "mac",
    "user-path",   "unc-host",    "sid",           "observable-id",    "person",   "number"};

constexpr std::string_view internal_suffixes[] = {"local",    "lan",         "corp",     "internal",
                                                  "intranet", "localdomain", "home.arpa"};
constexpr std::string_view internal_networks[] = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                                  "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                                                  "::1",           "fc00::/7",       "fe80::/10"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

const std::vector<match::Network>& internal() {
  static const auto networks = [] {
    std::vector<match::Network> out;
    for (const auto text : internal_networks)
      if (const auto network = match::parse_network(text)) out.push_back(*network);
    return out;
  }();
  return networks;
}

}  // namespace

std::string_view name(Kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<Kind> parse_kind(std::string_view text) {
  const auto* const it = std::find(kind_names.begin(), kind_names.end(), text);
  if (it == kind_names.end()) return std::nullopt;
  return static_cast<Kind>(it - kind_names.begin());
}

Own::Own() : suffixes_{std::begin(internal_suffixes), std::end(internal_suffixes)} {}

Result<Own> Own::build(const OwnLists& lists) {
  Own own;
  const auto host = [](std::string_view text) {
    while (text.starts_with('.') || text.starts_with('*')) text.remove_prefix(1);
    while (text.ends_with('.')) text.remove_suffix(1);
    return to_lower_ascii(text);
  };
  for (const auto& domain : lists.domains)
    if (auto bare = host(domain); !bare.empty()) own.domains_.push_back(std::move(bare));
  for (const auto& suffix : lists.suffixes)
    if (auto bare = host(suffix); !bare.empty()) own.suffixes_.push_back(std::move(bare));
  for (const auto& text : lists.networks) {
    const auto network = match::parse_network(text);
    if (!network) return Error{Errc::invalid_input, "'" + text + "' is no network"};
    own.networks_.push_back(*network);
  }
  for (const auto& text : lists.names) {
    const auto lower = to_lower_ascii(trim(text));
    if (lower.size() < 2)
      return Error{Errc::invalid_input, "the name '" + text + "' is too short to look for"};
    own.names_[static_cast<unsigned char>(lower[0])].push_back(lower);
  }
  return own;
}

bool Own::below(std::string_view host, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    if (host.size() < root.size() || !iequals_ascii(host.substr(host.size() - root.size()), root))
      return false;
    // A host is at least a name in front of ".local"; an own domain may stand alone, and has a dot itself.
    return host.size() == root.size() ? root.find('.') != std::string::npos
                                      : host[host.size() - root.size() - 1] == '.';
  });
}

Kind Own::kind_of(const match::Network& address) const {
  const auto within = [&](const match::Network& network) { return network.contains(address); };
  if (std::any_of(networks_.begin(), networks_.end(), within)) return Kind::own_address;
  if (std::any_of(internal().begin(), internal().end(), within)) return Kind::internal_address;
  static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!address.v6 || !std::equal(mapped.begin(), mapped.end(), address.bytes.begin())) return Kind::address;
  match::Network inner;  // ::ffff:10.0.0.1 is 10.0.0.1
  std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
  inner.bits = 32;
  return kind_of(inner);
}

std::size_t Own::name_at(std::string_view text) const {
  const char first = text[0] >= 'A' && text[0] <= 'Z' ? static_cast<char>(text[0] - 'A' + 'a') : text[0];
  for (const auto& name : names_[static_cast<unsigned char>(first)])
    if (text.size() >= name.size() && iequals_ascii(text.substr(0, name.size()), name) &&
        (text.size() == name.size() || !is_word(text[name.size()])))
      return name.size();
  return 0;
}

}  // namespace tocsin::screen
