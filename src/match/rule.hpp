#pragma once

/// A pattern that a table of exact values cannot decide, made ready: the plan that decides it, and what a
/// record must show before it is worth asking.
///
/// Contract: of every [ ] in the pattern at least one necessary condition is watched. A record that fulfils
///           none of them fulfils no [ ], so it need not be evaluated and need not be held.
/// Meaning:  STIX 2.1 §9, as `src/pattern` has it, on the objects that `graph_of` makes of a record. Paths
/// may
///           be spelled as readers of old patterns expect (`stix::path_of`), and constants on paths whose
///           values readers bring to one form (domains, hashes, addresses) are brought to it too:
///           docs/patterns.md.
/// Errors:   invalid_input with what the parser or `pattern::compile` says; or that no record tells what the
///           pattern asks for. overloaded names a limit.
/// Threads:  never changed once made; share it.

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "match/indicator.hpp"
#include "pattern/plan.hpp"
#include "stix/pattern.hpp"

namespace tocsin::match {

using Paths = std::bitset<static_cast<std::size_t>(stix::Path::count_)>;

/// LIKE or MATCHES: a regular expression for bytes that are ASCII, written for vectorscan.
struct TextTrigger {
  stix::Path path{};
  std::string expression;
  bool weak = false;  ///< says so little that many values fulfil it
  friend bool operator==(const TextTrigger&, const TextTrigger&) = default;
};

/// Conditions of which a record that matters fulfils at least one.
struct Triggers {
  std::vector<Atom> exact;         ///< for the tables
  std::vector<TextTrigger> texts;  ///< for one search over all patterns' expressions
  Paths present;                   ///< any value on one of these: nothing better was found
};

struct Rule {
  std::string text;  ///< as it was written
  std::shared_ptr<const pattern::Plan> plan;
  Triggers triggers;
  bool weak = false;        ///< most records may wake it: such are limited in number
  bool one_record = false;  ///< each match is a single record, whatever came before
};

/// What one pattern may cost a sensor: 10,000 records held, and about ten milliseconds for a record.
inline constexpr pattern::Limits rule_limits{
    .regexes_max = 200, .bindings_max = 1'000, .observations_max = 10'000, .steps_max = 1'000'000};

Result<std::shared_ptr<const Rule>> rule_of(std::string_view pattern,
                                            const pattern::Limits& limits = rule_limits);

/// The pattern as it is evaluated on records: known paths as `stix::name` has them, constants in the form of
/// the values there.
stix::ObservationExpression for_records(stix::ObservationExpression pattern);

}  // namespace tocsin::match
