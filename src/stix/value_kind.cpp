#include "stix/value_kind.hpp"

#include <array>
#include <utility>

namespace tocsin::stix {
namespace {

constexpr std::array<std::pair<ValueKind, std::string_view>, 16> kinds{
    {{ValueKind::ipv4, "ipv4"},
     {ValueKind::ipv6, "ipv6"},
     {ValueKind::domain, "domain"},
     {ValueKind::url, "url"},
     {ValueKind::email, "email"},
     {ValueKind::md5, "md5"},
     {ValueKind::sha1, "sha1"},
     {ValueKind::sha256, "sha256"},
     {ValueKind::sha512, "sha512"},
     {ValueKind::file_name, "file_name"},
     {ValueKind::mutex, "mutex"},
     {ValueKind::registry_key, "registry_key"},
     {ValueKind::ja3, "ja3"},
     {ValueKind::ja4, "ja4"},
     {ValueKind::mac, "mac"},
     {ValueKind::other, "other"}}};

}  // namespace

std::string_view name(ValueKind kind) {
  for (const auto& [known, text] : kinds)
    if (known == kind) return text;
  return "other";
}

std::optional<ValueKind> parse_value_kind(std::string_view text) {
  for (const auto& [known, name] : kinds)
    if (name == text) return known;
  return std::nullopt;
}

}  // namespace tocsin::stix
