#include "sensor/scan.hpp"

#include "match/pattern.hpp"
#include "sensor/timeline.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {
namespace {

/// Files come one after the other, whatever their times: nothing is forgotten for its age.
constexpr std::chrono::microseconds any_order{INT64_MAX / 4};
/// Merged by time, they are late only when they were written later than all that is read ahead.
constexpr std::chrono::hours late_max{1};
constexpr std::size_t batch_max = 256;

}  // namespace

Scan::Scan(const match::IndicatorSet& set, const screen::WarningLists& lists, Describe describe,
           Options options)
    : set_{set},
      lists_{lists},
      describe_{std::move(describe)},
      options_{std::move(options)},
      finder_{set, any_order} {
  if (options_.dead_letters != nullptr)
    finder_.on_unreadable(
        [this](const Unreadable& one) { options_.dead_letters->add(one, system_clock().now()); });
}

Status Scan::file(const std::string& path) {
  auto input = Input::open(path);
  if (!input) return input.error();
  observe::Reader reader{options_.format, observe::log_of_file(path), options_.formats};
  std::uint64_t line = 1, offset_bytes = 0;
  Status status;
  for (;;) {
    const auto block = input->next();
    if (!block) status = block.error();
    if (!block || block->empty()) break;
    totals_.bytes += block->size();
    const auto size_bytes = block->size();
    line += finder_.scan(*block, {path, line, offset_bytes}, reader, system_clock().now(),
                         [&](const Found& found) { hit(found, path, line + found.number); });
    offset_bytes += size_bytes;
    options_.progress(input->progress());
  }
  totals_.lines += reader.totals().lines;
  totals_.records += reader.totals().records;
  totals_.unreadable += reader.totals().bad;
  totals_.expired = finder_.expired();
  return status;
}

bool Scan::needs_order(const match::IndicatorSet& set) {
  const auto pinned = set.pin();
  for (const auto& segment : pinned->segments)
    for (const auto number : segment->patterns()) {
      const auto head = segment->head(number);
      const auto pattern = set.patterns().find(head.circle, head.id);
      if (pattern && !pattern->rule->one_record && !segment->is_removed(number)) return true;
    }
  return false;
}

std::vector<Error> Scan::in_order(const std::vector<std::string>& paths) {
  std::vector<Error> errors;
  Timeline::Options how;
  how.format = options_.format;
  how.formats = options_.formats;
  if (options_.dead_letters != nullptr)
    how.on_unreadable = [this](const Unreadable& one) {
      options_.dead_letters->add(one, system_clock().now());
    };
  how.on_error = [&](const std::string&, const Error& error) { errors.push_back(error); };
  Timeline timeline{paths, std::move(how)};
  std::vector<std::unique_ptr<Timeline::Entry>> entries;
  std::vector<stix::Observation> records(batch_max);
  match::Scanner scanner{
      set_,
      [&](std::size_t record) { return record_name(entries[record]->record.time(), entries[record]->seen); },
      late_max};
  match::Hits hits;
  const auto now = system_clock().now();
  const auto look = [&] {
    // The scanner reads records that stand side by side; they come back for their names.
    for (std::size_t i = 0; i < entries.size(); ++i) std::swap(records[i], entries[i]->record);
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i]->record.set_time(records[i].time());
    scanner.scan({records.data(), entries.size()}, now, hits);
    for (const auto& one : hits.hits) {
      const auto& entry = *entries[one.record];
      hit({one, entry.line, 0, 0, entry.format, entry.is_json}, std::string{entry.seen.file},
          *entry.seen.line);
    }
    entries.clear();
  };
  while (auto entry = timeline.next()) {
    entries.push_back(std::move(entry));
    if (entries.size() == batch_max) look();
  }
  look();
  const auto& totals = timeline.totals();
  totals_.lines += totals.lines;
  totals_.bytes += totals.bytes;
  totals_.records += totals.records;
  totals_.unreadable += totals.unreadable;
  totals_.expired += hits.expired;
  return errors;
}

void Scan::hit(const Found& found, const std::string& path, std::uint64_t line) {
  const auto lists = lists_.check(value_of(found.hit.path, found.hit.value));
  ++(lists.empty() ? totals_.hits : totals_.held_back);
  if (lists.empty() || options_.show_held_back)
    options_.print(hit_line(found, {path, line, 0}, describe_, lists));
}

Result<std::size_t> add_indicators(std::string_view objects, match::DomainMatch domains,
                                   match::IndicatorSet& set, FileRules* file_rules) {
  stix::Parser parser{{.body_bytes_max = 1ULL << 30, .objects_max = 5'000'000}};
  const auto parsed = parser.parse_submission(objects);
  if (!parsed) return parsed.error();
  std::vector<match::Indicator> indicators;
  const auto now = system_clock().now();
  std::size_t count = 0;
  for (const auto& one : *parsed) {
    if (!one.object || one.object->type != "indicator" || one.object->revoked) continue;
    ++count;
    if (file_rules != nullptr && one.object->pattern_type == "yara") {
      const auto& object = *one.object;
      const ShelfRule rule{{},
                           object.id,
                           object.name,
                           "yara",
                           object.pattern,
                           object.valid_from,
                           object.valid_until,
                           Sequence{count},
                           {}};
      if (rule.holds_at(now)) file_rules->add(CircleId{}, rule);
      continue;
    }
    auto indicator = match::indicator_of(*one.object, CircleId{}, Sequence{count});
    if (!indicator) {
      set.add(match::Unevaluable{CircleId{}, one.object->id, Sequence{count}, one.object->name,
                                 indicator.error().detail});
      continue;
    }
    indicator->domains = domains;
    indicators.push_back(*std::move(indicator));
  }
  set.add(indicators);
  return count;
}

}  // namespace tocsin::sensor
