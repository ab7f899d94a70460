#pragma once

/// Whole files against a set of indicators, once.
///
/// Path:    sensor::Input → Finder → one line of JSON per hit.
/// Errors:  those of Input, per file; the other files are read all the same.
/// Threads: one per Scan; the set may be shared.

#include <functional>
#include <string>
#include <vector>

#include "screen/warning_lists.hpp"
#include "sensor/alert.hpp"
#include "sensor/file_scan.hpp"
#include "sensor/input.hpp"

namespace tocsin::sensor {

class Scan {
 public:
  struct Options {
    observe::Format format = observe::Format::automatic;
    std::shared_ptr<const observe::Formats> formats = observe::built_in_formats();
    DeadLetters* dead_letters = nullptr;  ///< outlives it
    bool show_held_back = false;
    std::function<void(std::string_view line)> print;  ///< a hit, with its line end
    std::function<void(const Input::Progress&)> progress = [](const Input::Progress&) {};
  };
  struct Totals {
    std::uint64_t lines = 0, bytes = 0, records = 0, unreadable = 0, hits = 0, held_back = 0, expired = 0;
  };

  /// All of these outlive it.
  Scan(const match::IndicatorSet& set, const screen::WarningLists& lists, Describe describe, Options options);

  Status file(const std::string& path);
  /// All files as one, in the order of their records' times: what patterns over several records need. Returns
  /// the files that could not be read, or not to their end.
  std::vector<Error> in_order(const std::vector<std::string>& paths);
  /// True when a pattern of the set speaks of several records.
  static bool needs_order(const match::IndicatorSet& set);
  const Totals& totals() const { return totals_; }

 private:
  void hit(const Found& found, const std::string& path, std::uint64_t line);

  const match::IndicatorSet& set_;
  const screen::WarningLists& lists_;
  const Describe describe_;
  const Options options_;
  Finder finder_;
  Totals totals_;
};

/// Indicators of a bundle, a list or newline-delimited objects, into a set as circle 0; those whose pattern
/// is YARA go to `file_rules`. Returns how many objects are indicators; what cannot be evaluated is listed by
/// the set. Errors: invalid_input.
Result<std::size_t> add_indicators(std::string_view objects, match::DomainMatch domains,
                                   match::IndicatorSet& set, FileRules* file_rules = nullptr);

}  // namespace tocsin::sensor
