#include "stix/harvest.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace tocsin::stix {
namespace {

struct Row {
  std::string_view type, property;
  ValueKind kind;
};

// Sorted by type.
constexpr std::array<Row, 16> table{{
    {"autonomous-system", "name", ValueKind::other},
    {"directory", "path", ValueKind::other},
    {"domain-name", "value", ValueKind::domain},
    {"email-addr", "value", ValueKind::email},
    {"email-message", "subject", ValueKind::other},
    {"file", "name", ValueKind::file_name},
    {"ipv4-addr", "value", ValueKind::ipv4},
    {"ipv6-addr", "value", ValueKind::ipv6},
    {"mac-addr", "value", ValueKind::mac},
    {"mutex", "name", ValueKind::mutex},
    {"process", "command_line", ValueKind::other},
    {"software", "name", ValueKind::other},
    {"url", "value", ValueKind::url},
    {"user-account", "user_id", ValueKind::other},
    {"windows-registry-key", "key", ValueKind::registry_key},
    {"x509-certificate", "serial_number", ValueKind::other},
}};

/// The digest that a key of a hashes dictionary names, in any of its spellings.
ValueKind kind_of_hash(std::string_view algorithm) {
  if (iequals_ascii(algorithm, "MD5")) return ValueKind::md5;
  if (iequals_ascii(algorithm, "SHA-1") || iequals_ascii(algorithm, "SHA1")) return ValueKind::sha1;
  if (iequals_ascii(algorithm, "SHA-256") || iequals_ascii(algorithm, "SHA256")) return ValueKind::sha256;
  if (iequals_ascii(algorithm, "SHA-512") || iequals_ascii(algorithm, "SHA512")) return ValueKind::sha512;
  return ValueKind::other;
}

void add(ValueKind kind, std::string_view text, std::vector<Value>& values) {
  if (!text.empty()) values.push_back({kind, canonical_value(kind, text)});
}

void harvest_embedded(const simdjson::dom::object& object, std::vector<Value>& values) {
  simdjson::dom::object embedded;
  if (object.at_key("objects").get(embedded) != simdjson::SUCCESS) return;
  for (const auto field : embedded) {
    simdjson::dom::object observable;
    std::string_view type;
    if (field.value.get_object().get(observable) == simdjson::SUCCESS &&
        observable.at_key("type").get_string().get(type) == simdjson::SUCCESS && type != "observed-data")
      harvest_object(type, observable, values);
  }
}

}  // namespace

void harvest_object(std::string_view type, const simdjson::dom::object& object, std::vector<Value>& values) {
  if (type == "observed-data") return harvest_embedded(object, values);

  const bool hashed = type == "file" || type == "artifact" || type == "x509-certificate";
  simdjson::dom::object hashes;
  if (hashed && object.at_key("hashes").get(hashes) == simdjson::SUCCESS)
    for (const auto field : hashes)
      if (std::string_view digest; field.value.get_string().get(digest) == simdjson::SUCCESS)
        add(kind_of_hash(field.key), digest, values);

  const auto* row = std::lower_bound(table.begin(), table.end(), type,
                                     [](const Row& a, std::string_view wanted) { return a.type < wanted; });
  if (row == table.end() || row->type != type) return;
  if (std::string_view text; object.at_key(row->property).get_string().get(text) == simdjson::SUCCESS)
    add(row->kind, text, values);
}

void tidy(std::vector<Value>& values) {
  if (values.size() < 2) return;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace tocsin::stix
