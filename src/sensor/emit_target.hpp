#pragma once

/// One thing that is kept up to date on disk: a file, or a folder of files.
///
/// Source:  docs/guides/block-lists.md.
/// Errors:  invalid_input, naming the text. Threads: one.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "formats/block_list.hpp"
#include "sensor/in_force.hpp"
#include "sensor/rule_shelf.hpp"

namespace tocsin::sensor {

class EmitTarget {
 public:
  /// "FORM:PATH": suricata-dataset:DIR, zeek-intel:FILE, rpz:FILE, plain:FILE, suricata-rules:FILE,
  /// snort-rules:FILE, sigma:DIR.
  static Result<EmitTarget> parse(std::string_view text);

  const std::string& form() const { return form_; }
  bool wants_values() const { return list_form_.has_value(); }
  bool wants_owners() const { return list_form_ == formats::ListForm::zeek_intel; }

  /// Writes what has changed, each file as a whole. True when something has.
  Result<bool> take(const InForce& in_force, Timestamp now);
  /// The same for rules, those in force.
  Result<bool> take(const std::vector<ShelfRule>& rules, Timestamp now);

  json::Object status(Timestamp now) const;
  void note(std::string failure) { failure_ = std::move(failure); }

 private:
  Result<bool> write(const std::string& path, const std::string& text);
  Result<bool> write_zone(const InForce& in_force, Timestamp now);
  Result<bool> write_sigma(const std::vector<ShelfRule>& rules);

  std::string text_, form_, path_;
  std::optional<formats::ListForm> list_form_;
  std::map<std::string, std::string> written_;  // the digests of the files as we left them
  std::size_t listed_ = 0, left_out_ = 0, renumbered_ = 0, superseded_ = 0;
  std::vector<std::pair<std::string, std::string>> refused_;  // indicators' ids, and why
  std::optional<Timestamp> changed_;
  std::uint64_t changes_ = 0;
  std::string failure_;
};

}  // namespace tocsin::sensor
