#pragma once

/// The formats that a reader knows: those of the program, and those that its user describes.
///
/// Errors:  invalid_input, naming the file, the line or key, and the rule.
/// Threads: read-only once made; it outlives its readers.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::observe {

struct Mapping;

/// Those of the program, in the order in which they are asked whether a line is theirs. A user's formats have
/// the numbers behind these, and are asked first.
enum class Format : std::uint16_t {
  automatic,  ///< found out from the lines, and again when they change
  eve,        ///< Suricata
  windows,    ///< Sysmon and other Windows events as JSON
  osquery,
  ecs,
  ocsf,
  laurel,
  zeek_json,
  zeek_tsv,
  cef,
  leef,
  key_value,
  w3c,
  bind,
  unbound,
  dnsmasq,
  alert_fast,
  squid,
  combined,
  syslog,
  csv,
  lines,  ///< any text: addresses, names, URLs, hashes in it
};

class Formats {
 public:
  static constexpr std::size_t user_formats_max = 64;

  /// Those of the program alone.
  Formats();
  /// Adds a user's; `file` is what errors and listings call it.
  Status add(std::string_view mapping, std::string file);
  /// The same of files.
  static Result<std::shared_ptr<const Formats>> with(std::span<const std::string> paths);

  /// Of any but `automatic`.
  const Mapping& operator[](Format format) const { return *all_[static_cast<std::size_t>(format) - 1]; }
  std::string_view name(Format format) const;
  std::optional<Format> named(std::string_view name) const;
  const std::vector<std::shared_ptr<const Mapping>>& all() const { return all_; }
  /// In the order in which they are asked.
  std::span<const Format> order() const { return order_; }

 private:
  std::vector<std::shared_ptr<const Mapping>> all_;
  std::vector<Format> order_;
};

/// Made at first use.
const std::shared_ptr<const Formats>& built_in_formats();

}  // namespace tocsin::observe
