#pragma once

/// Lines of cells: CSV, W3C's extended log format, and other tables whose columns have names.
///
/// Source:  RFC 4180 (a cell in double quotes may hold the separator, and "" for a quote; no line ends); W3C
/// Extended
///          Log File Format (#Fields:). Columns are named by the mapping, by the first line, or by a header
///          line.
/// Errors:  invalid_input: a row without a header, or with another number of cells than it names.
/// Threads: a `Columns` belongs to one file; the rest are pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "observe/recorder.hpp"

namespace tocsin::observe {

/// How a table says what its columns are.
struct ColumnsShape {
  std::string separators;          ///< one of these; a space stands for any number of spaces
  std::string header;              ///< what a header line begins with
  bool first_line = false;         ///< the first line is the header
  std::vector<std::string> names;  ///< else
};

class Columns {
 public:
  /// The columns that `shape` names; none when a header does. Both outlive it.
  Columns(const ColumnsShape& shape, const Fields& fields);

  /// Reads a header, without what it begins with. Returns how many of its columns the mapping knows.
  std::size_t header(std::string_view line);
  bool ready() const { return !rows_.empty(); }
  Status row(std::string_view line, Recorder& recorder) const;

 private:
  const ColumnsShape* shape_;
  const Fields* fields_;
  char separator_;
  std::vector<const Row*> rows_;  // nullptr: a column that the mapping does not know
};

}  // namespace tocsin::observe
