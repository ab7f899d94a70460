#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool all_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_hex);
}

/// An address or a network in the form of RFC 5952; host bits behind the prefix are cleared, and a prefix
/// that names a single host is dropped.
template <int family, std::size_t bytes>
std::optional<std::string> canonical_address(std::string_view text) {
  const auto slash = text.find('/');
  const std::string host{text.substr(0, slash)};
  std::array<unsigned char, bytes> raw{};
  if (inet_pton(family, host.c_str(), raw.data()) != 1) return std::nullopt;
  std::size_t prefix = bytes * 8;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || stop != digits.data() + digits.size() || prefix > bytes * 8)
      return std::nullopt;
  }
  for (std::size_t bit = prefix; bit < bytes * 8; ++bit)
    raw[bit / 8] = static_cast<unsigned char>(raw[bit / 8] & ~(0x80U >> (bit % 8)));
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(family, raw.data(), out.data(), out.size());
  std::string canonical{out.data()};
  if (prefix != bytes * 8) canonical += '/' + std::to_string(prefix);
  return canonical;
}

std::optional<std::string> canonical_ipv4(std::string_view text) {
  return canonical_address<AF_INET, 4>(text);
}
std::optional<std::string> canonical_ipv6(std::string_view text) {
  return canonical_address<AF_INET6, 16>(text);
}

std::string canonical_domain(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return to_lower_ascii(text);
}

/// Scheme and host have no case (RFC 3986 §6.2.2.1); user, path, query and fragment have.
std::string canonical_url(std::string_view text) {
  std::string url{text};
  const auto lower = [&](std::size_t from, std::size_t to) {
    const auto part = to_lower_ascii(std::string_view{url}.substr(from, to - from));
    url.replace(from, to - from, part);
  };
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string::npos) return url;
  lower(0, scheme_end);
  const auto authority = scheme_end + 3;
  const auto authority_end = std::min(url.find_first_of("/?#", authority), url.size());
  const auto at = url.rfind('@', authority_end);
  lower(at != std::string::npos && at >= authority && at < authority_end ? at + 1 : authority, authority_end);
  return url;
}

std::string canonical_mac(std::string_view text) {
  auto mac = to_lower_ascii(text);
  std::replace(mac.begin(), mac.end(), '-', ':');
  return mac;
}

/// Keys of the registry have no case, and their roots have short names.
std::string canonical_registry_key(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> roots{{
      {"hklm\\", "hkey_local_machine\\"},
      {"hkcu\\", "hkey_current_user\\"},
      {"hkcr\\", "hkey_classes_root\\"},
      {"hkcc\\", "hkey_current_config\\"},
      {"hku\\", "hkey_users\\"},
  }};
  auto key = to_lower_ascii(text);
  for (const auto& [brief, full] : roots)
    if (key.starts_with(brief)) return std::string{full} + key.substr(brief.size());
  return key;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Undoes the marks that people put into a value so that nobody follows it by accident.
std::string refang(std::string_view typed) {
  std::string text{trim(typed)};
  for (const std::string_view dot : {"[.]", "(.)", "{.}", "[dot]", "(dot)", "[DOT]", "\\."})
    if (text.find("\\\\") == std::string::npos || dot != "\\.") replace_all(text, dot, ".");
  for (const std::string_view at : {"[@]", "(@)", "[at]", "(at)", "[AT]"}) replace_all(text, at, "@");
  replace_all(text, "[://]", "://");
  replace_all(text, "[:]", ":");
  replace_all(text, "[/]", "/");
  const auto lower = to_lower_ascii(text.substr(0, 6));
  if (lower.starts_with("hxxp") || lower.starts_with("hxtp") || lower.starts_with("htxp"))
    text.replace(0, 4, "http");
  else if (lower.starts_with("fxp:"))
    text.replace(0, 3, "ftp");
  return text;
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != text[2] || (text[2] != ':' && text[2] != '-') : !is_hex(text[i]))
      return false;
  return true;
}

/// "t13d1516h2_8daaf6152771_b186095e22b6": ten characters and two cut digests.
bool is_ja4(std::string_view text) {
  const auto parts = split(text, '_');
  return parts.size() == 3 && parts[0].size() == 10 &&
         (parts[0][0] == 't' || parts[0][0] == 'q' || parts[0][0] == 'd') && parts[1].size() == 12 &&
         parts[2].size() == 12 && all_hex(parts[1]) && all_hex(parts[2]);
}

/// Endings that no top-level domain has, or (zip) that are far more often a file's.
bool looks_like_file(std::string_view text) {
  constexpr std::array<std::string_view, 34> endings{
      ".exe",  ".dll", ".sys",  ".bat", ".cmd", ".ps1", ".vbs", ".js",  ".jar", ".doc", ".docx", ".xls",
      ".xlsx", ".ppt", ".pptx", ".pdf", ".rar", ".zip", ".7z",  ".txt", ".tmp", ".dat", ".bin",  ".lnk",
      ".iso",  ".img", ".scr",  ".hta", ".apk", ".dmg", ".msi", ".elf", ".log", ".php"};
  const auto lower = to_lower_ascii(text);
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view end) { return lower.ends_with(end); });
}

bool is_domain(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() < 3 || text.size() > 253) return false;
  const auto labels = split(text, '.');
  if (labels.size() < 2) return false;
  for (const auto label : labels) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
      if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
    }
  }
  const auto top = labels.back();
  return top.size() >= 2 && !std::all_of(top.begin(), top.end(), [](char c) { return c >= '0' && c <= '9'; });
}

ValueKind kind_of(std::string_view text) {
  if (canonical_ipv4(text)) return ValueKind::ipv4;
  if (canonical_ipv6(text)) return ValueKind::ipv6;
  if (text.find("://") != std::string_view::npos) return ValueKind::url;
  if (all_hex(text)) {
    if (text.size() == 32) return ValueKind::md5;
    if (text.size() == 40) return ValueKind::sha1;
    if (text.size() == 64) return ValueKind::sha256;
    if (text.size() == 128) return ValueKind::sha512;
  }
  if (is_mac(text)) return ValueKind::mac;
  if (is_ja4(text)) return ValueKind::ja4;
  const auto lower = to_lower_ascii(text.substr(0, 5));
  if (lower == "hkey_" || lower == "hklm\\" || lower == "hkcu\\" || lower == "hkcr\\" || lower == "hkcc\\" ||
      lower.starts_with("hku\\"))
    return ValueKind::registry_key;
  const auto at = text.rfind('@');
  if (at != std::string_view::npos && at > 0 && is_domain(text.substr(at + 1))) return ValueKind::email;
  if (is_domain(text) && !looks_like_file(text)) return ValueKind::domain;
  return ValueKind::file_name;
}

}  // namespace

std::string canonical_value(ValueKind kind, std::string_view text) {
  text = trim(text);
  switch (kind) {
    case ValueKind::ipv4:
      return canonical_ipv4(text).value_or(to_lower_ascii(text));
    case ValueKind::ipv6:
      return canonical_ipv6(text).value_or(to_lower_ascii(text));
    case ValueKind::domain:
      return canonical_domain(text);
    case ValueKind::url:
      return canonical_url(text);
    case ValueKind::email:
    case ValueKind::md5:
    case ValueKind::sha1:
    case ValueKind::sha256:
    case ValueKind::sha512:
    case ValueKind::ja3:
    case ValueKind::ja4:
      return to_lower_ascii(text);
    case ValueKind::mac:
      return canonical_mac(text);
    case ValueKind::registry_key:
      return canonical_registry_key(text);
    case ValueKind::file_name:
    case ValueKind::mutex:
    case ValueKind::other:
      break;
  }
  return std::string{text};
}

Value recognise_value(std::string_view typed) {
  const auto text = refang(typed);
  const auto kind = kind_of(text);
  return {kind, canonical_value(kind, text)};
}

}  // namespace tocsin::stix
