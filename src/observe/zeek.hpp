#pragma once

/// Zeek's tab-separated logs: the state of one file.
///
/// Source:  Zeek's logs as its ASCII writer makes them: header lines #separator, #set_separator,
/// #empty_field,
///          #unset_field, #path, #fields, #types; bytes escaped as \xNN, a backslash as \\.
/// Threads: a `ZeekTable` belongs to one file.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "observe/recorder.hpp"

namespace tocsin::observe {

class ZeekTable {
 public:
  /// `fields` outlives it.
  explicit ZeekTable(const Fields& fields) : fields_{&fields} {}

  /// Takes a line that begins with '#'. Errors: invalid_input when a header contradicts itself.
  Status header(std::string_view line);
  /// True once the columns are known.
  bool ready() const { return !columns_.empty(); }
  std::string_view log() const { return log_; }
  /// Adds the columns of a row. Errors: invalid_input when their number is not that of #fields.
  Status row(std::string_view line, Recorder& recorder) const;

 private:
  struct Column {
    const Row* row = nullptr;
    bool many = false;
  };
  void set_columns();
  void take(const Column& column, std::string_view cell, Recorder& recorder) const;

  const Fields* fields_;
  std::string separator_ = "\t";
  std::string set_separator_ = ",";
  std::string empty_field_ = "(empty)";
  std::string unset_field_ = "-";
  std::string log_;
  std::vector<std::string> names_;
  std::vector<std::string> types_;
  std::vector<Column> columns_;
};

/// True for the first line of a Zeek table.
bool is_zeek_header(std::string_view line);

}  // namespace tocsin::observe
