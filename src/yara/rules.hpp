#pragma once

/// YARA rules of indicators, compiled together, and bytes held against them.
///
/// Source:  YARA 4, through libyara. `include` is off: a rule that asks for a file is refused. Modules (pe,
/// elf,
///          math, hash, …) are libyara's own.
/// Errors:  a rule that libyara refuses is given back with the line and the reason; the others stand.
/// Limits:  `rule_bytes_max` for one indicator, `rules_bytes_max` for all together.
/// Threads: `Rules` is constant once made and may be shared; a scan holds no state but its own.

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::yara {

/// The text of one indicator: one rule, or several that may use one another.
struct Text {
  std::string id;  ///< of the indicator
  std::string rules;
};

struct Refused {
  std::string id, why;
};

struct Match {
  std::size_t text = 0;              ///< place of the text among those compiled
  std::string rule;                  ///< its name
  std::vector<std::string> strings;  ///< names of those that were found, each once
};

class Rules {
 public:
  static constexpr std::size_t rule_bytes_max = 1 << 20;
  static constexpr std::size_t rules_bytes_max = 256U << 20;

  /// What cannot be compiled goes to `refused`. Errors: unavailable when libyara itself fails.
  static Result<Rules> compile(std::span<const Text> texts, std::vector<Refused>& refused);

  /// Matches of public rules, by text and then by place in it.
  /// Errors: overloaded when it took longer than `time_max` (in whole seconds), unavailable for the rest.
  Result<std::vector<Match>> scan(std::string_view bytes, std::chrono::seconds time_max) const;

  std::size_t size() const { return texts_; }  ///< texts that were compiled

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
  std::size_t texts_ = 0;
};

}  // namespace tocsin::yara
