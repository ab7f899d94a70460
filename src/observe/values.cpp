#include "observe/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/ipv4.hpp"

namespace tocsin::observe {
namespace {

constexpr std::size_t domain_bytes_max = 253;
constexpr std::size_t hextets = 8;
using Hextets = std::array<std::uint16_t, hextets>;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_ipv4(std::string_view text) {
  Ipv4 unused;
  return read_ipv4(text, unused);
}

std::optional<std::uint16_t> hextet(std::string_view text) {
  std::uint16_t value = 0;
  if (text.empty() || text.size() > 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Groups of one side of a "::"; the last may be an IPv4 address. nullopt: not that.
std::optional<std::size_t> read_groups(std::string_view text, bool last_side, Hextets& out) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (colon == std::string_view::npos && last_side && is_ipv4(group)) {
      if (count + 2 > hextets) return std::nullopt;
      std::array<unsigned, 4> octets{};
      const char* at = group.data();
      for (auto& octet : octets)
        at = std::from_chars(at, group.data() + group.size(), octet).ptr + 1;  // digits proven by is_ipv4
      out[count++] = static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
      out[count++] = static_cast<std::uint16_t>(octets[2] << 8 | octets[3]);
      return count;
    }
    const auto value = hextet(group);
    if (!value || count == hextets) return std::nullopt;
    out[count++] = *value;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // ends in a single colon
  }
  return count;
}

std::optional<Hextets> parse_ipv6(std::string_view text) {
  if (text.size() < 2 || text.size() > 45) return std::nullopt;
  Hextets all{};
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto count = read_groups(text, true, all);
    if (!count || *count != hextets) return std::nullopt;
    return all;
  }
  Hextets tail{};
  const auto before = read_groups(text.substr(0, gap), false, all);
  const auto after = read_groups(text.substr(gap + 2), true, tail);
  if (!before || !after || *before + *after >= hextets) return std::nullopt;
  for (std::size_t i = 0; i < *after; ++i) all[hextets - *after + i] = tail[i];
  return all;
}

/// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::".
std::string_view print_ipv6(const Hextets& groups, std::array<char, 48>& buffer) {
  std::size_t best = hextets, best_length = 1;
  for (std::size_t i = 0; i < hextets; ++i) {
    std::size_t length = 0;
    while (i + length < hextets && groups[i + length] == 0) ++length;
    if (length > best_length) best = i, best_length = length;
    if (length > 0) i += length - 1;
  }
  char* at = buffer.data();
  for (std::size_t i = 0; i < hextets; ++i) {
    if (i == best) {
      *at++ = ':';
      *at++ = ':';
      i += best_length - 1;
      continue;
    }
    if (i > 0 && i != best + best_length) *at++ = ':';
    at = std::to_chars(at, buffer.data() + buffer.size(), groups[i], 16).ptr;
  }
  return {buffer.data(), static_cast<std::size_t>(at - buffer.data())};
}

enum Letter : std::uint8_t { refused, fine, upper };

/// What may stand in a name that a resolver was asked for. Underscores and a leading "*." are common.
constexpr auto domain_letters = [] {
  std::array<std::uint8_t, 256> letters{};
  for (int c = 'a'; c <= 'z'; ++c) letters[static_cast<std::size_t>(c)] = fine;
  for (int c = '0'; c <= '9'; ++c) letters[static_cast<std::size_t>(c)] = fine;
  for (int c = 'A'; c <= 'Z'; ++c) letters[static_cast<std::size_t>(c)] = upper;
  for (int c = 128; c < 256; ++c) letters[static_cast<std::size_t>(c)] = fine;
  for (const auto c : std::string_view{"-_.*"}) letters[static_cast<unsigned char>(c)] = fine;
  return letters;
}();

bool has_word_as_last_label(std::string_view text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const auto last = text.substr(dot + 1);
  if (last.starts_with("xn--")) return true;
  if (last.size() < 2) return false;
  for (const char c : last)
    if (c < 'a' || c > 'z') return false;
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123456789" as microseconds; what is finer is cut.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits)
    if (digits < 6) micros = micros * 10 + (text[digits] - '0');
  if (digits == 0) return std::nullopt;
  for (auto i = digits; i < 6; ++i) micros *= 10;
  text.remove_prefix(digits);
  return micros;
}

constexpr std::uint64_t each_byte = 0x0101010101010101;

/// Eight bytes of text as one number, the first lowest.
std::uint64_t eight_bytes(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, 8);
  return bytes;
}
bool are_digits(std::uint64_t bytes) {
  return (((bytes & each_byte * 0xf0) ^ each_byte * 0x30) |
          (((bytes + each_byte * 6) & each_byte * 0xf0) ^ each_byte * 0x30)) == 0;
}
std::uint32_t digits_value(std::uint64_t bytes) {
  constexpr std::uint64_t pairs = 0x000000ff000000ff;
  constexpr std::uint64_t hundreds = 100 + (1'000'000ULL << 32), ones = 1 + (10'000ULL << 32);
  bytes -= each_byte * '0';
  bytes = bytes * 10 + (bytes >> 8);  // pairs; then all of them at once
  return static_cast<std::uint32_t>(((bytes & pairs) * hundreds + (bytes >> 16 & pairs) * ones) >> 32);
}

/// As Zeek writes it nearly always: ten digits, a point, and six.
std::optional<Timestamp> usual_time(std::string_view text) {
  if (text.size() != 17 || text[10] != '.') return std::nullopt;
  const auto high = eight_bytes(text.data());
  const auto low = eight_bytes(text.data() + 2);
  const auto micros = (eight_bytes(text.data() + 9) & ~0xffffULL) | 0x3030;  // a zero for digit and point
  if (!are_digits(high) || !are_digits(low) || !are_digits(micros)) return std::nullopt;
  const auto seconds = std::int64_t{digits_value(high)} * 100 + digits_value(low) % 100;
  return from_micros(seconds * 1'000'000 + digits_value(micros));
}

std::optional<Timestamp> calendar_time(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !(take(text, 'T') || take(text, ' '))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  std::chrono::minutes offset{0};
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes) return std::nullopt;
    offset = sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
  } else {
    take(text, 'Z');
  }
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month}, std::chrono::day{*day}};
  if (!text.empty() || !date.ok()) return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + std::chrono::microseconds{*fraction} - offset;
}

}  // namespace

Address to_address(std::string_view text, stix::Observation& out) {
  using stix::Path;
  if (is_ipv4(text)) return {text, Path::ipv4_addr_value};
  if (text.size() > 64 || text.find(':') == std::string_view::npos) return {};
  text = text.substr(0, text.find('%'));  // the zone says which interface, not which host
  const auto groups = parse_ipv6(text);
  if (!groups) return {};
  const auto& g = *groups;
  std::array<char, 48> buffer{};
  if ((g[0] | g[1] | g[2] | g[3] | g[4]) == 0 && g[5] == 0xffff) {
    char* at = buffer.data();
    for (const int octet : {g[6] >> 8, g[6] & 255, g[7] >> 8, g[7] & 255}) {
      at = std::to_chars(at, buffer.data() + buffer.size(), octet).ptr;
      *at++ = '.';
    }
    return {out.keep({buffer.data(), static_cast<std::size_t>(at - buffer.data() - 1)}),
            Path::ipv4_addr_value};
  }
  const auto canonical = print_ipv6(g, buffer);
  if (canonical == text) return {text, Path::ipv6_addr_value};
  return {out.keep(std::string{canonical}), Path::ipv6_addr_value};
}

std::string_view to_domain(std::string_view text, stix::Observation& out, bool dotted) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > domain_bytes_max || text.front() == '.') return {};
  unsigned seen = 0;
  for (const char c : text) {
    const auto letter = domain_letters[static_cast<unsigned char>(c)];
    if (letter == refused) return {};
    seen |= letter;
  }
  if (text.find("..") != std::string_view::npos) return {};
  if ((seen & upper) != 0) text = to_lower(text, out);
  if (dotted && !has_word_as_last_label(text)) return {};
  return text;
}

std::string_view to_lower(std::string_view text, stix::Observation& out) {
  for (const char c : text) {
    if (c < 'A' || c > 'Z') continue;
    std::string lower{text};
    for (char& l : lower)
      if (l >= 'A' && l <= 'Z') l = static_cast<char>(l + ('a' - 'A'));
    return out.keep(std::move(lower));
  }
  return text;
}

bool is_hex(std::string_view text) {
  for (const char c : text)
    if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) return false;
  return !text.empty();
}

bool is_decimal(std::string_view text) {
  for (const char c : text)
    if (!is_digit(c)) return false;
  return !text.empty();
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 320) return false;
  for (const char c : text.substr(0, at))
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '/' || c == ':' || c == '\\') return false;
  for (const char c : text.substr(at + 1))
    if (domain_letters[static_cast<unsigned char>(c)] == refused) return false;
  return true;
}

HostPort split_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {text, {}};
    const auto rest = text.substr(end + 1);
    if (rest.starts_with(':') && is_decimal(rest.substr(1))) return {text.substr(1, end - 1), rest.substr(1)};
    return {rest.empty() ? text.substr(1, end - 1) : text, {}};
  }
  const auto mark = text.find_last_of(":#");
  if (mark == std::string_view::npos || mark == 0) return {text, {}};
  const auto port = text.substr(mark + 1);
  // More than one colon is a bare IPv6 address.
  if (!is_decimal(port) || port.size() > 5) return {text, {}};
  if (text[mark] == ':' && text.find(':') != mark) return {text, {}};
  return {text.substr(0, mark), port};
}

std::optional<Timestamp> to_time(std::string_view text) {
  if (text.size() >= 5 && text[4] == '-') return calendar_time(text);
  if (const auto usual = usual_time(text)) return usual;
  std::int64_t seconds = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits)
    if (digits < 12) seconds = seconds * 10 + (text[digits] - '0');
  if (digits == 0 || digits > 11) return std::nullopt;
  text.remove_prefix(digits);
  const auto fraction = take_fraction(text);
  // An exponent means that a writer fell back to scientific notation; its seconds are then not what we read.
  if (!fraction || !text.empty()) return std::nullopt;
  return from_micros(seconds * 1'000'000 + *fraction);
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_digit(text[i + 2]) >= 0 &&
        hex_digit(text[i + 3]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else {
      if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '"')) ++i;
      out += text[i];
    }
  }
  return out;
}

}  // namespace tocsin::observe
