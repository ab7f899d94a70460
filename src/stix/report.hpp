#pragma once

/// Gathers the broken rules of one object while it is walked.
/// Threads: belongs to one.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stix/object.hpp"

namespace tocsin::stix {

class Report {
 public:
  Report() { path_.reserve(16); }
  /// One step of the path to the value at hand.
  void enter(std::string_view key) { path_.push_back({key, 0}); }
  void enter(std::size_t index) { path_.push_back({{}, index}); }
  void leave() { path_.pop_back(); }

  /// A broken rule at the path at hand, or at `property` below it.
  void error(std::string_view rule, std::string_view section, std::string reason);
  void error_at(std::string_view property, std::string_view rule, std::string_view section,
                std::string reason);
  void warn_at(std::string_view property, std::string_view rule, std::string_view section,
               std::string reason);

  bool failed() const { return failed_; }
  /// All problems, each with `id`. Empties the report.
  std::vector<Problem> take(std::string_view id);
  std::string path() const;

 private:
  struct Step {
    std::string_view key;  // empty: an index
    std::size_t index;
  };
  void add(Severity severity, std::string_view rule, std::string_view section, std::string reason);

  std::vector<Step> path_;
  std::vector<Problem> problems_;
  bool failed_ = false;
};

/// A text from outside for a reason: printable, quoted, cut.
std::string in_quotes(std::string_view text);

}  // namespace tocsin::stix
