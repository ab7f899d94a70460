#include "observe/mapping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "formats/flat_toml.hpp"

namespace tocsin::observe {
namespace {

constexpr std::size_t rows_max = 2'000;
constexpr std::size_t lines_max = 64;
constexpr std::size_t templates_max = 256;
constexpr std::size_t below_max = 16;
constexpr std::size_t field_levels_max = 12;
constexpr std::array<std::string_view, static_cast<std::size_t>(Shape::count_)> shape_names = {
    "json", "windows", "zeek-table", "columns", "pairs", "line", "words"};

/// Those that put a text at a path of the row's own.
bool needs_path(As as) {
  return as == As::text || as == As::plus_text || as == As::lower || as == As::number ||
         as == As::destination_port;
}
bool may_have_path(As as) {
  return needs_path(as) || as == As::email || as == As::pid;
}

/// The object that a path without one belongs to, when records speak of one such object.
Of object_of(stix::Path path) {
  const auto text = stix::name(path);
  constexpr std::pair<std::string_view, Of> types[] = {{"network-traffic:", Of::connection},
                                                       {"file:", Of::file},
                                                       {"process:", Of::process},
                                                       {"x509-certificate:", Of::certificate},
                                                       {"email-message:", Of::message},
                                                       {"windows-registry-key:", Of::registry}};
  for (const auto& [type, of] : types)
    if (text.starts_with(type)) return of;
  return Of::own;
}

/// Those that belong to an object even when none is named.
Of object_of(As as) {
  switch (as) {
    case As::hash:
    case As::hashes:
    case As::begin:
      return Of::file;
    case As::process_path:
      return Of::process;
    default:
      return Of::own;
  }
}

/// The words of a table's line; what stands in double quotes is one. '#' begins a comment.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t at = line.find_first_not_of(" \t\r"); at != std::string_view::npos;
       at = line.find_first_not_of(" \t\r", at)) {
    if (line[at] == '#') break;
    if (line[at] == '"') {
      const auto end = std::min(line.find('"', at + 1), line.size());
      out.push_back(line.substr(at + 1, end - at - 1));
      at = std::min(end + 1, line.size());
    } else {
      const auto end = std::min(line.find_first_of(" \t\r", at), line.size());
      out.push_back(line.substr(at, end - at));
      at = end;
    }
  }
  return out;
}

Result<std::vector<std::string>> marks_of(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(" & ", at), text.size());
    if (end == at) return Error{Errc::invalid_input, "a part between & is empty"};
    out.emplace_back(text.substr(at, end - at));
    at = end + 3;
  }
  return out;
}

class Parser {
 public:
  using Known = std::vector<std::shared_ptr<const Mapping>>;
  Parser(std::string_view text, std::string file, const Known& known) : known_{known} {
    out_->file = std::move(file);
    out_->text = text;
  }

  Result<std::shared_ptr<const Mapping>> run() {
    auto fields = formats::parse_flat_toml(out_->text);
    if (!fields) return fields.error();
    for (const auto& field : *fields) TOCSIN_TRY(in_key(field.key, take(field)));
    TOCSIN_TRY(complete());
    return std::shared_ptr<const Mapping>{std::move(out_)};
  }

 private:
  static Error wrong(std::string why) { return {Errc::invalid_input, std::move(why)}; }
  static Status in_key(std::string_view key, Status status) {
    if (!status) return wrong("'" + std::string{key} + "': " + status.error().detail);
    return {};
  }

  Status take(const formats::TomlField& field) {
    const auto& key = field.key;
    const auto* text = std::get_if<std::string>(&field.value);
    const auto* flag = std::get_if<bool>(&field.value);
    std::vector<std::string> list;
    if (const auto* given = std::get_if<std::vector<std::string>>(&field.value)) list = *given;
    if (text != nullptr) list = {*text};
    const auto flag_to = [&](bool& to) -> Status {
      if (flag == nullptr) return wrong("must be true or false");
      to = *flag;
      return {};
    };
    if (key == "by_name_only") return flag_to(out_->by_name_only);
    if (key == "kind_last") return flag_to(out_->kind_last);
    if (key == "first_line_names") return flag_to(out_->columns.first_line);
    if (key == "underscores") return flag_to(underscores_);
    if (key == "dots") return flag_to(dots_);
    if (flag != nullptr || list.empty()) return wrong("must be a text, or a list of texts");
    if (key == "recognise") {
      for (const auto& one : list) {
        auto marks = marks_of(one);
        if (!marks) return marks.error();
        out_->marks.push_back(*std::move(marks));
      }
      return {};
    }
    if (key == "below") {
      if (list.size() > below_max) return wrong("names more than 16 places");
      for (auto& one : list)
        if (std::count(one.begin(), one.end(), '/') > 8) return wrong("a place lies more than 8 levels deep");
      below_ = std::move(list);
      return {};
    }
    if (key == "columns") {
      out_->columns.names = std::move(list);
      return {};
    }
    if (text == nullptr) return wrong("must be a text");
    if (key == "name") return take_name(*text);
    if (key == "writer") return set(out_->writer, *text);
    if (key == "shape") return take_shape(*text);
    if (key == "form") return take_form(*text);
    if (key == "separators") return set(out_->columns.separators, *text);
    if (key == "header") return set(out_->columns.header, *text);
    if (key == "same_rows") return set(same_rows_, *text);
    if (key == "lines") return take_lines(*text);
    if (key == "rows") return take_rows(*text, rows_);
    if (key == "rows_below") return take_rows(*text, rows_below_);
    return wrong("there is no such key");
  }

  static Status set(std::string& to, const std::string& text) {
    to = text;
    return {};
  }

  Status take_name(const std::string& text) {
    const bool plain = std::ranges::all_of(text, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain || text.empty() || text.size() > 64)
      return wrong("is made of a-z, 0-9, '-' and '_', at most 64");
    if (text == "auto") return wrong("'auto' is no format of its own");
    for (const auto& other : known_)
      if (other->name == text) return wrong("there is a format '" + text + "' already");
    out_->name = text;
    return {};
  }

  Status take_shape(std::string_view text) {
    for (std::size_t i = 0; i < shape_names.size(); ++i)
      if (shape_names[i] == text) {
        shape_ = static_cast<Shape>(i);
        return {};
      }
    return wrong("a shape is one of json, columns, pairs, line, words; not '" + std::string{text} + "'");
  }

  Status take_form(std::string_view text) {
    if (text == "plain") return out_->pairs = PairsForm::plain, Status{};
    if (text == "cef") return out_->pairs = PairsForm::cef, Status{};
    if (text == "leef") return out_->pairs = PairsForm::leef, Status{};
    return wrong("a form is plain, cef or leef, not '" + std::string{text} + "'");
  }

  /// "line 7" of the file for what stands in one of its texts over several lines.
  std::string place(const std::string& value, std::size_t line_of_value) const {
    const auto at = out_->text.find(value);
    const auto before =
        at == std::string::npos
            ? 0
            : std::count(out_->text.begin(), out_->text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return "line " + std::to_string(static_cast<std::size_t>(before) + line_of_value + 1) + ": ";
  }

  Status take_lines(const std::string& text) {
    const auto lines = split(text, '\n');
    std::size_t templates = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto line = trim(lines[i]);
      if (line.empty() || line.starts_with('#')) continue;
      auto variants = LineTemplate::parse(line);
      if (!variants) return wrong(place(text, i) + variants.error().detail);
      if (++templates > lines_max) return wrong("more than 64 templates");
      std::ranges::move(*variants, std::back_inserter(out_->lines));
      if (out_->lines.size() > templates_max) return wrong("more than 256 ways to read a line");
    }
    return {};
  }

  Status take_rows(const std::string& text, std::vector<Row>& rows) {
    out_->kept.push_back(text);
    const auto lines = split(out_->kept.back(), '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto words = words_of(lines[i]);
      if (words.empty()) continue;
      Row row;
      if (const auto status = read_row(words, row); !status)
        return wrong(place(text, i) + status.error().detail);
      for (const auto& other : rows)
        if (other.field == row.field && other.kind == row.kind)
          return wrong(place(text, i) + "the field '" + std::string{row.field} + "' has a row already");
      rows.push_back(row);
      if (rows.size() > rows_max) return wrong("more than 2000 rows");
    }
    return {};
  }

  Status read_row(std::vector<std::string_view> words, Row& row) {
    // A field may be called "when".
    if (const auto when =
            std::find(words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)), words.end(), "when");
        when != words.end()) {
      auto& kinds = out_->kept.emplace_back();
      for (auto word = when + 1; word != words.end(); ++word)
        kinds += (kinds.empty() ? "" : " ") + std::string{*word};
      if (kinds.empty()) return wrong("'when' names no kind");
      row.kind = kinds;
      words.erase(when, words.end());
    }
    if (words.size() < 2) return wrong("a row is: field, how it is read, object, path");
    row.field = words[0];
    if (row.field.empty()) return wrong("a field needs a name");
    if (static_cast<std::size_t>(std::count(row.field.begin(), row.field.end(), '/')) >= field_levels_max)
      return wrong("a field lies more than 12 levels deep");
    const auto as = as_named(words[1]);
    if (!as) return wrong("there is no way to read '" + std::string{words[1]} + "'");
    row.as = *as;
    row.of = object_of(*as);
    bool named = false;
    for (auto word = words.begin() + 2; word != words.end(); ++word) {
      if (word->find(':') != std::string_view::npos) {
        const auto path = stix::path_of(*word);
        if (!path) return wrong("no observation has the path " + std::string{*word});
        if (row.path != stix::Path::count_) return wrong("a row has one path");
        row.path = *path;
        if (!named) row.of = object_of(*path);
      } else {
        const auto of = of_named(*word);
        if (!of) return wrong("there is no object '" + std::string{*word} + "'");
        if (named) return wrong("a row has one object, and it stands before the path");
        row.of = *of;
        named = true;
      }
    }
    if (needs_path(*as) && row.path == stix::Path::count_)
      return wrong("what is read as " + std::string{name(*as)} + " needs a path");
    if (!may_have_path(*as) && row.path != stix::Path::count_)
      return wrong("what is read as " + std::string{name(*as)} + " knows its path");
    return {};
  }

  Status complete() {
    if (out_->name.empty()) return wrong("'name' is missing");
    if (!shape_) return wrong("'shape' is missing");
    out_->shape = *shape_;
    if (!same_rows_.empty()) TOCSIN_TRY(copy_rows());
    if (out_->shape == Shape::line && out_->lines.empty()) return wrong("the shape line needs 'lines'");
    if (out_->shape != Shape::line && !out_->lines.empty()) return wrong("'lines' are for the shape line");
    auto& columns = out_->columns;
    if (out_->shape == Shape::columns) {
      if (columns.separators.empty()) columns.separators = ",";
      const int ways =
          (columns.header.empty() ? 0 : 1) + (columns.first_line ? 1 : 0) + (columns.names.empty() ? 0 : 1);
      if (ways != 1)
        return wrong("the shape columns needs one of 'header', 'first_line_names' and 'columns'");
    }
    for (auto& one : below_) one = one.empty() || one.ends_with('/') ? one : one + "/";
    std::vector<std::string_view> prefixes{below_.begin(), below_.end()};
    const bool lower = out_->shape == Shape::columns;  // names of columns are read without case
    const std::array<Fields::Table, 2> tables = {
        Fields::Table{lower ? lower_case(rows_) : std::span<const Row>{rows_}, {}, underscores_, dots_},
        Fields::Table{rows_below_, prefixes, underscores_, dots_}};
    if (Fields::levels(tables[0]) + Fields::levels(tables[1]) > Fields::levels_max)
      return wrong("all rows together name more than 30000 levels");
    if (!rows_below_.empty() && below_.empty()) return wrong("'rows_below' needs 'below'");
    out_->fields = std::make_unique<Fields>(tables);
    return lines_to_rows();
  }

  std::span<const Row> lower_case(std::vector<Row>& rows) {
    for (auto& row : rows) row.field = out_->kept.emplace_back(to_lower_ascii(row.field));
    for (auto& one : out_->columns.names) one = to_lower_ascii(one);
    return rows;
  }

  Status copy_rows() {
    for (const auto& other : known_)
      if (other->name == same_rows_) {
        auto fields = formats::parse_flat_toml(other->text);
        if (!fields) return fields.error();
        for (const auto& field : *fields)
          if (field.key == "rows" || field.key == "underscores") TOCSIN_TRY(take(field));
        return {};
      }
    return wrong("'same_rows': there is no format '" + same_rows_ + "'");
  }

  /// Each field of a template has its row, or is passed over.
  Status lines_to_rows() {
    for (const auto& line : out_->lines) {
      auto& rows = out_->line_rows.emplace_back();
      for (const auto& field : line.fields()) {
        const auto found = out_->fields->find_copy(Fields::root, field);
        rows.push_back(found == Fields::unknown ? nullptr : out_->fields->row(found, {}));
      }
      if (std::ranges::all_of(rows, [](const Row* row) { return row == nullptr; }))
        return wrong("'lines': a template has no field that a row names");
    }
    return {};
  }

  const Known& known_;
  std::shared_ptr<Mapping> out_ = std::make_shared<Mapping>();
  std::optional<Shape> shape_;
  std::string same_rows_;
  bool underscores_ = false, dots_ = false;
  std::vector<std::string> below_;
  std::vector<Row> rows_, rows_below_;
};

}  // namespace

std::string_view name(Shape shape) {
  return shape_names[static_cast<std::size_t>(shape)];
}

bool Mapping::has_marks(std::string_view line) const {
  return std::ranges::any_of(marks, [&](const auto& all) {
    return std::ranges::all_of(all,
                               [&](const auto& part) { return line.find(part) != std::string_view::npos; });
  });
}

std::string Mapping::recognised() const {
  if (by_name_only) return "only by its name";
  std::string out;
  for (const auto& all : marks) {
    out += out.empty() ? "" : " or ";
    for (const auto& part : all) out += (&part == &all.front() ? "" : " with ") + part;
  }
  if (!out.empty()) return out;
  if (!columns.header.empty()) return "a line that begins with " + columns.header;
  if (columns.first_line) return "a first line with known names of columns";
  return shape == Shape::line ? "a line that fits a template" : "what nothing else fits";
}

Result<std::shared_ptr<const Mapping>> parse_mapping(
    std::string_view text, std::string file, const std::vector<std::shared_ptr<const Mapping>>& known) {
  const auto named = file;
  auto out = Parser{text, std::move(file), known}.run();
  if (!out) return in_context(named.empty() ? "mapping" : named, std::move(out).error());
  return out;
}

}  // namespace tocsin::observe
