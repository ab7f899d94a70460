#pragma once

/// The rules of the screen: a flat TOML file, or the default that is built in.
///
/// A file says what differs from the default: `TYPE = ["path: action", …]` adds and replaces rows of a type,
/// `detectors = ["kind: action", …]` those of detectors. `own_domains`, `own_networks`, `own_names` and
/// `internal_suffixes` say what is the member's, `review_hours` how long a text waits for review; they are
/// no rules, and no part of the hash, which others see. Source:  docs/screen.md has the table in words.
/// Errors:  invalid_input, naming the line or the row. Threads: constant once built.

#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "screen/detectors.hpp"
#include "screen/fields.hpp"

namespace tocsin::screen {

struct Policy {
  std::string version, title;
  std::string epoch;          ///< goes into pseudonyms: a new one stops them from being linked over the years
  bool derived_from = false;  ///< whether the id of an original may be named in a relationship
  /// The objects arrive instead of leaving: what they refer to may have come before, and the sharer's own
  /// identity may stand among them.
  bool arriving = false;
  std::array<Action, kind_count> detectors{};  ///< pass, drop, generalise, pseudonym, review or withhold
  Kinds guard = 0;                             ///< what withholds a guarded value
  Kinds third_party = 0;                       ///< what withholds an object of somebody else
  std::map<std::string, std::unique_ptr<FieldNode>, std::less<>> types;
  OwnLists own;
  /// How long what waits for review may wait: no part of the rules, since nothing leaves by it.
  unsigned review_hours = 72;
  std::string hash;  ///< SHA-256 of `rules`, hexadecimal

  /// The row for a property of an object: of its type, else of "any", else the type's "*"; nullptr: none.
  const FieldNode* row_of(const FieldNode& type, std::string_view property) const;
  /// Those of "other" for a type that the policy does not name; nullptr when there are none either.
  const FieldNode* rows_of_type(std::string_view type) const;

  /// Every rule that is in force, as a file that gives the same hash; nothing of `own`.
  std::string rules() const;
  /// Kinds that a scanned text is searched for.
  Kinds scanned() const;
};

Policy default_policy();
/// The default as it is written, with its comments.
std::string_view default_policy_text();
Result<Policy> parse_policy(std::string_view toml);

/// The default as a hub applies it: what a person was to read has been read, so it is scanned; times stand;
/// types and properties without a row are scanned. What a member's screen lets out passes.
Policy arriving_policy();
/// The same of any policy: what it takes of objects that were screened by it before.
Policy arriving(Policy policy);
/// Files that say what differs from `arriving_policy`, the later from the earlier; empty ones say nothing.
/// Errors: as above.
Result<Policy> parse_arriving_policy(std::initializer_list<std::string_view> files);

}  // namespace tocsin::screen
