#include "feed/reach.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/check.hpp"

namespace tocsin::feed {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr unsigned mapped_bits = 96;
constexpr Bytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// What is not of the public Internet though it lies where that does.
constexpr std::array<std::string_view, 24> special{
    "0.0.0.0/8",      "10.0.0.0/8",        "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16",
    "172.16.0.0/12",  "192.0.0.0/24",      "192.0.2.0/24",    "192.31.196.0/24", "192.52.193.0/24",
    "192.88.99.0/24", "192.168.0.0/16",    "192.175.48.0/24", "198.18.0.0/15",   "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4",       "240.0.0.0/4",     "2001::/23",       "2001:db8::/32",
    "2002::/16",      "2620:4f:8000::/48", "3fff::/20",       "5f00::/16"};
constexpr std::string_view global_v6 = "2000::/3";

bool address_of(std::string_view text, Bytes& out) {
  const std::string copy{text};
  if (copy.find(':') != std::string::npos) return ::inet_pton(AF_INET6, copy.c_str(), out.data()) == 1;
  out = mapped;
  return ::inet_pton(AF_INET, copy.c_str(), out.data() + 12) == 1;
}

}  // namespace

Result<Reach::Network> Reach::parse(std::string_view text) {
  const Error wrong{Errc::invalid_input, "'" + std::string{text} + "' is no network, as 10.1.0.0/16 is one"};
  const auto slash = text.find('/');
  Network network;
  if (slash == std::string_view::npos || !address_of(text.substr(0, slash), network.bytes)) return wrong;
  const bool v4 = text.find(':') == std::string_view::npos;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || network.bits > (v4 ? 32U : 128U))
    return wrong;
  if (v4) network.bits += mapped_bits;
  return network;
}

bool Reach::holds(const Network& network, const Bytes& bytes) {
  for (unsigned i = 0; i < network.bits; i += 8) {
    const unsigned left = std::min(8U, network.bits - i);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
    if (((network.bytes[i / 8] ^ bytes[i / 8]) & mask) != 0) return false;
  }
  return true;
}

Status Reach::allow(std::string_view network) {
  auto parsed = parse(network);
  if (!parsed) return std::move(parsed).error();
  allowed_.push_back(*parsed);
  return {};
}

Status Reach::may_connect(std::string_view address) const {
  Bytes bytes{};
  if (!address_of(address, bytes))
    return Error{Errc::denied, "'" + std::string{address} + "' is no address that is known here"};
  const auto within = [&](const Network& network) { return holds(network, bytes); };
  if (std::any_of(allowed_.begin(), allowed_.end(), within)) return {};
  static const auto closed = [] {
    std::vector<Network> networks;
    for (const auto text : special) {
      auto network = parse(text);
      TOCSIN_CHECK(network, "the list of special networks is well written");
      networks.push_back(*network);
    }
    return networks;
  }();
  const auto global = parse(global_v6);
  const bool v4 = std::equal(mapped.begin(), mapped.begin() + 12, bytes.begin());
  if ((v4 || holds(*global, bytes)) && std::none_of(closed.begin(), closed.end(), within)) return {};
  // Without the address: what names mean inside is not for everyone who may add a feed.
  return Error{Errc::denied,
               "its address is none of the public Internet; the operator may open its network to feeds "
               "(tocsin hub --feed-networks)"};
}

}  // namespace tocsin::feed
