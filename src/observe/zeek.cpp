#include "observe/zeek.hpp"

#include <array>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "observe/values.hpp"

namespace tocsin::observe {
namespace {

constexpr std::size_t columns_max = 4096;

/// A column that we do not know by name but that holds addresses.
constexpr Row address_row{{}, {}, As::address};

/// The next piece up to `separator`, taken off the front of `rest`; `more` says whether one was there.
std::string_view take_piece(std::string_view& rest, std::string_view separator, bool& more) {
  const auto end = separator.size() == 1 ? rest.find(separator.front()) : rest.find(separator);
  more = end != std::string_view::npos;
  const auto piece = rest.substr(0, end);
  rest = more ? rest.substr(end + separator.size()) : std::string_view{};
  return piece;
}

std::vector<std::string> pieces(std::string_view text, std::string_view separator) {
  std::vector<std::string> all;
  for (bool more = true; more && all.size() <= columns_max;)
    all.emplace_back(take_piece(text, separator, more));
  return all;
}

bool is_list(std::string_view type) {
  return type.starts_with("set[") || type.starts_with("vector[") || type.starts_with("table[");
}

bool holds_addresses(std::string_view type) {
  return type == "addr" || (is_list(type) && type.ends_with("[addr]"));
}

}  // namespace

bool is_zeek_header(std::string_view line) {
  return line.starts_with("#separator ") || line.starts_with("#fields\t");
}

Status ZeekTable::header(std::string_view line) {
  if (constexpr std::string_view key = "#separator "; line.starts_with(key)) {
    auto separator = unescape(trim(line.substr(key.size())));
    if (separator.empty()) return Error{Errc::invalid_input, "#separator names none"};
    *this = ZeekTable{*fields_};  // a new file begins within this one
    separator_ = std::move(separator);
    return {};
  }
  bool more = false;
  const auto key = take_piece(line, separator_, more);
  if (!more) return {};  // a comment
  if (key == "#set_separator") {
    if (line.empty()) return Error{Errc::invalid_input, "#set_separator names none"};
    set_separator_ = unescape(line);
  } else if (key == "#empty_field") {
    empty_field_ = line;
  } else if (key == "#unset_field") {
    unset_field_ = line;
  } else if (key == "#path") {
    log_ = line;
  } else if (key == "#fields") {
    names_ = pieces(line, separator_);
    types_.clear();
    if (names_.size() > columns_max) {
      names_.clear();
      columns_.clear();
      return Error{Errc::invalid_input, "#fields names more than 4096 columns"};
    }
    set_columns();
  } else if (key == "#types") {
    types_ = pieces(line, separator_);
    if (types_.size() != names_.size()) {
      types_.clear();
      return Error{Errc::invalid_input, "#types and #fields differ in number"};
    }
    set_columns();
  }
  return {};
}

void ZeekTable::set_columns() {
  columns_.assign(names_.size(), {});
  for (std::size_t i = 0; i < names_.size(); ++i) {
    auto& column = columns_[i];
    const auto field = fields_->find_copy(Fields::root, names_[i]);
    if (field != Fields::unknown) column.row = fields_->row(field, log_);
    if (types_.empty()) continue;
    column.many = is_list(types_[i]);
    if (column.row == nullptr && holds_addresses(types_[i])) column.row = &address_row;
  }
}

Status ZeekTable::row(std::string_view line, Recorder& recorder) const {
  std::size_t i = 0;
  for (bool more = true; more; ++i) {
    const auto cell = take_piece(line, separator_, more);
    if (i >= columns_.size()) return Error{Errc::invalid_input, "more columns than #fields names"};
    if (columns_[i].row != nullptr) take(columns_[i], cell, recorder);
  }
  if (i < columns_.size()) return Error{Errc::invalid_input, "fewer columns than #fields names"};
  return {};
}

void ZeekTable::take(const Column& column, std::string_view cell, Recorder& recorder) const {
  if (cell == unset_field_ || cell == empty_field_) return;
  const auto add = [&](std::string_view text) {
    if (text.find('\\') != std::string_view::npos) text = recorder.out().keep(unescape(text));
    recorder.add(*column.row, text);
  };
  if (!column.many) return add(cell);
  for (bool more = true; more;)
    if (const auto element = take_piece(cell, set_separator_, more); element != unset_field_) add(element);
}

}  // namespace tocsin::observe
