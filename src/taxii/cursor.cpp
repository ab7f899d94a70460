#include "taxii/cursor.hpp"

#include "base/bytes.hpp"

namespace tocsin::taxii {
namespace {

constexpr std::uint8_t cursor_version = 1;
constexpr std::size_t seal_bytes = 16;
constexpr std::size_t carried_bytes_max = 1024;
constexpr std::size_t cursor_bytes_max = 4096;

Error bad_cursor() {
  return {Errc::invalid_input, "'next' must be what the page before gave, with the same filters or none"};
}

std::string seal_of(const Seal& seal, const CursorScope& scope, std::string_view payload) {
  std::string text = "taxii cursor\n";
  append_number(text, scope.circle.value());
  append_number(text, scope.member.value());
  text += scope.endpoint;
  append_number(text, static_cast<std::uint32_t>(scope.object.size()));
  text += scope.object;
  text += payload;
  const Hash hash = seal(text);
  return std::string{as_text(hash).substr(0, seal_bytes)};
}

}  // namespace

std::string make_cursor(const Seal& seal, const CursorScope& scope, const Filters& filters,
                        Sequence position) {
  const std::string canonical = filters.canonical();
  const bool whole = canonical.size() <= carried_bytes_max;
  std::string payload;
  append_number(payload, cursor_version);
  append_number(payload, position.value());
  append_number(payload, static_cast<std::uint8_t>(whole ? 1 : 0));
  payload += whole ? canonical : std::string{as_text(sha256(canonical))};
  payload += seal_of(seal, scope, payload);
  return to_base64url(as_bytes(payload));
}

Result<Continuation> open_cursor(const Seal& seal, const CursorScope& scope, const Query& query) {
  if (query.next.size() > cursor_bytes_max) return bad_cursor();
  const auto bytes = from_base64url(query.next);
  if (!bytes || bytes->size() < seal_bytes) return bad_cursor();
  const auto payload = std::string_view{*bytes}.substr(0, bytes->size() - seal_bytes);
  const auto given = std::string_view{*bytes}.substr(payload.size());
  if (!equal_constant_time(given, seal_of(seal, scope, payload))) return bad_cursor();
  ByteReader reader{payload};
  const auto version = reader.number<std::uint8_t>();
  Continuation on;
  on.position = Sequence{reader.number<std::uint64_t>()};
  const bool whole = reader.number<std::uint8_t>() == 1;
  if (!reader.ok() || version != cursor_version) return bad_cursor();
  const auto carried = reader.run(reader.left());
  if (!whole) {
    if (as_text(sha256(query.filters.canonical())) != carried) return bad_cursor();
    on.filters = query.filters;
    return on;
  }
  auto filters = Filters::of_canonical(carried);
  if (!filters) return bad_cursor();
  on.filters = *std::move(filters);
  const auto& named = query.filters;
  const auto differs = [](const auto& asked, const auto& kept) { return !asked.empty() && asked != kept; };
  const bool other_time = named.added_after && named.added_after != on.filters.added_after;
  Filters asked_versions;
  Filters kept_versions;
  asked_versions.versions = named.versions;
  kept_versions.versions = on.filters.versions;
  const bool other_versions = named.versions.any() && asked_versions != kept_versions;
  if (other_time || other_versions || differs(named.ids, on.filters.ids) ||
      differs(named.types, on.filters.types) || differs(named.spec_versions, on.filters.spec_versions))
    return bad_cursor();
  return on;
}

}  // namespace tocsin::taxii
