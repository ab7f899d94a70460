#pragma once

/// The shape of a text line: what stands between its fields, written as the line itself.
///
///   <client> <> <user> [<when>] "<method> <uri> <protocol>" <status> <size>
///
/// Source:  ours. A field is a name in < >, and takes the shortest text up to what stands behind it; without
/// a name
///          it is passed over. A space stands for one or more spaces or tabs. A part in { } may be absent:
///          the line is tried with it first. Between double quotes, a quote behind a backslash belongs to the
///          text. A backslash makes the next character itself. The whole line must fit.
/// Errors:  invalid_input with the column.
/// Threads: pure functions. Time: linear in the line for each of at most `variants_max` ways to read a
/// template.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::observe {

class LineTemplate {
 public:
  static constexpr std::size_t variants_max = 64;
  static constexpr std::size_t fields_max = 64;

  /// The ways to read `text`, one for each choice of the parts that may be absent; fullest first.
  static Result<std::vector<LineTemplate>> parse(std::string_view text);

  /// The fields' names in their order; empty for those passed over.
  std::span<const std::string> fields() const { return fields_; }

  /// Calls `take(i, text)` for each field and stops when it answers false. True when the whole line fits and
  /// every field was taken.
  template <class Take>
  bool match(std::string_view line, Take take) const {
    if (!skip(literals_[0], line)) return false;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto& behind = literals_[i + 1];
      const auto end = behind.empty() ? line.size() : find(behind, line);
      if (end == std::string_view::npos) return false;
      if (!take(i, line.substr(0, end))) return false;
      line.remove_prefix(end);
      skip(behind, line);
    }
    return line.find_first_not_of(" \t") == std::string_view::npos;
  }

 private:
  /// Takes `literal` off the front of `line`.
  static bool skip(std::string_view literal, std::string_view& line);
  /// Where `literal` first stands in `line`.
  static std::size_t find(std::string_view literal, std::string_view line);

  std::vector<std::string> literals_;  // one more than fields: before, between and behind them
  std::vector<std::string> fields_;
};

}  // namespace tocsin::observe
