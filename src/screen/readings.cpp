#include "screen/readings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "match/address.hpp"
#include "screen/site.hpp"

namespace tocsin::screen {
namespace {

using stix::Value;
using stix::ValueKind;

constexpr std::size_t text_bytes_max = 4096;  // longer ones are read as they are

/// One code point off the front; the byte itself when it begins none.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t point = first;
  if (length > 1 && length <= text.size()) {
    point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
      point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(length);
    return point;
  }
  text.remove_prefix(1);
  return point;
}

bool is_invisible(char32_t point) {
  return point <= 0x20 || (point >= 0x7F && point <= 0xA0) || point == 0xAD || point == 0x34F ||
         point == 0x61C || point == 0x180E || (point >= 0x2000 && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202F) || (point >= 0x205F && point <= 0x206F) || point == 0x3000 ||
         (point >= 0xFE00 && point <= 0xFE0F) || point == 0xFEFF || (point >= 0xE0000 && point <= 0xE0FFF);
}

/// Without what nobody sees, and with the usual letters for wide ones and other scripts' dots.
std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto before = text;
    const char32_t point = take_code_point(text);
    if (is_invisible(point)) continue;
    if (point == 0x3002 || point == 0xFF0E || point == 0xFF61 || point == 0x2024 || point == 0xFE52) {
      out += '.';
    } else if (point >= 0xFF01 && point <= 0xFF5E) {
      out += static_cast<char>(point - 0xFF01 + '!');
    } else if (point >= 0x24D0 && point <= 0x24E9) {
      out += static_cast<char>(point - 0x24D0 + 'a');  // letters in circles
    } else if (point >= 0x24B6 && point <= 0x24CF) {
      out += static_cast<char>(point - 0x24B6 + 'a');
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return to_lower_ascii(out);
}

std::string without_percent_signs(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// "xn--google-" says that it is of another script, and is not.
std::string without_idle_punycode(std::string_view host) {
  std::string out;
  for (const auto label : split(host, '.')) {
    if (!out.empty()) out += '.';
    const bool idle = label.starts_with("xn--") && label.ends_with('-') && label.size() > 5;
    out += idle ? label.substr(4, label.size() - 5) : label;
  }
  return out;
}

/// The IPv4 network within an IPv6 one; nullopt when there is none.
std::optional<match::Network> within(const match::Network& v6) {
  struct Form {
    std::string_view prefix;
    std::uint8_t bits;
  };
  constexpr std::array<Form, 4> forms{{{"::ffff:0:0", 96}, {"64:ff9b::", 96}, {"2002::", 16}, {"::", 96}}};
  if (!v6.v6) return std::nullopt;
  for (const auto& [prefix, bits] : forms) {
    const auto around = match::parse_network(std::string{prefix} + '/' + std::to_string(bits));
    if (around && v6.contains(*around)) return match::Network{};  // all of IPv4
    if (!around || !around->contains(v6)) continue;
    match::Network out;
    out.bits = static_cast<std::uint8_t>(std::min(32, v6.bits - bits));
    for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = v6.bytes[bits / 8 + i];
    return out;
  }
  return std::nullopt;
}

void add(std::vector<Value>& out, ValueKind kind, std::string_view text) {
  Value value{kind, stix::canonical_value(kind, text)};
  if (std::ranges::find(out, value) == out.end()) out.push_back(std::move(value));
}

void add_host(std::vector<Value>& out, std::string_view text) {
  const auto slash = text.find('/');
  const auto host = bare_host(without_idle_punycode(text.substr(0, slash)));
  const auto network = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  if (const auto address = lenient_ipv4(host))
    return add(out, ValueKind::ipv4, *address + std::string{network});
  auto bare = std::string_view{host};
  if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
  bare = bare.substr(0, bare.find('%'));  // a zone
  if (const auto address = match::parse_network(std::string{bare} + std::string{network})) {
    add(out, address->v6 ? ValueKind::ipv6 : ValueKind::ipv4, match::to_text(*address));
    if (const auto v4 = within(*address)) add(out, ValueKind::ipv4, match::to_text(*v4));
  } else if (!host.empty()) {
    add(out, ValueKind::domain, host);
  }
}

/// A path that means the front page: slashes and dots, nothing asked.
bool is_front(std::string_view rest) {
  return rest.find_first_not_of("/.\\?#") == std::string_view::npos;
}

void add_url(std::vector<Value>& out, std::string_view text) {
  std::string url{text};
  std::ranges::replace(url, '\\', '/');
  const auto scheme = url.find("://");
  auto rest = std::string_view{url};
  if (scheme != std::string::npos)
    rest.remove_prefix(scheme + 3);
  else if (const auto colon = rest.find(':'); colon != std::string_view::npos && colon <= 5)
    rest.remove_prefix(colon + 1);
  while (rest.starts_with('/')) rest.remove_prefix(1);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  if (!is_front(rest.substr(end))) return add(out, ValueKind::url, url);
  auto authority = rest.substr(0, end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (!authority.starts_with('['))
    authority = authority.substr(0, authority.find(':'));
  else
    authority = authority.substr(0, authority.find(']') + 1);
  add_host(out, authority);
}

/// Nearly all values: no need to look closer.
bool is_unambiguous(const Value& value) {
  if (value.kind == ValueKind::ipv4) return match::parse_network(value.text).has_value();
  if (value.kind != ValueKind::domain) return false;
  const auto ordinary = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const auto top = value.text.rfind('.');
  return std::ranges::all_of(value.text, ordinary) && top != std::string::npos &&
         top + 1 < value.text.size() && top > 0 && value.text[top + 1] >= 'a' && value.text[top + 1] <= 'z' &&
         value.text.find("xn--") == std::string::npos;
}

}  // namespace

std::optional<std::string> lenient_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  if (text.empty() || parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto digits = parts[i];
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      digits.remove_prefix(2);
      base = 16;
    } else if (digits.size() > 1 && digits.starts_with('0')) {
      base = digits.find_first_of("89") == std::string_view::npos ? 8 : 10;
    }
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size()) return std::nullopt;
    const bool is_last = i + 1 == parts.size();
    const auto left = 8 * (is_last ? 5 - parts.size() : 1);  // bits that this part fills
    if (number >> left != 0) return std::nullopt;
    address = address << left | number;
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += (out.empty() ? "" : ".") + std::to_string(address >> shift & 0xFF);
  return out;
}

std::vector<Value> readings(const Value& value) {
  std::vector<Value> out{value};
  if (value.text.size() > text_bytes_max || is_unambiguous(value)) return out;
  switch (value.kind) {
    case ValueKind::ipv4:
    case ValueKind::ipv6:
    case ValueKind::domain:
    case ValueKind::url:
    case ValueKind::other:
      break;
    default:
      add(out, value.kind, plain(value.text));
      return out;
  }
  for (const auto& text : {plain(value.text), plain(without_percent_signs(value.text))}) {
    const auto refanged = stix::recognise_value(text).text;
    const auto slash = refanged.find_first_of("/\\");
    const bool network = slash != std::string::npos && slash > 0 && slash + 4 >= refanged.size() &&
                         refanged.find_first_not_of("0123456789", slash + 1) == std::string::npos;
    if (value.kind == ValueKind::url || (slash != std::string::npos && !network))
      add_url(out, refanged);
    else
      add_host(out, refanged);
  }
  return out;
}

}  // namespace tocsin::screen
