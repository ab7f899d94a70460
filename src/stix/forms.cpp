#include "stix/forms.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/text.hpp"

namespace tocsin::stix {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_wide(char c) {
  return (c & 0x80) != 0;
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}
template <typename Test>
bool all(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

/// An address, or a network whose prefix is at most `bits_max`.
bool is_address(int family, std::string_view text, unsigned bits_max) {
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
  if (host.empty() || host.size() >= terminated.size()) return false;
  std::copy(host.begin(), host.end(), terminated.begin());
  std::array<unsigned char, 16> raw{};
  if (inet_pton(family, terminated.data(), raw.data()) != 1) return false;
  if (slash == std::string_view::npos) return true;
  const auto digits = text.substr(slash + 1);
  if (digits.size() > 1 && digits.front() == '0') return false;
  unsigned bits = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  return !digits.empty() && is_digit(digits.front()) && error == std::errc{} &&
         stop == digits.data() + digits.size() && bits <= bits_max;
}

/// The restricted names of RFC 6838 §4.2.
bool is_restricted_name(std::string_view text) {
  return !text.empty() && text.size() <= 127 && (is_letter(text.front()) || is_digit(text.front())) &&
         all(text, [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "!#$&-^_.+"); });
}

}  // namespace

bool is_hex_text(std::string_view text) {
  return text.size() % 2 == 0 && all(text, is_hex_digit);
}

bool is_base64_text(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return all(text, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; });
}

bool is_character_set(std::string_view text) {
  return !text.empty() && text.size() <= 45 &&
         all(text, [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'+-^_`{}~.:()"); });
}

bool is_cpe(std::string_view text) {
  constexpr std::string_view prefix = "cpe:2.3:";
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  if (text.size() < 2 || !is_one_of(text.front(), "aho*-") || text[1] != ':') return false;
  std::size_t parts = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') {
      if (size == 0) return false;
      ++parts;
      size = 0;
      continue;
    }
    ++size;
    if (text[i] == '\\') {
      if (++i == text.size()) return false;
    } else if (!is_letter(text[i]) && !is_digit(text[i]) && !is_one_of(text[i], "-._*?~%")) {
      return false;
    }
  }
  return parts == 10 && size != 0;
}

bool is_domain_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  std::size_t label_size = 0;
  char before = '.';
  for (const char c : text) {
    if (c == '.') {
      if (label_size == 0 || before == '-') return false;
      label_size = 0;
    } else {
      if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_' && !is_wide(c)) return false;
      if ((c == '-' && label_size == 0) || ++label_size > 63) return false;
    }
    before = c;
  }
  return before != '.' && before != '-';
}

bool is_email_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return false;
  const auto local = text.substr(0, at);
  const auto host = text.substr(at + 1);
  const bool quoted = local.size() >= 2 && local.front() == '"' && local.back() == '"';
  if (!quoted) {
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
      return false;
    if (!all(local, [](char c) {
          return is_letter(c) || is_digit(c) || is_wide(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~.");
        }))
      return false;
  }
  return is_domain_name(host) || (host.starts_with('[') && host.ends_with(']'));
}

bool is_ipv4_or_network(std::string_view text) {
  return is_address(AF_INET, text, 32);
}
bool is_ipv6_or_network(std::string_view text) {
  return is_address(AF_INET6, text, 128);
}

bool is_language_tag(std::string_view text) {
  std::size_t part = 0;
  for (const auto subtag : split(text, '-')) {
    if (subtag.empty() || subtag.size() > 8) return false;
    if (!all(subtag, [](char c) { return is_letter(c) || is_digit(c); })) return false;
    if (part++ == 0) {
      const bool own = subtag == "x" || subtag == "X" || subtag == "i" || subtag == "I";
      if (!all(subtag, is_letter) || (subtag.size() < 2 && !own)) return false;
      // RFC 5646 keeps four letters for later; nobody has registered one of five to eight.
      if (subtag.size() > 3) return false;
    }
  }
  return part > 0;
}

bool is_language_code(std::string_view text) {
  return text.size() == 3 && all(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_mac_address(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != ':' : !is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f')) return false;
  return true;
}

bool is_media_type(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  constexpr std::array<std::string_view, 11> tops{"application", "audio", "example", "font",
                                                  "haptics",     "image", "message", "model",
                                                  "multipart",   "text",  "video"};
  const auto top = text.substr(0, slash);
  auto sub = text.substr(slash + 1);
  sub = sub.substr(0, sub.find(';'));  // parameters follow
  while (sub.ends_with(' ')) sub.remove_suffix(1);
  return std::any_of(tops.begin(), tops.end(),
                     [&](std::string_view known) { return iequals_ascii(top, known); }) &&
         is_restricted_name(sub);
}

bool is_uri(std::string_view text) {
  static constexpr auto may_stand = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "-._~:/?#[]@!$&'()*+,;="})
      table[static_cast<unsigned char>(c)] = true;
    return table;
  }();
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || !is_letter(text.front()))
    return false;
  if (!all(text.substr(0, colon), [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "+-."); }))
    return false;
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
      i += 2;
    } else if (!may_stand[static_cast<unsigned char>(c)]) {
      return false;
    }
  }
  return true;
}

bool is_relationship_name(std::string_view text) {
  return !text.empty() && all(text, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

bool is_full_registry_key(std::string_view text) {
  constexpr std::array<std::string_view, 5> cut{"HKLM", "HKCC", "HKCR", "HKCU", "HKU"};
  const auto root = text.substr(0, text.find('\\'));
  return std::none_of(cut.begin(), cut.end(),
                      [&](std::string_view brief) { return iequals_ascii(root, brief); });
}

bool is_digest_of(std::string_view algorithm, std::string_view digest) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 6> sizes{{
      {"MD5", 32},
      {"SHA-1", 40},
      {"SHA-256", 64},
      {"SHA-512", 128},
      {"SHA3-256", 64},
      {"SHA3-512", 128},
  }};
  for (const auto& [name, size] : sizes)
    if (algorithm == name) return digest.size() == size && all(digest, is_hex_digit);
  if (algorithm.size() < 3) return false;  // §2.8: a name has 3 to 250 characters
  if (algorithm == "SSDEEP")
    return !digest.empty() && std::count(digest.begin(), digest.end(), ':') == 2 && digest.size() <= 160;
  if (algorithm == "TLSH") {
    if (digest.starts_with("T1")) digest.remove_prefix(2);  // the mark of the form since TLSH 4
    return digest.size() >= 70 && digest.size() <= 136 && all(digest, is_hex_digit);
  }
  return true;
}

}  // namespace tocsin::stix
