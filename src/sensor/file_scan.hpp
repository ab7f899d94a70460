#pragma once

/// Files themselves against a set of indicators, and against YARA rules: `tocsin sensor scan --files`.
///
/// Path:    a folder → its regular files → name, size and hashes as an observation → match::Scanner; its
/// bytes →
///          yara::Rules → one line of JSON per hit.
/// Errors:  not_found and denied for the path itself; of what lies below it, a file that cannot be read is
/// counted
///          and told, and the others are read all the same. Symbolic links are not followed.
/// Limits:  rules see the first `rule_bytes_max` bytes of a file, for at most `rule_time_max`; hashes are of
/// all. Threads: one per FileScan; the set may be shared.

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "match/scanner.hpp"
#include "screen/warning_lists.hpp"
#include "sensor/alert.hpp"
#include "sensor/rule_shelf.hpp"
#include "yara/rules.hpp"

namespace tocsin::sensor {

/// YARA texts, and the indicators that they came from in the same order.
struct FileRules {
  struct Origin {
    CircleId circle{};
    std::string id, name;
    Sequence sequence;
  };
  std::vector<yara::Text> texts;
  std::vector<Origin> origins;

  void add(CircleId circle, const ShelfRule& rule) {
    texts.push_back({rule.id, rule.pattern});
    origins.push_back({circle, rule.id, rule.name, rule.sequence});
  }
};

class FileScan {
 public:
  struct Options {
    std::uint64_t rule_bytes_max = 64U << 20;
    std::chrono::seconds rule_time_max{30};
    bool show_held_back = false;
    std::function<void(std::string_view line)> print;  ///< a hit, with its line end
    std::function<void(std::string_view text)> tell;   ///< a file that was left out, and why
  };
  struct Totals {
    std::uint64_t files = 0, bytes = 0, hits = 0, held_back = 0;
    std::uint64_t unreadable = 0;  ///< left out
    std::uint64_t cut = 0;         ///< rules saw only their beginning
    std::uint64_t undecided = 0;   ///< rules took too long
  };
  /// All of these outlive it; `rules` were made of the texts that `origins` stand for.
  FileScan(const match::IndicatorSet& set, const yara::Rules& rules,
           const std::vector<FileRules::Origin>& origins, const screen::WarningLists& lists,
           Describe describe, Options options);

  /// A file, or a folder with all that lies below it.
  Status tree(const std::string& path);
  const Totals& totals() const { return totals_; }

 private:
  struct Facts;
  void leave_out(const std::string& path, const std::string& why);
  void file(const std::string& path);
  void look_up(const Facts& facts);
  std::string line_of(const match::Hit& hit, const Facts& facts,
                      std::span<const screen::WarningList* const> lists) const;
  void apply_rules(const Facts& facts, std::string_view head);

  const yara::Rules& rules_;
  const std::vector<FileRules::Origin>& origins_;
  const screen::WarningLists& lists_;
  const Describe describe_;
  const Options options_;
  match::Scanner scanner_;
  match::Hits hits_;
  Totals totals_;
};

}  // namespace tocsin::sensor
