#include "observe/reader.hpp"

#include <array>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "observe/eve.hpp"
#include "observe/json_walk.hpp"
#include "observe/lines.hpp"
#include "observe/recorder.hpp"
#include "observe/windows.hpp"
#include "observe/zeek.hpp"

namespace tocsin::observe {
namespace {

static_assert(Reader::padding_bytes == observe::padding_bytes);

constexpr std::array<std::string_view, 6> format_names = {"auto", "zeek-tsv", "zeek-json",
                                                          "eve",  "windows",  "lines"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Which program wrote a JSON line: each leaves fields that the others do not have.
Format json_format(std::string_view line) {
  if (contains(line, "\"event_type\"") && contains(line, "\"timestamp\"")) return Format::eve;
  if (contains(line, "\"EventID\"") || contains(line, "\"event_id\"") || contains(line, "\"EventData\""))
    return Format::windows;
  if (contains(line, "\"ts\"") || contains(line, "\"_path\"") || contains(line, "\"@stream\""))
    return Format::zeek_json;
  return Format::lines;
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
    if (row != nullptr && row->as == As::json)
      nested_ = text;
    else if (row != nullptr)
      recorder_.add(*row, text);
    else if (text != "-" && values_.size() < Recorder::values_max)
      values_.push_back({field, text});
  }
  std::string_view keep(std::string_view text) override {
    // Padded, because a JSON text inside a string is parsed in place.
    std::string padded;
    padded.reserve(text.size() + padding_bytes);
    padded.append(text).append(padding_bytes, '\0');
    return recorder_.out().keep(std::move(padded)).substr(0, text.size());
  }
  std::string_view nested() const { return nested_; }

 private:
  const Fields& fields_;
  Recorder& recorder_;
  std::vector<Value>& values_;
  std::string_view nested_;
};

}  // namespace

struct Reader::State {
  State(Format given, std::string_view log_name) : wanted{given}, format{given}, log{log_name} {}

  const Format wanted;
  Format format;
  std::string log;
  Totals totals{};
  std::string_view raw{};
  ZeekTable table{};
  JsonWalker walker{};
  Recorder recorder{};
  std::vector<Deferred::Value> deferred{};

  Result<Line> take(std::string_view line);
  Format detect(std::string_view line) const;
  Status read(std::string_view line);
  Status read_json(std::string_view line, const Fields& fields);
  Status read_windows(std::string_view line);
};

std::string_view name(Format format) {
  return format_names[static_cast<std::size_t>(format)];
}

std::optional<Format> format_named(std::string_view name) {
  for (std::size_t i = 0; i < format_names.size(); ++i)
    if (format_names[i] == name) return static_cast<Format>(i);
  return std::nullopt;
}

Reader::Reader(Format format, std::string_view log) : state_{std::make_unique<State>(format, log)} {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Format Reader::format() const {
  return state_->format;
}
const Totals& Reader::totals() const {
  return state_->totals;
}
std::string_view Reader::raw() const {
  return state_->raw;
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

  if (wanted == Format::automatic) format = detect(line);
  if (format == Format::zeek_tsv && line.front() == '#') {
    if (auto status = table.header(line); !status) return bad(status.error().detail);
    return Line::other;
  }
  if (format == Format::automatic) return Line::other;  // a comment before anything that tells

  auto status = read(line);
  if (status && wanted == Format::automatic && line.front() == '{' && recorder.out().values().empty()) {
    // Nothing known in it: perhaps another program writes to this stream now.
    if (const auto now = json_format(line); now != format) {
      format = now;
      recorder.set_kind(log);
      status = read(line);
    }
  }
  if (!status) return bad(status.error().detail);
  ++totals.records;
  return recorder.cut() ? Line::cut_record : Line::record;
}

Format Reader::State::detect(std::string_view line) const {
  if (is_zeek_header(line)) return Format::zeek_tsv;
  if (line.front() == '#') return format == Format::zeek_tsv ? format : Format::automatic;
  if (line.front() == '{') {
    const bool json = format == Format::zeek_json || format == Format::eve || format == Format::windows;
    return json ? format : json_format(line);
  }
  return table.ready() ? Format::zeek_tsv : Format::lines;
}

Status Reader::State::read(std::string_view line) {
  switch (format) {
    case Format::zeek_tsv:
      if (!table.ready()) return Error{Errc::invalid_input, "a row before the header #fields"};
      recorder.set_kind(table.log());
      TOCSIN_TRY(table.row(line, recorder));
      recorder.finish();
      return {};
    case Format::zeek_json:
      return read_json(line, zeek_fields());
    case Format::eve:
      return read_json(line, eve_fields());
    case Format::windows:
      return read_windows(line);
    case Format::lines:
      read_tokens(line, recorder);
      recorder.finish();
      return {};
    case Format::automatic:
      break;
  }
  return Error{Errc::invalid_input, "no format"};
}

Status Reader::State::read_json(std::string_view line, const Fields& fields) {
  Direct sink{fields, recorder};
  if (const auto* why = walker.walk(line, fields, Fields::root, sink)) return Error{Errc::invalid_input, why};
  recorder.finish();
  return {};
}

Status Reader::State::read_windows(std::string_view line) {
  const auto& fields = windows_fields();
  deferred.clear();
  Deferred sink{fields, recorder, deferred};
  if (const auto* why = walker.walk(line, fields, Fields::root, sink)) return Error{Errc::invalid_input, why};
  if (const auto nested = sink.nested(); !nested.empty()) {
    constexpr std::string_view key{"EventData\0\0\0\0\0\0\0\0", 17};
    const auto from = fields.find(Fields::root, key.substr(0, 9));
    if (const auto* why = walker.walk(nested, fields, from, sink)) return Error{Errc::invalid_input, why};
  }
  const auto kind = windows_kind(recorder.kind(), recorder.provider());
  for (const auto& [field, text] : deferred)
    if (const auto* row = fields.row(field, kind)) recorder.add(*row, text);
  recorder.finish();
  return {};
}

std::string_view log_of_file(std::string_view path) {
  path.remove_prefix(path.find_last_of('/') + 1);  // npos + 1 is 0
  return path.substr(0, path.find('.'));
}

}  // namespace tocsin::observe
