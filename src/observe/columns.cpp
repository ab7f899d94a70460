#include "observe/columns.hpp"

#include "base/text.hpp"

namespace tocsin::observe {
namespace {

constexpr std::size_t columns_max = 4096;

/// The next cell, taken off the front of `rest`; its quotes stay around it. `more` says whether another
/// follows.
std::string_view take_cell(std::string_view& rest, char separator, bool& more) {
  std::size_t end = 0;
  if (rest.starts_with('"') && separator != ' ') {
    for (end = 1; end < rest.size(); ++end)
      if (rest[end] == '"' && (end + 1 == rest.size() || rest[end + 1] != '"'))
        break;
      else if (rest[end] == '"')
        ++end;
  }
  end = rest.find(separator, std::min(end, rest.size()));
  more = end != std::string_view::npos;
  const auto cell = rest.substr(0, end);
  rest.remove_prefix(more ? end + 1 : rest.size());
  if (separator == ' ')
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  return cell;
}

std::string_view without_quotes(std::string_view cell) {
  const bool quoted = cell.size() >= 2 && cell.front() == '"' && cell.back() == '"';
  return quoted ? cell.substr(1, cell.size() - 2) : cell;
}

/// Two quotes for one.
std::string unquote(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    out += cell[i];
    if (cell[i] == '"' && i + 1 < cell.size() && cell[i + 1] == '"') ++i;
  }
  return out;
}

}  // namespace

Columns::Columns(const ColumnsShape& shape, const Fields& fields)
    : shape_{&shape}, fields_{&fields}, separator_{shape.separators.front()} {
  for (const auto& name : shape.names) {
    const auto field = fields.find_copy(Fields::root, name);
    rows_.push_back(field == Fields::unknown ? nullptr : fields.row(field, {}));
  }
}

std::size_t Columns::header(std::string_view line) {
  std::size_t best = 0;
  line = trim(line);
  std::vector<const Row*> found;
  for (const char separator : shape_->separators) {
    auto rest = line;
    std::size_t known = 0;
    found.clear();
    for (bool more = true; more && found.size() < columns_max;) {
      const auto name = to_lower_ascii(trim(without_quotes(trim(take_cell(rest, separator, more)))));
      const auto field = fields_->find_copy(Fields::root, name);
      found.push_back(field == Fields::unknown ? nullptr : fields_->row(field, {}));
      known += found.back() != nullptr ? 1 : 0;
    }
    if (known <= best) continue;
    best = known;
    separator_ = separator;
    rows_ = found;
  }
  return best;
}

Status Columns::row(std::string_view line, Recorder& recorder) const {
  if (rows_.empty()) return Error{Errc::invalid_input, "a row before the names of its columns"};
  if (separator_ == ' ') line = trim(line);
  std::size_t i = 0;
  for (bool more = true; more; ++i) {
    auto cell = take_cell(line, separator_, more);
    if (i >= rows_.size()) return Error{Errc::invalid_input, "more cells than columns"};
    if (rows_[i] == nullptr) continue;
    const bool quoted = cell.size() >= 2 && cell.front() == '"';
    cell = separator_ == ' ' ? cell : without_quotes(trim(cell));
    if (cell == "-") continue;
    if (quoted && cell.find('"') != std::string_view::npos) cell = recorder.out().keep(unquote(cell));
    recorder.add(*rows_[i], cell);
  }
  if (i < rows_.size()) return Error{Errc::invalid_input, "fewer cells than columns"};
  return {};
}

}  // namespace tocsin::observe
