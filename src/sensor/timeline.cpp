#include "sensor/timeline.hpp"

#include <algorithm>

#include "observe/mapping.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::size_t ahead_min = 64, first_records = 64;

}  // namespace

struct Timeline::Source {
  struct Later {
    bool operator()(const std::unique_ptr<Entry>& a, const std::unique_ptr<Entry>& b) const {
      return a->time != b->time ? a->time > b->time : a->seen.offset_bytes > b->seen.offset_bytes;
    }
  };

  explicit Source(std::string from) : path{std::move(from)} {}

  std::string path;
  Timestamp first{};  // the earliest of its first records
  std::optional<Input> input;
  std::optional<observe::Reader> reader;
  std::string_view block;
  std::uint64_t line = 1, offset_bytes = 0;
  Timestamp last{};
  bool ended = false;
  std::vector<std::unique_ptr<Entry>> ahead;  // a heap: the earliest at the front

  Status open(const Options& how) {
    auto opened = Input::open(path);
    if (!opened) return opened.error();
    input.emplace(*std::move(opened));
    reader.emplace(how.format, observe::log_of_file(path), how.formats);
    return {};
  }
  /// The next record, or null at the end of the file.
  Result<std::unique_ptr<Entry>> read(std::uint64_t& bytes,
                                      const std::function<void(const Unreadable&)>& unreadable) {
    for (;;) {
      if (block.empty()) {
        const auto more = input->next();
        if (!more) return more.error();
        if (more->empty()) return std::unique_ptr<Entry>{};
        block = *more;
        bytes += block.size();
      }
      const auto end = std::min(block.find('\n'), block.size());
      auto text = block.substr(0, end);
      const Seen seen{path, line++, offset_bytes};
      const auto used = std::min(end + 1, block.size());
      block.remove_prefix(used);
      offset_bytes += used;
      auto entry = std::make_unique<Entry>();
      const auto read = reader->read(text, entry->record);
      if (!read)
        unreadable(
            {path, *seen.line, seen.offset_bytes, reader->format_name(), read.error().detail, reader->raw()});
      if (!read || *read == observe::Line::other || entry->record.values().empty()) continue;
      if (text.ends_with('\r')) text.remove_suffix(1);
      entry->line = text;
      entry->seen = seen;
      const auto& format = reader->formats()[reader->format()];
      entry->format = format.name;
      entry->is_json = format.is_json();
      return entry;
    }
  }
};

Timeline::Timeline(std::vector<std::string> paths, Options options) : options_{std::move(options)} {
  for (auto& path : paths) {
    auto source = std::make_unique<Source>(std::move(path));
    if (source->path != "-") {
      // A look at its beginning, so that a thousand files need not be open together.
      Source look{source->path};
      if (const auto status = look.open(options_); !status) {
        options_.on_error(source->path, status.error());
        continue;
      }
      std::uint64_t unused = 0;
      for (std::size_t i = 0; i < first_records; ++i) {
        const auto entry = look.read(unused, [](const Unreadable&) {});
        if (!entry || !*entry) break;
        const auto time = (*entry)->record.time();
        if (time != Timestamp{} && (source->first == Timestamp{} || time < source->first))
          source->first = time;
      }
    }
    waiting_.push_back(std::move(source));
  }
  std::ranges::stable_sort(waiting_, [](const auto& a, const auto& b) { return a->first > b->first; });
}

Timeline::~Timeline() = default;

std::size_t Timeline::ahead() const {
  return std::max(ahead_min, options_.records_max / std::max<std::size_t>(1, open_.size()));
}

void Timeline::open_due() {
  for (;;) {
    if (waiting_.empty()) return;
    const bool due = open_.empty() || std::ranges::any_of(open_, [&](const auto& source) {
                       return source->ahead.front()->time >= waiting_.back()->first;
                     });
    if (!due) return;
    auto source = std::move(waiting_.back());
    waiting_.pop_back();
    if (const auto status = source->open(options_); !status) {
      options_.on_error(source->path, status.error());
      continue;
    }
    source->last = source->first;
    fill(*source);
    (source->ahead.empty() ? done_ : open_).push_back(std::move(source));
  }
}

void Timeline::fill(Source& source) {
  while (!source.ended && source.ahead.size() < ahead()) {
    auto entry = source.read(totals_.bytes, options_.on_unreadable);
    if (!entry) options_.on_error(source.path, entry.error());
    if (!entry || !*entry) return close(source);
    auto& one = **entry;
    if (one.record.time() != Timestamp{})
      source.last = one.record.time();
    else if (source.last != Timestamp{})
      one.record.set_time(source.last);
    one.time = one.record.time();
    source.ahead.push_back(*std::move(entry));
    std::ranges::push_heap(source.ahead, Source::Later{});
  }
}

void Timeline::close(Source& source) {
  source.ended = true;
  const auto& totals = source.reader->totals();
  totals_.lines += totals.lines;
  totals_.records += totals.records;
  totals_.unreadable += totals.bad;
  source.input.reset();
  source.reader.reset();
  source.block = {};
}

std::unique_ptr<Timeline::Entry> Timeline::next() {
  open_due();
  if (open_.empty()) return nullptr;
  const auto from = std::ranges::min_element(
      open_, [](const auto& a, const auto& b) { return a->ahead.front()->time < b->ahead.front()->time; });
  auto& source = **from;
  std::ranges::pop_heap(source.ahead, Source::Later{});
  auto out = std::move(source.ahead.back());
  source.ahead.pop_back();
  fill(source);
  if (source.ahead.empty()) {
    done_.push_back(std::move(*from));
    open_.erase(from);
  }
  return out;
}

}  // namespace tocsin::sensor
