#pragma once

/// The filters and paging parameters of a URL (TAXII 2.1 §3.4).
///
/// Contract: filters have one canonical text, so that a cursor can carry them and two requests compare.
/// Errors:   invalid_input names the parameter and what it should be. Unknown parameters are passed by.
/// Threads:  values and pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::taxii {

/// Which versions of an object (§3.4.1).
struct VersionFilter {
  bool last = false, first = false, all = false;
  std::vector<std::string> exact;  ///< RFC 3339 in UTC
  bool any() const { return last || first || all || !exact.empty(); }
};

struct Filters {
  std::optional<Timestamp> added_after;
  std::vector<std::string> ids, types, spec_versions;  ///< sorted, without repeats; empty: any
  VersionFilter versions;                              ///< none given: last
  bool operator==(const Filters& other) const { return canonical() == other.canonical(); }

  /// Does any object that we keep pass match[spec_version]? All of them are STIX 2.1.
  bool takes_stix_21() const;
  /// "added_after=…&id=…&…", empty without filters. Reading it again gives the same filters.
  std::string canonical() const;
  static Result<Filters> of_canonical(std::string_view text);
};

/// What an endpoint takes besides added_after, limit and next.
struct Takes {
  bool ids_and_types = false;
  bool versions = false;
};

struct Query {
  Filters filters;
  std::optional<std::uint64_t> limit;  ///< at least 1
  std::string next;                    ///< empty: the first page
  bool has_filters = false;            ///< any filter was named
  bool has_unfit = false;              ///< a match[…] was passed by that this endpoint does not take
};

Result<Query> parse_query(const std::vector<std::pair<std::string, std::string>>& parameters, Takes takes);

}  // namespace tocsin::taxii
