#include "observe/reader.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/json_walk.hpp"
#include "observe/lines.hpp"
#include "observe/mapping.hpp"
#include "observe/recorder.hpp"
#include "observe/times.hpp"
#include "observe/values.hpp"
#include "observe/windows.hpp"
#include "observe/zeek.hpp"

namespace tocsin::observe {
namespace {

static_assert(Reader::padding_bytes == observe::padding_bytes);

/// JSON lines are told by the names in them: each program leaves some that the others do not have.
Format json_format(std::string_view line, const Formats& formats) {
  for (const auto format : formats.order()) {
    const auto& mapping = formats[format];
    if (mapping.is_json() && !mapping.by_name_only && mapping.has_marks(line)) return format;
  }
  return Format::lines;
}

/// Text that a template lets through but that its row cannot read belongs to another kind of line.
bool is_readable(As as, std::string_view text, stix::Observation& scratch) {
  switch (as) {
    case As::time:
      return to_time(text) || to_log_time(text, system_clock().now());
    case As::clock:
      return text.size() >= 5 && text[2] == ':' && is_decimal(text.substr(0, 2));
    case As::number:
    case As::digits:
    case As::destination_port:
    case As::pid:
      return text.empty() || text == "-" || is_decimal(text);
    case As::source:
    case As::destination:
    case As::address:
      return text.empty() || text == "-" || !to_address(text, scratch).text.empty() ||
             !to_domain(text, scratch, true).empty() || text == "localhost";
    default:
      return true;
  }
}

/// Rows are chosen as values arrive: the kind of record is known, or no row depends on it.
class Direct final : public JsonWalker::Sink {
 public:
  Direct(const Fields& fields, Recorder& recorder) : fields_{fields}, recorder_{recorder} {}
  void value(Fields::NodeId field, std::string_view text) override {
    if (const auto* row = fields_.row(field, recorder_.kind())) recorder_.add(*row, text);
  }
  std::string_view keep(std::string_view text) override { return recorder_.out().keep(std::string{text}); }

 private:
  const Fields& fields_;
  Recorder& recorder_;
};

/// Values wait until the whole record is read: Windows may write the event's number last.
class Deferred final : public JsonWalker::Sink {
 public:
  struct Value {
    Fields::NodeId field;
    std::string_view text;
  };
  Deferred(const Fields& fields, Recorder& recorder, std::vector<Value>& values)
      : fields_{fields}, recorder_{recorder}, values_{values} {}
  void value(Fields::NodeId field, std::string_view text) override {
    const auto* row = fields_.row(field, {});
    if (row == nullptr) {
      if (text != "-" && values_.size() < Recorder::values_max) values_.push_back({field, text});
    } else if (row->as == As::json) {
      nested_ = {field, text};
    } else if (row->as == As::pair_name) {
      pair_ = fields_.find(Fields::root, text);
    } else if (row->as == As::pair_value) {
      if (pair_ != Fields::unknown) value(std::exchange(pair_, Fields::unknown), text);
    } else {
      recorder_.add(*row, text);
    }
  }
  std::string_view keep(std::string_view text) override {
    // Padded, because a JSON text inside a string is parsed in place.
    std::string padded;
    padded.reserve(text.size() + padding_bytes);
    padded.append(text).append(padding_bytes, '\0');
    return recorder_.out().keep(std::move(padded)).substr(0, text.size());
  }
  /// A JSON text that stood in a string.
  const Value& nested() const { return nested_; }

 private:
  const Fields& fields_;
  Recorder& recorder_;
  std::vector<Value>& values_;
  Value nested_{};
  Fields::NodeId pair_ = Fields::unknown;
};

}  // namespace

struct Reader::State {
  State(Format given, std::string_view log_name, std::shared_ptr<const Formats> known)
      : wanted{given}, format{given}, log{log_name}, formats{std::move(known)} {}

  const Format wanted;
  Format format;
  std::string log;
  std::shared_ptr<const Formats> formats;
  const Mapping* mapping = format == Format::automatic ? nullptr : &(*formats)[format];  // that of `format`
  Totals totals{};
  std::string_view raw{};
  ZeekTable table{*(*formats)[Format::zeek_tsv].fields};
  std::optional<Columns> columns{};
  Format columns_format{};
  JsonWalker walker{};
  Recorder recorder{};
  std::vector<Deferred::Value> deferred{};

  /// What a line's template found in it.
  struct Fit {
    const Mapping* mapping = nullptr;
    std::size_t line = 0;
    std::array<std::string_view, LineTemplate::fields_max> cells{};
  };
  Fit fit{};
  stix::Observation scratch{};

  void set_format(Format now) {
    if (now == format) return;
    format = now;
    mapping = now == Format::automatic ? nullptr : &(*formats)[now];
  }
  Result<Line> take(std::string_view line);
  Result<bool> take_header(std::string_view line);
  Format detect(std::string_view line);
  Format detect_text(std::string_view line, bool whole);
  bool fits(const Mapping& of, std::string_view line);
  bool is_of(Format of, std::string_view line);
  Status read(std::string_view line);
  Status read_json(std::string_view line, const Mapping& of);
  Status read_waiting(std::string_view line, const Mapping& of);
  Status read_text(const Mapping& of, std::string_view line);
  void read_inside(std::string_view line);
};

Reader::Reader(Format format, std::string_view log, std::shared_ptr<const Formats> formats)
    : state_{std::make_unique<State>(format, log, std::move(formats))} {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Format Reader::format() const {
  return state_->format;
}
const Formats& Reader::formats() const {
  return *state_->formats;
}
const Totals& Reader::totals() const {
  return state_->totals;
}
std::string_view Reader::raw() const {
  return state_->raw;
}
void Reader::trace() {
  state_->recorder.trace();
}
const std::vector<const Row*>& Reader::rows() const {
  return state_->recorder.rows();
}

Result<Line> Reader::read(std::string_view line, stix::Observation& out) {
  state_->recorder.begin(out, state_->log);
  if (line.size() > line_bytes_max + 2) return state_->take(line);  // refused there, so not worth a copy
  std::string padded;
  padded.reserve(line.size() + padding_bytes);
  padded.append(line).append(padding_bytes, '\0');
  return state_->take(out.keep(std::move(padded)).substr(0, line.size()));
}

Result<Line> Reader::read_padded(std::string_view line, stix::Observation& out) {
  state_->recorder.begin(out, state_->log);
  return state_->take(line);
}

Result<Line> Reader::State::take(std::string_view line) {
  ++totals.lines;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  raw = line;
  if (totals.lines == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);  // a byte order mark

  const auto bad = [&](std::string_view why) -> Error {
    ++totals.bad;
    recorder.out().clear();
    return {Errc::invalid_input, "line " + std::to_string(totals.lines) + ": " + std::string{why}};
  };
  if (line.size() > line_bytes_max) return bad("longer than 1 MiB");
  if (line.find_first_not_of(" \t") == std::string_view::npos) return Line::other;

  if (wanted == Format::automatic) set_format(detect(line));
  if (format == Format::automatic) return Line::other;  // a comment before anything that tells
  if (const auto shape = mapping->shape; shape == Shape::zeek_table || shape == Shape::columns) {
    const auto header = take_header(line);
    if (!header) return bad(header.error().detail);
    if (*header) return Line::other;
  }

  auto status = read(line);
  if (status && wanted == Format::automatic && line.front() == '{' && recorder.out().values().empty()) {
    // Nothing known in it: perhaps another program writes to this stream now.
    if (const auto now = json_format(line, *formats); now != format) {
      set_format(now);
      recorder.set_kind(log);
      status = read(line);
    }
  }
  if (!status) return bad(status.error().detail);
  ++totals.records;
  return recorder.cut() ? Line::cut_record : Line::record;
}

/// True for a line that says how others are to be read, or nothing.
Result<bool> Reader::State::take_header(std::string_view line) {
  if (mapping->shape == Shape::zeek_table) {
    if (line.front() != '#') return false;
    if (auto status = table.header(line); !status) return std::move(status).error();
    return true;
  }
  if (mapping->shape != Shape::columns) return false;
  const auto& shape = mapping->columns;
  const bool is_new = !columns || columns_format != format;
  const bool named = !shape.header.empty() && line.starts_with(shape.header);
  if (!named && !is_new) return line.front() == '#' && !shape.header.empty();
  if (!named && !shape.header.empty() && line.front() == '#') return true;
  columns.emplace(shape, *mapping->fields);
  columns_format = format;
  table = ZeekTable{*(*formats)[Format::zeek_tsv].fields};
  if (named) line.remove_prefix(shape.header.size());
  if (!named && !shape.first_line) return false;
  if (columns->header(line) > 0) return true;
  columns.reset();
  return Error{Errc::invalid_input, "no column that is named here is one that the mapping knows"};
}

Format Reader::State::detect(std::string_view line) {
  if (is_zeek_header(line)) {
    columns.reset();
    return Format::zeek_tsv;
  }
  if (line.front() == '#') {
    for (const auto one : formats->order()) {
      const auto& shape = (*formats)[one].columns;
      if (!shape.header.empty() && line.starts_with(shape.header)) return one;
    }
    return format == Format::zeek_tsv || (columns && format == columns_format) ? format : Format::automatic;
  }
  if (line.front() == '{') {
    return mapping != nullptr && mapping->is_json() ? format : json_format(line, *formats);
  }
  if (table.ready()) return Format::zeek_tsv;
  if (columns) return columns_format;
  return detect_text(line, true);
}

/// `whole`: not what stands inside another line.
Format Reader::State::detect_text(std::string_view line, bool whole) {
  if (whole && format != Format::automatic && is_of(format, line)) return format;
  for (const auto one : formats->order())
    if ((whole || one != Format::syslog) && is_of(one, line)) return one;
  if (!whole || totals.records > 0) return Format::lines;
  for (const auto one : formats->order()) {
    const auto& other = (*formats)[one];
    if (other.shape != Shape::columns || !other.columns.first_line || other.by_name_only) continue;
    if (Columns{other.columns, *other.fields}.header(line) >= 2) return one;
  }
  return Format::lines;
}

bool Reader::State::is_of(Format of, std::string_view line) {
  const auto& one = (*formats)[of];
  if (one.by_name_only) return false;
  if (one.shape != Shape::line) return one.shape == Shape::pairs && one.has_marks(line);
  return (one.marks.empty() || one.has_marks(line)) && fits(one, line);
}

/// Finds the first template that the line fits, and what its fields hold.
bool Reader::State::fits(const Mapping& of, std::string_view line) {
  fit.mapping = nullptr;
  scratch.clear();
  for (std::size_t i = 0; i < of.lines.size(); ++i) {
    const auto& rows = of.line_rows[i];
    const bool whole = of.lines[i].match(line, [&](std::size_t field, std::string_view text) {
      fit.cells[field] = text;
      return rows[field] == nullptr || is_readable(rows[field]->as, text, scratch);
    });
    if (!whole) continue;
    fit.mapping = &of;
    fit.line = i;
    return true;
  }
  return false;
}

Status Reader::State::read(std::string_view line) {
  switch (mapping->shape) {
    case Shape::zeek_table:
      if (!table.ready()) return Error{Errc::invalid_input, "a row before the header #fields"};
      recorder.set_kind(table.log());
      TOCSIN_TRY(table.row(line, recorder));
      break;
    case Shape::json:
    case Shape::windows:
      TOCSIN_TRY(mapping->kind_last ? read_waiting(line, *mapping) : read_json(line, *mapping));
      break;
    case Shape::columns:
      if (!columns) return Error{Errc::invalid_input, "a row before the names of its columns"};
      TOCSIN_TRY(columns->row(line, recorder));
      break;
    case Shape::pairs:
    case Shape::line:
      TOCSIN_TRY(read_text(*mapping, line));
      break;
    case Shape::words:
    case Shape::count_:
      read_tokens(line, recorder);
      break;
  }
  recorder.finish();
  return {};
}

Status Reader::State::read_json(std::string_view line, const Mapping& of) {
  Direct sink{*of.fields, recorder};
  if (const auto* why = walker.walk(line, *of.fields, Fields::root, sink))
    return Error{Errc::invalid_input, why};
  return {};
}

Status Reader::State::read_waiting(std::string_view line, const Mapping& of) {
  const auto& fields = *of.fields;
  deferred.clear();
  Deferred sink{fields, recorder, deferred};
  if (const auto* why = walker.walk(line, fields, Fields::root, sink)) return Error{Errc::invalid_input, why};
  if (const auto [field, text] = sink.nested(); !text.empty()) {
    // What a JSON text holds stands below the field that it stood in, when the of knows fields there.
    const auto from = fields.node(field).inner ? field : Fields::root;
    if (const auto* why = walker.walk(text, fields, from, sink)) return Error{Errc::invalid_input, why};
  }
  const auto kind =
      of.shape == Shape::windows ? windows_kind(recorder.kind(), recorder.provider()) : recorder.kind();
  for (const auto& [field, text] : deferred)
    if (const auto* row = fields.row(field, kind)) recorder.add(*row, text);
  return {};
}

Status Reader::State::read_text(const Mapping& of, std::string_view line) {
  if (of.shape == Shape::pairs) return read_pairs(of.pairs, line, *of.fields, recorder);
  if (fit.mapping != &of || wanted != Format::automatic)
    if (!fits(of, line)) return Error{Errc::invalid_input, "fits no template of its format"};
  const auto& rows = of.line_rows[fit.line];
  const auto cells = fit.cells;
  // First what stands inside: its own time tells more than that of its envelope.
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i] != nullptr && rows[i]->as == As::line) read_inside(cells[i]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == nullptr || rows[i]->as == As::line || cells[i] == "-") continue;
    auto text = cells[i];
    const bool quoted = text.data() > line.data() && text.data()[-1] == '"';
    if (quoted && text.find('\\') != std::string_view::npos) text = recorder.out().keep(unescape(text));
    recorder.add(*rows[i], text);
  }
  return {};
}

/// A line inside another: of any format, or running text.
void Reader::State::read_inside(std::string_view line) {
  const auto brace = line.find('{');
  if (brace != std::string_view::npos && line.ends_with('}')) {
    const auto object = line.substr(brace);
    const auto& inner = (*formats)[json_format(object, *formats)];
    if (inner.is_json() && (inner.kind_last ? read_waiting(object, inner) : read_json(object, inner))) return;
  }
  const auto& inner = (*formats)[detect_text(line, false)];
  if (inner.shape != Shape::words && &inner != mapping && read_text(inner, line)) return;
  read_tokens(line, recorder);
}

std::string_view log_of_file(std::string_view path) {
  path.remove_prefix(path.find_last_of('/') + 1);  // npos + 1 is 0
  return path.substr(0, path.find('.'));
}

}  // namespace tocsin::observe
