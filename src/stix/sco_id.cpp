#include "stix/sco_id.hpp"

#include <openssl/evp.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.hpp"
#include "stix/canonical_json.hpp"
#include "stix/schema.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;

// §2.9: 00abedb4-aa42-466c-9c01-fed23315a9b7.
constexpr std::array<unsigned char, 16> name_space{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                                   0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};

std::string uuid_of_name(std::string_view name) {
  std::string input{reinterpret_cast<const char*>(name_space.data()), name_space.size()};
  input += name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  TOCSIN_CHECK(
      EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1 && size == 20,
      "SHA-1 is there");
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0fU) | 0x50U);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3fU) | 0x80U);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string uuid;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid.push_back('-');
    uuid.push_back(digits[digest[i] >> 4U]);
    uuid.push_back(digits[digest[i] & 0xfU]);
  }
  return uuid;
}

/// Of several hashes one counts: the first of these, else the first that stands there.
void append_one_hash(std::string& out, const element& value) {
  simdjson::dom::object hashes;
  if (value.get_object().get(hashes) != simdjson::SUCCESS) return append_canonical(out, value);
  std::string_view chosen;
  for (const std::string_view wanted : {"MD5", "SHA-1", "SHA-256", "SHA-512"})
    if (chosen.empty() && hashes.at_key(wanted).error() == simdjson::SUCCESS) chosen = wanted;
  out.push_back('{');
  for (const auto [key, digest] : hashes)
    if (chosen.empty() || key == chosen) {
      append_canonical(out, std::string_view{key});
      out.push_back(':');
      append_canonical(out, digest);
      break;
    }
  out.push_back('}');
}

}  // namespace

std::optional<std::string> observable_id(const element& observable) {
  std::string_view type;
  if (!observable.is_object() || observable.at_key("type").get_string().get(type) != simdjson::SUCCESS)
    return std::nullopt;
  const auto* rules = rules_of(type);
  if (rules == nullptr || rules->family != Family::observable) return std::nullopt;
  auto names = std::vector(rules->id_contributing.begin(), rules->id_contributing.end());
  std::sort(names.begin(), names.end());  // all ASCII, so in the order of RFC 8785

  std::string name = "{";
  for (const auto property : names) {
    element value;
    if (observable.at_key(property).get(value) != simdjson::SUCCESS) continue;
    if (name.size() > 1) name.push_back(',');
    append_canonical(name, property);
    name.push_back(':');
    if (property == "hashes")
      append_one_hash(name, value);
    else
      append_canonical(name, value);
  }
  if (name.size() == 1) return std::nullopt;
  return std::string{type} + "--" + uuid_of_name(name + '}');
}

std::optional<std::string> observable_id(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  const simdjson::padded_string padded{json};
  if (parser.parse(padded).get(root) != simdjson::SUCCESS) return std::nullopt;
  return observable_id(root);
}

}  // namespace tocsin::stix
