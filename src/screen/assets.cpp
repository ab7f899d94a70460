#include "screen/assets.hpp"

#include <algorithm>

#include "screen/site.hpp"

namespace tocsin::screen {

using stix::ValueKind;

Result<Assets> Assets::build(const std::vector<Asset>& assets) {
  Assets out;
  std::vector<std::pair<match::Network, NetworkMap::Label>> networks;
  for (const Asset& asset : assets) {
    if (asset.kind == Asset::Kind::domain) {
      auto domain = bare_host(asset.value);
      if (domain.empty()) return Error{Errc::invalid_input, "not a domain: " + asset.value};
      out.domains_[std::move(domain)].push_back(asset.member);
    } else {
      const auto network = match::parse_network(asset.value);
      if (!network) return Error{Errc::invalid_input, "not a network: " + asset.value};
      networks.emplace_back(*network, static_cast<NetworkMap::Label>(out.members_.size()));
      out.members_.push_back(asset.member);
    }
  }
  out.networks_ = NetworkMap{std::move(networks)};
  return out;
}

std::vector<MemberId> Assets::owners(const stix::Value& value) const {
  if (value.kind == ValueKind::url || value.kind == ValueKind::email) {
    const auto host = value.kind == ValueKind::url ? host_of_url(value.text) : host_of_email(value.text);
    return host ? owners(*host) : std::vector<MemberId>{};
  }
  std::vector<MemberId> out;
  if (value.kind == ValueKind::ipv4 || value.kind == ValueKind::ipv6) {
    if (const auto network = match::parse_network(value.text))
      for (const auto label : networks_.touching(*network)) out.push_back(members_[label]);
  } else if (value.kind == ValueKind::domain) {
    for (std::string name = bare_host(value.text);;) {
      if (const auto at = domains_.find(name); at != domains_.end())
        out.insert(out.end(), at->second.begin(), at->second.end());
      const auto dot = name.find('.');
      if (dot == std::string::npos) break;
      name.erase(0, dot + 1);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace tocsin::screen
