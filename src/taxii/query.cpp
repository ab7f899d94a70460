#include "taxii/query.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.hpp"

namespace tocsin::taxii {
namespace {

constexpr std::size_t values_max = 500;
constexpr std::size_t uuid_bytes = 36;

Error bad(std::string_view name, std::string_view what) {
  return {Errc::invalid_input, "'" + std::string{name} + "' must be " + std::string{what}};
}

bool is_type(std::string_view text) {
  return !text.empty() && text.size() <= 250 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// type--UUID (STIX 2.1 §2.9).
bool is_id(std::string_view text) {
  if (text.size() < uuid_bytes + 3 || !is_type(text.substr(0, text.size() - uuid_bytes - 2))) return false;
  const auto uuid = text.substr(text.size() - uuid_bytes);
  if (text.substr(text.size() - uuid_bytes - 2, 2) != "--") return false;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = uuid[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

bool is_spec_version(std::string_view text) {
  return text.size() == 3 && text[0] >= '0' && text[0] <= '9' && text[1] == '.' && text[2] >= '0' &&
         text[2] <= '9';
}

Status read_list(std::vector<std::string>& out, std::string_view name, std::string_view text,
                 bool (*fits)(std::string_view), std::string_view what) {
  std::set<std::string> values;
  for (const auto part : split(text, ',')) {
    if (!fits(part)) return bad(name, what);
    values.emplace(part);
    if (values.size() > values_max) return bad(name, "at most " + std::to_string(values_max) + " values");
  }
  out.assign(values.begin(), values.end());
  return {};
}

/// A time as clients send it: other precisions and offsets than TAXII's pass, and so does the '+' of an
/// offset that came as the space it means in a URL.
Result<Timestamp> time_of(std::string_view name, std::string text) {
  if (const auto space = text.rfind(' '); space != std::string::npos && space > 10) text[space] = '+';
  auto time = parse_rfc3339(text);
  if (!time) return bad(name, "one RFC 3339 time, such as 2026-11-23T13:24:00.000001Z");
  return time;
}

Result<VersionFilter> versions_of(std::string_view text) {
  constexpr std::string_view name = "match[version]";
  VersionFilter filter;
  std::vector<std::string> exact_canonical;
  std::size_t count = 0;
  for (const auto part : split(text, ',')) {
    ++count;
    bool* keyword = part == "last"    ? &filter.last
                    : part == "first" ? &filter.first
                    : part == "all"   ? &filter.all
                                      : nullptr;
    if (keyword != nullptr) {
      if (std::exchange(*keyword, true)) return bad(name, "without repeats");
      continue;
    }
    const auto time = time_of(name, std::string{part});
    if (!time) return bad(name, "'last', 'first', 'all' or times, separated by commas");
    auto canonical = to_rfc3339(*time);
    // With Z it is kept as it came: it may have more digits than a Timestamp.
    const std::string exact = part.ends_with('Z') ? std::string{part} : canonical;
    if (std::find(exact_canonical.begin(), exact_canonical.end(), canonical) != exact_canonical.end())
      return bad(name, "without repeats");
    exact_canonical.push_back(std::move(canonical));
    filter.exact.push_back(exact);
    if (filter.exact.size() > values_max)
      return bad(name, "at most " + std::to_string(values_max) + " values");
  }
  if (filter.all && count > 1) return bad(name, "'all' alone, or others without it");
  std::sort(filter.exact.begin(), filter.exact.end());
  return filter;
}

Result<std::uint64_t> limit_of(std::string_view text) {
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (digits && read.ec == std::errc::result_out_of_range) value = ~0ULL;
  if (!digits || value == 0) return bad("limit", "a whole number of at least 1");
  return value;
}

Status read_filter(Filters& filters, std::string_view field, const std::string& value) {
  if (field == "id")
    return read_list(filters.ids, "match[id]", value, is_id, "STIX ids, separated by commas without spaces");
  if (field == "type")
    return read_list(filters.types, "match[type]", value, is_type,
                     "STIX types, separated by commas without spaces");
  if (field == "spec_version")
    return read_list(filters.spec_versions, "match[spec_version]", value, is_spec_version,
                     "versions such as 2.1, separated by commas");
  auto versions = versions_of(value);
  if (!versions) return std::move(versions).error();
  filters.versions = *std::move(versions);
  return {};
}

void append(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out += (out.empty() ? "" : "&") + std::string{name} + '=';
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ",") + values[i];
}

}  // namespace

bool Filters::takes_stix_21() const {
  return spec_versions.empty() ||
         std::find(spec_versions.begin(), spec_versions.end(), "2.1") != spec_versions.end();
}

std::string Filters::canonical() const {
  std::string out;
  if (added_after) out += "added_after=" + to_rfc3339(*added_after);
  append(out, "id", ids);
  append(out, "type", types);
  append(out, "spec_version", spec_versions);
  std::vector<std::string> named;
  if (versions.all) named.emplace_back("all");
  if (versions.first) named.emplace_back("first");
  if (versions.last) named.emplace_back("last");
  named.insert(named.end(), versions.exact.begin(), versions.exact.end());
  append(out, "version", named);
  return out;
}

Result<Filters> Filters::of_canonical(std::string_view text) {
  Filters filters;
  if (text.empty()) return filters;
  for (const auto part : split(text, '&')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return bad("next", "a cursor of ours");
    const auto field = part.substr(0, equals);
    const std::string value{part.substr(equals + 1)};
    if (field == "added_after") {
      auto time = time_of("added_after", value);
      if (!time) return std::move(time).error();
      filters.added_after = *time;
    } else {
      TOCSIN_TRY(read_filter(filters, field, value));
    }
  }
  return filters;
}

Result<Query> parse_query(const std::vector<std::pair<std::string, std::string>>& parameters, Takes takes) {
  Query query;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : parameters) {
    const std::string_view field = name.starts_with("match[") && name.ends_with(']')
                                       ? std::string_view{name}.substr(6, name.size() - 7)
                                       : std::string_view{};
    const bool of_objects = field == "id" || field == "type";
    const bool known = name == "added_after" || name == "limit" || name == "next" || of_objects ||
                       field == "version" || field == "spec_version";
    if (known && !seen.insert(name).second) return bad(name, "given at most once");
    if (name == "added_after") {
      auto time = time_of(name, value);
      if (!time) return std::move(time).error();
      query.filters.added_after = *time;
      query.has_filters = true;
    } else if (name == "limit") {
      auto limit = limit_of(value);
      if (!limit) return std::move(limit).error();
      query.limit = *limit;
    } else if (name == "next") {
      query.next = value;
    } else if (!field.empty()) {
      const bool fits = (of_objects && takes.ids_and_types) || (field == "version" && takes.versions) ||
                        field == "spec_version";
      query.has_unfit = query.has_unfit || !fits;
      if (!fits) continue;
      TOCSIN_TRY(read_filter(query.filters, field, value));
      query.has_filters = true;
    }
  }
  return query;
}

}  // namespace tocsin::taxii
