#include "pattern/subnet.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace tocsin::pattern {
namespace {

void clear_behind(Subnet& subnet, unsigned bits) {
  for (unsigned i = 0; i < subnet.bytes.size(); ++i) {
    const unsigned kept = bits > 8 * i ? std::min(bits - 8 * i, 8U) : 0;
    subnet.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
}

}  // namespace

bool Subnet::contains(const Subnet& other) const {
  if (v6 != other.v6 || bits > other.bits) return false;
  Subnet shortened = other;
  clear_behind(shortened, bits);
  return shortened.bytes == bytes;
}

std::string Subnet::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer.data(), buffer.size());
  std::string out{buffer.data()};
  if (bits != (v6 ? 128U : 32U)) out += '/' + std::to_string(bits);
  return out;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address{text.substr(0, slash)};
  Subnet subnet;
  subnet.v6 = address.find(':') != std::string::npos;
  const unsigned bits_max = subnet.v6 ? 128 : 32;
  if (address.find('\0') != std::string::npos ||
      ::inet_pton(subnet.v6 ? AF_INET6 : AF_INET, address.c_str(), subnet.bytes.data()) != 1)
    return std::nullopt;
  subnet.bits = bits_max;
  if (slash == std::string_view::npos) return subnet;
  const auto digits = text.substr(slash + 1);
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, subnet.bits);
  if (error != std::errc{} || stop != end || subnet.bits > bits_max ||
      (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  clear_behind(subnet, subnet.bits);
  return subnet;
}

}  // namespace tocsin::pattern
