#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.hpp"
#include "base/text.hpp"
#include "screen/warning_lists.hpp"

namespace tocsin::screen {
namespace {

namespace dom = simdjson::dom;
using stix::ValueKind;

/// Kinds of value behind an attribute type of MISP. Composite types ("domain|ip") speak of pairs and add
/// nothing: every list that means the halves names them too.
std::uint32_t kinds_of_attribute(std::string_view attribute) {
  struct Row {
    std::string_view attribute;
    std::initializer_list<ValueKind> kinds;
  };
  static const std::initializer_list<Row> rows{
      {"ip-src", {ValueKind::ipv4, ValueKind::ipv6}},
      {"ip-dst", {ValueKind::ipv4, ValueKind::ipv6}},
      {"domain", {ValueKind::domain}},
      {"hostname", {ValueKind::domain}},
      {"url", {ValueKind::url}},
      {"uri", {ValueKind::url}},
      {"link", {ValueKind::url}},
      {"email", {ValueKind::email}},
      {"email-src", {ValueKind::email}},
      {"email-dst", {ValueKind::email}},
      {"email-reply-to", {ValueKind::email}},
      {"target-email", {ValueKind::email}},
      {"dns-soa-email", {ValueKind::email}},
      {"whois-registrant-email", {ValueKind::email}},
      {"md5", {ValueKind::md5}},
      {"sha1", {ValueKind::sha1}},
      {"sha256", {ValueKind::sha256}},
      {"sha512", {ValueKind::sha512}},
      {"x509-fingerprint-md5", {ValueKind::md5}},
      {"x509-fingerprint-sha1", {ValueKind::sha1}},
      {"x509-fingerprint-sha256", {ValueKind::sha256}},
      {"ja3-fingerprint-md5", {ValueKind::ja3}},
      {"filename", {ValueKind::file_name}},
      {"mutex", {ValueKind::mutex}},
      {"regkey", {ValueKind::registry_key}},
      {"mac-address", {ValueKind::mac}},
  };
  std::uint32_t kinds = 0;
  for (const auto& row : rows)
    if (row.attribute == attribute)
      for (const auto kind : row.kinds) kinds |= bit_of(kind);
  return kinds;
}

Error refusal(std::string why) {
  return {Errc::invalid_input, std::move(why)};
}

std::string_view text_of(const dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

Status read_kinds(const dom::object& object, WarningList& out) {
  dom::array attributes;
  out.kinds = all_kinds;
  if (object["matching_attributes"].get(attributes) != simdjson::SUCCESS || attributes.size() == 0) return {};
  out.kinds = 0;
  for (const auto attribute : attributes) {
    std::string_view text;
    if (attribute.get(text) != simdjson::SUCCESS) return refusal("an attribute that is no string");
    out.kinds |= kinds_of_attribute(text);
  }
  return {};
}

Status read_entries(const dom::object& object, const WarningListLimits& limits, WarningList& out) {
  dom::array entries;
  if (object["list"].get(entries) != simdjson::SUCCESS) return refusal("no list");
  for (const auto entry : entries) {
    std::string_view text;
    if (entry.get(text) != simdjson::SUCCESS) return refusal("an entry that is no string");
    if (text.size() > limits.entry_bytes_max) return refusal("an entry is too long");
    if (out.entries.size() >= limits.entries_max) return refusal("too many entries");
    if (!trim(text).empty()) out.entries.emplace_back(trim(text));
  }
  return {};
}

std::optional<WarningList::Type> type_named(std::string_view name) {
  if (name == "string") return WarningList::Type::string;
  if (name == "substring") return WarningList::Type::substring;
  if (name == "hostname") return WarningList::Type::hostname;
  if (name == "cidr") return WarningList::Type::cidr;
  if (name == "regex") return WarningList::Type::regex;
  return std::nullopt;
}

/// The files to read, and the id that each one's place gives it.
std::vector<std::pair<std::string, std::string>> list_files(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> out;
  std::error_code error;
  const auto add_files = [&](const std::filesystem::path& where, std::string_view id) {
    for (std::filesystem::directory_iterator at{where, error}, end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".json" && at->is_regular_file(error))
        out.emplace_back(at->path().string(), id.empty() ? at->path().stem().string() : std::string{id});
  };
  add_files(folder, {});
  for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
    if (at->is_directory(error)) add_files(at->path(), at->path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<WarningList> parse_warning_list(std::string_view json, std::string_view id,
                                       const WarningListLimits& limits) {
  if (json.size() > limits.text_bytes_max) return refusal("the text is too long");
  dom::parser parser;
  dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
    return refusal("no JSON object");
  WarningList out;
  const auto type = type_named(text_of(object, "type"));
  if (!type) return refusal("the type is none of string, substring, hostname, cidr, regex");
  out.type = *type;
  out.name = text_of(object, "name");
  out.description = text_of(object, "description");
  out.id = text_of(object, "id");
  if (out.id.empty()) out.id = id.empty() ? std::string_view{out.name} : id;
  if (out.id.empty()) return refusal("neither id nor name");
  if (std::uint64_t version = 0; object["version"].get(version) == simdjson::SUCCESS) out.version = version;
  TOCSIN_TRY(read_kinds(object, out));
  TOCSIN_TRY(read_entries(object, limits, out));
  return out;
}

Result<std::string> warning_list_lines(const std::string& path, const WarningListLimits& limits) {
  std::string out;
  const auto take = [&](std::string_view text, const std::string& id) {
    const auto list = parse_warning_list(text, id, limits);
    if (!list) return;
    std::string line(text.size(), '\0');
    std::size_t size = 0;
    if (simdjson::minify(text.data(), text.size(), line.data(), size) != simdjson::SUCCESS) return;
    line.resize(size);
    // In another place it would go by another name. Of two ids the first counts, and this one comes first.
    out += "{\"id\":" + json_string(list->id) + "," + line.substr(1) + "\n";
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& [file, id] : list_files(path))
      if (const auto text = read_file(file, limits.text_bytes_max)) take(*text, id);
    return out;
  }
  const auto text = read_file(path, limits.text_bytes_max);
  if (!text) return text.error();
  for (const auto line : split(*text, '\n'))
    if (!trim(line).empty()) take(trim(line), {});
  return out;
}

Result<WarningLists> WarningLists::load(const std::string& path, std::vector<WarningList> before,
                                        const WarningListLimits& limits) {
  std::vector<std::string> refused;
  const auto take = [&](std::string_view json, const std::string& id) {
    auto list = parse_warning_list(json, id, limits);
    if (list)
      before.push_back(*std::move(list));
    else
      refused.push_back(id + ": " + list.error().detail);
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& [file, id] : list_files(path)) {
      const auto text = read_file(file, limits.text_bytes_max);
      if (text)
        take(*text, id);
      else
        refused.push_back(id + ": " + text.error().detail);
    }
  } else {
    const auto text = read_file(path, limits.text_bytes_max);
    if (!text) return text.error();
    std::size_t number = 0;
    for (const auto line : split(*text, '\n')) {
      ++number;
      if (!trim(line).empty()) take(line, "line " + std::to_string(number));
    }
  }
  return WarningLists{std::move(before), limits, std::move(refused)};
}

}  // namespace tocsin::screen
