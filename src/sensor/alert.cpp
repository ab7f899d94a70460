#include "sensor/alert.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "alert/forms.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::sensor {
namespace {

void field(std::string& out, std::string_view key, std::string_view text) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out += key;
  out += "\":";
  append_json_string(out, text);
}

void raw_field(std::string& out, std::string_view key, std::string_view json) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out += key;
  out += "\":";
  out += json;
}

/// The line as it is when it is JSON, else as a text. Readers skip what they do not need, so it is parsed
/// once more before it becomes a part of our own document.
void record_field(std::string& out, const Found& found) {
  if (found.json && json::parse_object(found.line))
    raw_field(out, "record", trim(found.line));
  else
    field(out, "record", found.line);
}

std::optional<std::uint8_t> weight_of(const match::Source& source, const std::optional<Origin>& origin) {
  return origin && origin->trust ? origin->trust : source.confidence;
}

void source_json(std::string& out, const match::Source& source, const std::optional<Origin>& origin) {
  out += '{';
  field(out, "indicator", source.id);
  field(out, "name", source.name);
  if (source.confidence) raw_field(out, "confidence", std::to_string(*source.confidence));
  if (origin && origin->trust) raw_field(out, "trust", std::to_string(*origin->trust));
  field(out, "tier", alert::tier(weight_of(source, origin)));
  if (origin) {
    field(out, "circle", origin->circle_uuid);
    field(out, "circle_name", origin->circle_name);
    raw_field(out, "sequence", std::to_string(source.sequence.value()));
    if (!origin->author_name.empty()) field(out, "author", origin->author_name);
    field(out, "authorship", origin->authorship);
    field(out, "tlp", origin->tlp);
    field(out, "date_added", to_rfc3339(origin->date_added));
  }
  if (!source.records.empty()) {
    std::string list = "[";
    for (const auto& record : source.records) list.append(list.size() > 1 ? "," : "").append(record);
    raw_field(out, "matched", list + "]");
  }
  out += '}';
}

struct Summary {
  std::optional<Timestamp> newest;  // when the newest source that came live was added
  std::optional<std::uint8_t> weight;
};

Summary sources_field(std::string& out, const Found& found, const Describe& describe) {
  Summary summary;
  auto& newest = summary.newest;
  std::string list = "[";
  for (const auto& source : found.hit.sources) {
    if (list.size() > 1) list += ',';
    const auto origin = describe(source.circle, source.id);
    source_json(list, source, origin);
    if (const auto one = weight_of(source, origin))
      summary.weight = std::max(summary.weight.value_or(0), *one);
    if (origin && origin->live) newest = newest ? std::max(*newest, origin->date_added) : origin->date_added;
  }
  raw_field(out, "sources", list + "]");
  return summary;
}

void lists_field(std::string& out, std::span<const screen::WarningList* const> lists) {
  if (lists.empty()) return;
  std::string names = "[";
  for (const auto* list : lists) {
    if (names.size() > 1) names += ',';
    append_json_string(names, list->id);
  }
  raw_field(out, "warninglists", names + "]");
}

}  // namespace

std::optional<std::uint8_t> weight_of(const Found& found, const Describe& describe) {
  std::optional<std::uint8_t> out;
  for (const auto& source : found.hit.sources)
    if (const auto one = weight_of(source, describe(source.circle, source.id)))
      out = std::max(out.value_or(0), *one);
  return out;
}

std::string alert_line(const Found& found, const Seen& seen, Timestamp now, const Describe& describe,
                       std::span<const screen::WarningList* const> lists) {
  std::string out = "{";
  field(out, "type", lists.empty() ? "alert" : "held-back");
  field(out, "time", to_rfc3339(now));
  field(out, "value", found.hit.value);
  field(out, "path", stix::name(found.hit.path));
  record_field(out, found);
  field(out, "file", seen.file);
  if (seen.line) raw_field(out, "line", std::to_string(*seen.line));
  raw_field(out, "offset", std::to_string(seen.offset_bytes));
  field(out, "format", found.format);
  const auto [newest, weight] = sources_field(out, found, describe);
  field(out, "tier", alert::tier(weight));
  raw_field(out, "delay_ms",
            newest ? fmt::format("{:.3f}", static_cast<double>((now - *newest).count()) / 1000.0) : "null");
  lists_field(out, lists);
  return out += "}\n";
}

void past_fields(std::string& out, const PastHit& hit) {
  const auto time = [](std::uint32_t second) {
    return to_rfc3339(from_micros(std::int64_t{second} * 1'000'000));
  };
  field(out, "first_seen", time(hit.first_second));
  field(out, "last_seen", time(hit.last_second));
  raw_field(out, "count", std::to_string(hit.count));
  field(out, "first_file", hit.first_file);
  field(out, "file", hit.last_file);
  raw_field(out, "offset", std::to_string(hit.last_offset_bytes));
}

match::Hit to_hit(const PastHit& past) {
  match::Hit out{0, past.value, past.path, 0, {}};
  for (const auto& one : past.sources)
    out.sources.push_back({one.circle, one.sequence, one.id, one.name, one.confidence, past.path, one.named});
  return out;
}

std::string past_alert_line(const PastHit& hit, Timestamp now, const Describe& describe,
                            std::span<const screen::WarningList* const> lists) {
  const auto shown = to_hit(hit);
  std::string out = "{";
  field(out, "type", lists.empty() ? "alert" : "held-back");
  field(out, "time", to_rfc3339(now));
  field(out, "value", hit.value);
  field(out, "path", stix::name(hit.path));
  raw_field(out, "retrospective", "true");
  past_fields(out, hit);
  const auto [newest, weight] = sources_field(out, {shown, {}, 0, 0, {}}, describe);
  field(out, "tier", alert::tier(weight));
  raw_field(out, "delay_ms",
            newest ? fmt::format("{:.3f}", static_cast<double>((now - *newest).count()) / 1000.0) : "null");
  lists_field(out, lists);
  return out += "}\n";
}

std::string hit_line(const Found& found, const Seen& seen, const Describe& describe,
                     std::span<const screen::WarningList* const> lists) {
  const auto& first = found.hit.sources.front();
  const auto origin = describe(first.circle, first.id);
  std::string out = "{";
  field(out, "indicator", first.id);
  if (origin) field(out, "circle", origin->circle_name);
  field(out, "value", found.hit.value);
  record_field(out, found);
  field(out, "file", seen.file);
  if (seen.line) raw_field(out, "line", std::to_string(*seen.line));
  field(out, "path", stix::name(found.hit.path));
  field(out, "name", first.name);
  sources_field(out, found, describe);
  lists_field(out, lists);
  return out += "}\n";
}

}  // namespace tocsin::sensor
