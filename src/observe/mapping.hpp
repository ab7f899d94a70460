#pragma once

/// What one log format means, as its mapping file says it.
///
/// Source:  docs/guides/log-formats.md describes the file; src/observe/mappings holds those of the program.
/// TOML's flat
///          part (docs/decisions/0005-flat-toml.md), in which `rows` is a table of lines
///              field  read-as  [object]  [STIX path]  [when KIND…]
/// Errors:  invalid_input, naming the file, the line or key, and the rule.
/// Threads: read-only once made; share it.

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "observe/columns.hpp"
#include "observe/fields.hpp"
#include "observe/line_template.hpp"
#include "observe/pairs.hpp"

namespace tocsin::observe {

/// How a line of a format is built.
enum class Shape : std::uint8_t {
  json,        ///< one object a line; rows name its fields, levels separated by '/'
  windows,     ///< the same, with the two rules of Windows' events: see reader.cpp
  zeek_table,  ///< Zeek's tab-separated logs
  columns,     ///< cells under names
  pairs,       ///< key=value
  line,        ///< text that a template describes
  words,       ///< running text, by the look of its words
  count_
};
std::string_view name(Shape shape);

struct Mapping {
  std::string name;    ///< what --format is given
  std::string writer;  ///< the programs that write it
  std::string file;    ///< where it was read; empty: a part of the program
  std::string text;    ///< as it was read
  Shape shape{};

  /// A line that holds all parts of one of these is of this format. Empty: see `by_name_only`.
  std::vector<std::vector<std::string>> marks;
  bool by_name_only = false;  ///< never recognised
  bool kind_last = false;     ///< values wait for the end of the record, which may say what they mean
  ColumnsShape columns;
  PairsForm pairs{};
  std::vector<LineTemplate> lines;
  std::vector<std::vector<const Row*>> line_rows;  ///< of each template's fields
  std::unique_ptr<Fields> fields;

  bool is_json() const { return shape == Shape::json || shape == Shape::windows; }
  bool has_marks(std::string_view line) const;
  /// In words, for `tocsin sensor formats`.
  std::string recognised() const;

  std::deque<std::string> kept;  ///< what rows point into
};

/// `same_rows` finds another mapping by its name, for those that differ only in their shape.
Result<std::shared_ptr<const Mapping>> parse_mapping(
    std::string_view text, std::string file, const std::vector<std::shared_ptr<const Mapping>>& known);

}  // namespace tocsin::observe
