#include "screen/site.hpp"

#include "base/text.hpp"
#include "match/address.hpp"

namespace tocsin::screen {
namespace {

using stix::ValueKind;

struct Parts {
  std::string_view host, rest;
};

std::optional<Parts> parts_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  url.remove_prefix(scheme_end + 3);
  const auto end = std::min(url.find_first_of("/?#\\"), url.size());
  auto authority = url.substr(0, end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    authority = authority.substr(1, close - 1);
  } else {
    authority = authority.substr(0, authority.find(':'));
  }
  if (authority.empty()) return std::nullopt;
  return Parts{authority, url.substr(end)};
}

stix::Value value_of_host(std::string_view host) {
  if (const auto address = match::parse_address(host))
    return {address->v6 ? ValueKind::ipv6 : ValueKind::ipv4, match::to_text(*address)};
  return {ValueKind::domain, bare_host(host)};
}

}  // namespace

std::string bare_host(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  while (host.starts_with('.')) host.remove_prefix(1);
  while (host.ends_with('.')) host.remove_suffix(1);
  return to_lower_ascii(host);
}

std::optional<stix::Value> host_of_url(std::string_view url) {
  const auto parts = parts_of(url);
  if (!parts) return std::nullopt;
  return value_of_host(parts->host);
}

std::optional<stix::Value> whole_site(std::string_view url) {
  const auto parts = parts_of(url);
  if (!parts || (!parts->rest.empty() && parts->rest != "/")) return std::nullopt;
  return value_of_host(parts->host);
}

std::optional<stix::Value> host_of_email(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at + 1 == address.size()) return std::nullopt;
  return stix::Value{ValueKind::domain, bare_host(address.substr(at + 1))};
}

}  // namespace tocsin::screen
