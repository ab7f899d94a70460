#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "net/request_target.hpp"
#include "taxii/cursor.hpp"

/// A request target: its query is read, what was read has one form, and no cursor but ours is taken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::taxii;
  std::string target = "/taxii2/?";
  target.append(reinterpret_cast<const char*>(data), size);
  const auto parsed = net::parse_target(target);
  if (!parsed) return 0;
  const auto query = parse_query(parsed->query, {true, true});
  if (!query) return 0;
  const auto canonical = query->filters.canonical();
  const auto again = Filters::of_canonical(canonical);
  TOCSIN_CHECK(again && again->canonical() == canonical, "filters are read back as they were");
  const Seal seal = [](std::string_view text) { return hmac_sha256(as_bytes("a key"), text); };
  const CursorScope scope{CircleId{1}, MemberId{2}, 'o', ""};
  if (!query->next.empty()) TOCSIN_CHECK(!open_cursor(seal, scope, *query), "a cursor that nobody made");
  Query next = *query;
  next.next = make_cursor(seal, scope, query->filters, Sequence{size});
  const auto on = open_cursor(seal, scope, next);
  TOCSIN_CHECK(on && on->position == Sequence{size} && on->filters == query->filters, "a cursor of ours");
  return 0;
}
