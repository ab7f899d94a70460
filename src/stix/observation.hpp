#pragma once

/// What a log line says in STIX's words: objects with values at object paths.
///
/// `observe` makes observations, `match` reads them. All text is borrowed: from the record, or from the
/// observation's own arena where a value had to be rewritten.
/// Source:  STIX 2.1 §6 (cyber-observable objects), §9.2 (object paths).
/// Threads: one thread fills and reads; reuse one object per thread, `clear()` keeps its memory.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace tocsin::stix {

/// The object paths that log readers fill. A comparison on another path cannot be evaluated and is reported.
/// Aliases are filled explicitly: a connection names its destination both as its own ipv4-addr:value and as
/// network-traffic:dst_ref.value.
enum class Path : std::uint8_t {
  ipv4_addr_value,
  ipv6_addr_value,
  domain_name_value,
  url_value,
  email_addr_value,
  mac_addr_value,
  network_src_ref_value,
  network_dst_ref_value,
  network_src_port,
  network_dst_port,
  network_protocols,
  network_ja3,
  network_ja3s,
  network_ja4,
  network_http_host,
  network_http_user_agent,
  network_http_request_value,
  file_name,
  file_md5,
  file_sha1,
  file_sha256,
  file_sha512,
  file_size,
  file_parent_directory_path,
  directory_path,
  process_command_line,
  process_pid,
  process_image_name,
  process_image_md5,
  process_image_sha1,
  process_image_sha256,
  user_account_user_id,
  mutex_name,
  registry_key,
  registry_value_name,
  registry_value_data,
  email_message_from_ref_value,
  email_message_to_refs_value,
  email_message_sender_ref_value,
  email_message_subject,
  x509_sha1,
  x509_sha256,
  x509_md5,
  x509_serial_number,
  x509_issuer,
  x509_subject,
  software_name,
  autonomous_system_number,
  domain_name_resolves_to_refs_value,
  process_image_parent_directory_path,
  process_parent_image_name,
  process_parent_command_line,
  process_parent_pid,
  count_,  // the number of paths
};

/// The path as STIX writes it, e.g. "file:hashes.'SHA-256'"; and back: quoted or not, list index [*] or none,
/// hash names in any of their spellings. nullopt when no reader fills it.
std::string_view name(Path path);
std::optional<Path> path_of(std::string_view object_path);

struct Observed {
  Path path{};
  std::uint8_t object = 0;  ///< which object of this record; comparisons joined by AND must agree in it
  std::string_view text;
};

class Observation {
 public:
  void clear() {
    values_.clear();
    arena_.clear();
    time_ = {};
    objects_ = 0;
  }
  /// Starts another object of the record and returns its number.
  std::uint8_t next_object() { return objects_ < 255 ? objects_++ : 254; }
  void add(Path path, std::uint8_t object, std::string_view text) {
    if (!text.empty()) values_.push_back({path, object, text});
  }
  /// Keeps `text` for as long as the observation is not cleared.
  std::string_view keep(std::string text) { return arena_.emplace_back(std::move(text)); }

  const std::vector<Observed>& values() const { return values_; }
  Timestamp time() const { return time_; }
  void set_time(Timestamp time) { time_ = time; }

 private:
  std::vector<Observed> values_;
  std::deque<std::string> arena_;  // deque: growing moves nothing, so views stay good
  Timestamp time_{};
  std::uint8_t objects_ = 0;
};

}  // namespace tocsin::stix
