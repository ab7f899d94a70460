#include "match/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/ipv4.hpp"

namespace tocsin::match {
namespace {

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& out) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() < 2 || text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
    return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  return inet_pton(AF_INET6, terminated.data(), out.data()) == 1;
}

}  // namespace

bool Network::contains(const Network& other) const {
  return v6 == other.v6 && bits <= other.bits && other.shortened(bits).bytes == bytes;
}

Network Network::shortened(int prefix_bits) const {
  Network out = *this;
  out.bits = static_cast<std::uint8_t>(prefix_bits);
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  const int rest = prefix_bits % 8;
  const std::size_t first_cleared = rest == 0 ? whole : whole + 1;
  if (rest != 0) out.bytes[whole] = static_cast<std::uint8_t>(out.bytes[whole] & (0xff00U >> rest));
  std::fill(out.bytes.begin() + static_cast<std::ptrdiff_t>(first_cleared), out.bytes.end(), std::uint8_t{0});
  return out;
}

std::optional<Network> parse_address(std::string_view text) {
  Network out;
  if (text.empty()) return std::nullopt;
  if (Ipv4 octets; read_ipv4(text, octets)) {
    std::copy(octets.begin(), octets.end(), out.bytes.begin());
    out.bits = 32;
    return out;
  }
  if (text.find(':') == std::string_view::npos || !parse_v6(text, out.bytes)) return std::nullopt;
  out.v6 = true;
  out.bits = 128;
  return out;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) return address;
  const auto digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > address->bits_max())
    return std::nullopt;
  return address->shortened(bits);
}

std::string to_text(const Network& network) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(network.v6 ? AF_INET6 : AF_INET, network.bytes.data(), text.data(), text.size());
  std::string out{text.data()};
  if (!network.is_address()) out += "/" + std::to_string(network.bits);
  return out;
}

}  // namespace tocsin::match
