#pragma once

/// Gathers the broken rules of one object while it is walked.
/// Threads: belongs to one.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "stix/levels.hpp"
#include "stix/object.hpp"

namespace tocsin::stix {

class Report {
 public:
  explicit Report(Level level) : level_{level} {}

  /// One step of the path to the value at hand.
  void enter(std::string_view key) { step() = {key.data(), key.size()}; }
  void enter(std::size_t index) { step() = {nullptr, index}; }
  void leave() { --depth_; }
  bool at_object() const { return depth_ == 0; }
  /// Whether the value at hand is that of a top-level property, or an item of its list.
  bool at_top() const { return depth_ == 1 || (depth_ == 2 && path_[1].key == nullptr); }

  /// Whether the level asks this rule at all: what costs to find may be left out when it does not.
  bool asks(std::string_view rule) const { return severity_of(rule, level_).has_value(); }

  /// A broken rule at the path at hand, or at `property` below it. The level says how bad that is.
  void broken(std::string_view rule, std::string_view section, std::string reason);
  void broken_at(std::string_view property, std::string_view rule, std::string_view section,
                 std::string reason);

  bool failed() const { return failed_; }
  bool empty() const { return problems_.empty(); }
  /// All problems, each with `id`. Empties the report.
  std::vector<Problem> take(std::string_view id);
  std::string path() const;
  Level level() const { return level_; }

 private:
  struct Step {
    const char* key;     // nullptr: an index
    std::size_t number;  // the size of the key, or the index
  };
  // Deeper than the greatest limit of depth that anybody sets; the parser refuses what is nested deeper.
  static constexpr std::size_t steps_max = 128;

  Step& step() {
    TOCSIN_CHECK(depth_ < steps_max, "the parser refuses what is nested deeper");
    return path_[depth_++];
  }

  Level level_;
  bool failed_ = false;
  std::size_t depth_ = 0;
  std::array<Step, steps_max> path_;  // only the first `depth_` are set
  std::vector<Problem> problems_;
};

/// A text from outside for a reason: printable, quoted, cut.
std::string in_quotes(std::string_view text);

}  // namespace tocsin::stix
