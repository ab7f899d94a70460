#include "stix/observation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace tocsin::stix {
namespace {

// In the order of `Path`.
constexpr std::array<std::string_view, static_cast<std::size_t>(Path::count_)> names{
    "ipv4-addr:value",
    "ipv6-addr:value",
    "domain-name:value",
    "url:value",
    "email-addr:value",
    "mac-addr:value",
    "network-traffic:src_ref.value",
    "network-traffic:dst_ref.value",
    "network-traffic:src_port",
    "network-traffic:dst_port",
    "network-traffic:protocols[*]",
    "network-traffic:x_ja3",
    "network-traffic:x_ja3s",
    "network-traffic:x_ja4",
    "network-traffic:extensions.'http-request-ext'.request_header.Host",
    "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
    "network-traffic:extensions.'http-request-ext'.request_value",
    "file:name",
    "file:hashes.MD5",
    "file:hashes.'SHA-1'",
    "file:hashes.'SHA-256'",
    "file:hashes.'SHA-512'",
    "file:size",
    "file:parent_directory_ref.path",
    "directory:path",
    "process:command_line",
    "process:pid",
    "process:image_ref.name",
    "process:image_ref.hashes.MD5",
    "process:image_ref.hashes.'SHA-1'",
    "process:image_ref.hashes.'SHA-256'",
    "user-account:user_id",
    "mutex:name",
    "windows-registry-key:key",
    "windows-registry-key:values[*].name",
    "windows-registry-key:values[*].data",
    "email-message:from_ref.value",
    "email-message:to_refs[*].value",
    "email-message:sender_ref.value",
    "email-message:subject",
    "x509-certificate:hashes.'SHA-1'",
    "x509-certificate:hashes.'SHA-256'",
    "x509-certificate:hashes.MD5",
    "x509-certificate:serial_number",
    "x509-certificate:issuer",
    "x509-certificate:subject",
    "software:name",
    "autonomous-system:number",
    "domain-name:resolves_to_refs[*].value",
    "process:image_ref.parent_directory_ref.path",
    "process:parent_ref.image_ref.name",
    "process:parent_ref.command_line",
    "process:parent_ref.pid",
};

/// One spelling of a path: without quotes and [*], names of hashes without hyphens and in lower case. What
/// stands behind hashes and request_header names a thing without case; elsewhere case counts.
/// process:binary_ref is what STIX 2.0 called process:image_ref.
std::string key_of(std::string_view path) {
  std::string key;
  key.reserve(path.size());
  for (const std::string_view owner : {"process:", "process:parent_ref."}) {
    constexpr std::string_view image_in_2_0 = "binary_ref.";
    if (!path.starts_with(owner) || !path.substr(owner.size()).starts_with(image_in_2_0)) continue;
    key = std::string{owner} + "image_ref.";
    path.remove_prefix(owner.size() + image_in_2_0.size());
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\'') continue;
    if (path.substr(i).starts_with("[*]")) {
      i += 2;
      continue;
    }
    key.push_back(path[i]);
  }
  const auto fold = [&](std::string_view before, bool drop_hyphens) {
    const auto at = key.find(before);
    if (at == std::string::npos) return;
    auto tail = to_lower_ascii(std::string_view{key}.substr(at + before.size()));
    if (drop_hyphens) std::erase(tail, '-');
    key = key.substr(0, at + before.size()) + tail;
  };
  fold("hashes.", true);
  fold("request_header.", false);
  return key;
}

using Entry = std::pair<std::string, Path>;

const std::vector<Entry>& entries() {
  static const std::vector<Entry> sorted = [] {
    std::vector<Entry> all;
    for (std::size_t i = 0; i < names.size(); ++i) all.emplace_back(key_of(names[i]), static_cast<Path>(i));
    // STIX 2.0 gave processes a name, and published indicators still use it.
    all.emplace_back("process:name", Path::process_image_name);
    all.emplace_back("process:parent_ref.name", Path::process_parent_image_name);
    std::sort(all.begin(), all.end());
    return all;
  }();
  return sorted;
}

}  // namespace

std::string_view name(Path path) {
  return names.at(static_cast<std::size_t>(path));
}

std::optional<Path> path_of(std::string_view object_path) {
  const auto key = key_of(object_path);
  const auto& all = entries();
  const auto found =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Entry& entry, const std::string& wanted) { return entry.first < wanted; });
  if (found == all.end() || found->first != key) return std::nullopt;
  return found->second;
}

}  // namespace tocsin::stix
