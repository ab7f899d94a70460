#include "sensor/finder.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "match/address.hpp"
#include "observe/mapping.hpp"
#include "stix/atoms.hpp"

namespace tocsin::sensor {

std::uint64_t Finder::scan(std::string_view block, const Seen& begin, observe::Reader& reader, Timestamp now,
                           const std::function<void(const Found&)>& on_hit) {
  begin_ = begin;
  std::size_t records = 0;
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < block.size(); ++number) {
    const auto end = std::min(block.find('\n', at), block.size());
    const auto line = block.substr(at, end - at);
    const auto read = reader.read_padded(line, records_[records]);
    if (read && *read != observe::Line::other && !records_[records].values().empty()) {
      places_[records] = {line, number, at, reader.format()};
      if (++records == batch_max) {
        look(records, reader, now, on_hit);
        records = 0;
      }
    } else if (!read && on_unreadable_) {
      on_unreadable_({begin.file, begin.line ? *begin.line + number : 0, begin.offset_bytes + at,
                      reader.format_name(), read.error().detail, reader.raw()});
    }
    at = end + 1;
  }
  if (records > 0) look(records, reader, now, on_hit);
  return number;
}

std::string record_name(Timestamp time, const Seen& seen) {
  std::string out = "{";
  if (time != Timestamp{}) out += "\"time\":\"" + to_rfc3339(time) + "\",";
  out += "\"file\":";
  append_json_string(out, seen.file);
  if (seen.line) out += ",\"line\":" + std::to_string(*seen.line);
  return out + ",\"offset\":" + std::to_string(seen.offset_bytes) + "}";
}

std::string Finder::name_of(std::size_t record) const {
  const auto& place = places_[record];
  Seen seen{begin_.file, std::nullopt, begin_.offset_bytes + place.offset_bytes};
  if (begin_.line) seen.line = *begin_.line + place.number;
  return record_name(records_[record].time(), seen);
}

void Finder::look(std::size_t records, const observe::Reader& reader, Timestamp now,
                  const std::function<void(const Found&)>& on_hit) {
  if (remember_) {
    // First: who asks the past once an indicator has taken effect finds what was scanned without it.
    offsets_bytes_.clear();
    for (std::size_t i = 0; i < records; ++i)
      offsets_bytes_.push_back(begin_.offset_bytes + places_[i].offset_bytes);
    remember_({records_.data(), records}, offsets_bytes_, begin_.file, now);
  }
  scanner_.scan({records_.data(), records}, now, hits_);
  for (const auto& hit : hits_.hits) {
    const auto& place = places_[hit.record];
    auto line = place.line;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto& format = reader.formats()[place.format];
    on_hit({hit, line, place.number, place.offset_bytes, format.name, format.is_json()});
  }
  // Until the next records come, nothing is held that somebody may want to overwrite.
  hits_.hits.clear();
  hits_.pinned.clear();
  hits_.patterns.clear();
}

stix::Value value_of(stix::Path path, std::string_view text) {
  auto kind = stix::kind_of(path);
  if (kind == stix::ValueKind::other) {  // behind a reference: addresses or names
    if (const auto address = match::parse_address(text))
      kind = address->v6 ? stix::ValueKind::ipv6 : stix::ValueKind::ipv4;
    else if (path == stix::Path::network_src_ref_value || path == stix::Path::network_dst_ref_value ||
             path == stix::Path::network_http_host || path == stix::Path::domain_name_resolves_to_refs_value)
      kind = stix::ValueKind::domain;
  }
  return {kind, stix::canonical_value(kind, text)};
}

}  // namespace tocsin::sensor
