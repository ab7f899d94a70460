#include "match/key.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace tocsin::match {
namespace {

using stix::Path;

enum class Folding : std::uint8_t { none, letters, domain };

constexpr Folding folding_of(Path path) {
  switch (path) {
    case Path::domain_name_value:
    case Path::network_src_ref_value:
    case Path::network_dst_ref_value:
    case Path::network_http_host:
    case Path::domain_name_resolves_to_refs_value:
      return Folding::domain;
    case Path::ipv4_addr_value:
    case Path::ipv6_addr_value:
    case Path::mac_addr_value:
    case Path::network_ja3:
    case Path::network_ja3s:
    case Path::network_ja4:
    case Path::file_md5:
    case Path::file_sha1:
    case Path::file_sha256:
    case Path::file_sha512:
    case Path::process_image_md5:
    case Path::process_image_sha1:
    case Path::process_image_sha256:
    case Path::x509_md5:
    case Path::x509_sha1:
    case Path::x509_sha256:
      return Folding::letters;
    default:
      return Folding::none;
  }
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

/// Nearly every text that is scanned has none, so eight bytes are looked at together: in each byte below 128
/// the upper bit of the first sum says "from A on", that of the second "behind Z".
bool has_upper(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101ULL;
  std::uint64_t found = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), 8);
    const auto low = bytes & each * 0x7f;
    found |= ~bytes & ((low + each * (0x80 - 'A')) ^ (low + each * (0x7f - 'Z')));
  }
  return (found & each * 0x80) != 0 || std::any_of(text.begin(), text.end(), is_upper);
}

}  // namespace

bool holds_addresses(Path path) {
  return path == Path::ipv4_addr_value || path == Path::ipv6_addr_value ||
         path == Path::network_src_ref_value || path == Path::network_dst_ref_value ||
         path == Path::domain_name_resolves_to_refs_value;
}

bool holds_domains(Path path) {
  return folding_of(path) == Folding::domain;
}

std::string_view fold(Path path, std::string_view text, std::string& buffer) {
  const Folding folding = folding_of(path);
  if (folding == Folding::none) return text;
  if (folding == Folding::domain && text.size() > 1 && text.back() == '.') text.remove_suffix(1);
  if (!has_upper(text)) return text;
  buffer.assign(text);
  for (char& c : buffer)
    if (is_upper(c)) c = static_cast<char>(c | 0x20);
  return buffer;
}

PrefixKey::PrefixKey(const Network& network) : size_{network.v6 ? 17U : 5U} {
  raw_[0] = network.bits;
  std::copy_n(network.bytes.begin(), size_ - 1, raw_.begin() + 1);
}

Network network_of(std::string_view prefix_key) {
  Network out;
  out.bits = static_cast<std::uint8_t>(prefix_key[0]);
  out.v6 = prefix_key.size() > 5;
  std::memcpy(out.bytes.data(), prefix_key.data() + 1, prefix_key.size() - 1);
  return out;
}

std::uint64_t key_hash(std::uint64_t seed, Path path, Form form, std::string_view bytes) {
  const auto kind = static_cast<std::uint64_t>(path) << 8 | static_cast<std::uint64_t>(form);
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed + (kind + 1) * 0x9e3779b97f4a7c15ULL);
}

bool fulfils(Path path, Form form, std::string_view bytes, std::string_view observed) {
  if (form == Form::prefix) {
    const auto address = parse_address(observed);
    return address && network_of(bytes).contains(*address);
  }
  std::string buffer;
  const auto folded = fold(path, observed, buffer);
  if (form == Form::text) return folded == bytes;
  if (!folded.ends_with(bytes)) return false;
  return folded.size() == bytes.size() || folded[folded.size() - bytes.size() - 1] == '.';
}

std::string key_text(Form form, std::string_view bytes) {
  return form == Form::prefix ? to_text(network_of(bytes)) : std::string{bytes};
}

}  // namespace tocsin::match
