#include "serve/rates.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace tocsin::serve {
namespace {

constexpr std::chrono::minutes burst{1};

/// The part of an address that one customer of a network has; nothing when it is no address.
std::optional<std::string> network_of(const std::string& text) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return std::string{bytes.data(), 4};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  static constexpr std::array<char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\xFF', '\xFF'};
  if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) return std::string{bytes.data() + 12, 4};
  return std::string{bytes.data(), 8};
}

}  // namespace

Rates::Rates(std::uint64_t per_minute, std::size_t keys_max)
    : interval_{per_minute == 0 ? std::chrono::nanoseconds{0}
                                : std::chrono::nanoseconds{burst} / static_cast<std::int64_t>(per_minute)},
      keys_max_{keys_max} {}

std::optional<std::chrono::seconds> Rates::take(const std::string& key, Moment now) {
  if (interval_.count() == 0) return std::nullopt;
  const std::scoped_lock lock{mutex_};
  if (paid_until_.size() >= keys_max_ && now - swept_ >= std::chrono::seconds{1}) {
    std::erase_if(paid_until_, [now](const auto& each) { return each.second <= now; });
    swept_ = now;
  }
  const bool known = paid_until_.size() < keys_max_ || paid_until_.contains(key);
  Moment& paid_until = paid_until_[known ? key : std::string{}];
  const Moment next = std::max(paid_until, now) + interval_;
  if (next - now > burst)
    return std::max(std::chrono::ceil<std::chrono::seconds>(next - now - burst), std::chrono::seconds{1});
  paid_until = next;
  return std::nullopt;
}

std::string origin_of(const net::Request& request, const std::vector<std::string>& proxies) {
  const auto is_proxy = [&](const std::string& address) {
    return std::find(proxies.begin(), proxies.end(), address) != proxies.end();
  };
  std::string address = request.peer_address;
  for (auto header = request.headers.rbegin(); header != request.headers.rend() && is_proxy(address);
       ++header) {
    if (header->first != "x-forwarded-for") continue;
    const auto addresses = split(header->second, ',');
    for (auto each = addresses.rbegin(); each != addresses.rend() && is_proxy(address); ++each) {
      const std::string before{trim(*each)};
      if (!network_of(before)) return network_of(address).value_or(address);
      address = before;
    }
  }
  return network_of(address).value_or(address);
}

}  // namespace tocsin::serve
