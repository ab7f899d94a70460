#pragma once

/// The `next` of a page: where to go on, for whom, and under which filters, with a seal that only this hub
/// can make. The hub keeps nothing of it.
///
/// Contract: a cursor is good for the endpoint, collection and member that it was made for, for as long as
///           the hub keeps its key. It gives no right: rights are asked again for every page.
/// Errors:   invalid_input for whatever is none of ours, for another asker, or combined with other filters.
/// Source:   TAXII 2.1 §3.5; ours: version u8 ‖ position u64 ‖ whole u8 ‖ filters (or their SHA-256), then 16
///           bytes of HMAC-SHA256 over the scope and these; base64url.
/// Threads:  pure functions.

#include <functional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "taxii/query.hpp"

namespace tocsin::taxii {

using Seal = std::function<Hash(std::string_view)>;

/// What a cursor is bound to besides its filters.
struct CursorScope {
  CircleId circle;
  MemberId member;
  char endpoint = 'o';  ///< 'o' objects, 'm' manifest, 'i' object by id, 'v' versions
  std::string object;   ///< the id in the path; empty where it has none
};

std::string make_cursor(const Seal& seal, const CursorScope& scope, const Filters& filters,
                        Sequence position);

struct Continuation {
  Sequence position;
  Filters filters;
};
/// Where the query goes on. Filters that the query leaves out come from the cursor; those that it names must
/// be the cursor's. Very long filters are not carried: then the query has to repeat them.
Result<Continuation> open_cursor(const Seal& seal, const CursorScope& scope, const Query& query);

}  // namespace tocsin::taxii
