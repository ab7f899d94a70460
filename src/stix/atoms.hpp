#pragma once

/// What a sensor of exact values can evaluate of a pattern: AND and OR over comparisons with known values, on
/// the objects of one record.
///
/// A pattern is evaluated whole or not at all: in `[A OR B]` with a B that cannot be evaluated, silence would
/// not mean "no match", so the pattern is reported as not evaluated, with the reason, and never half used.
/// Source:  STIX 2.1 §9.5 (all comparisons joined by AND in one [ ] hold on the same object), §9.6
/// (operators). Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "stix/object.hpp"
#include "stix/observation.hpp"
#include "stix/pattern.hpp"

namespace tocsin::stix {

/// One constant of a comparison.
struct AtomValue {
  std::string text;  ///< exactly as the pattern has it, escapes resolved
  std::string key;   ///< the form to compare by: `atom_key` of the path
  friend bool operator==(const AtomValue&, const AtomValue&) = default;
};

/// A comparison that holds when the value at `path` equals one of `values` (equals, in), or lies in the
/// network that `values[0].key` names (subset).
struct Atom {
  enum class Compare : std::uint8_t { equals, in, subset };
  Path path{};
  Compare compare{};
  std::vector<AtomValue> values;
  friend bool operator==(const Atom&, const Atom&) = default;
};

struct AtomExpression {
  enum class Kind : std::uint8_t { atom, all_of, any_of };
  Kind kind = Kind::atom;
  Atom atom;                          ///< of an atom
  std::vector<AtomExpression> parts;  ///< of the others
  friend bool operator==(const AtomExpression&, const AtomExpression&) = default;
};

/// One [ ]: everything below holds on one object of the record (`Observed::object`), at a time in
/// [start, stop) where these are given.
struct AtomObservation {
  AtomExpression expression;
  std::optional<Timestamp> start, stop;
};

/// The observations that match, each alone: the pattern's [ ] joined by OR.
struct AtomPattern {
  std::vector<AtomObservation> any_of;
};

/// Errors: invalid_input "not evaluated yet: …" with the part of the pattern that stands in the way.
Result<AtomPattern> atoms_of(const ObservationExpression& pattern);

/// The kind of value that stands at a path; addresses behind a reference are `other`, for they may be of
/// several.
ValueKind kind_of(Path path);

/// The form in which an observed text and a constant at `path` are compared: domains, hashes and addresses
/// without spelling, URLs and everything else byte for byte.
std::string atom_key(Path path, std::string_view text);

/// A pattern of the form [path = 'text'] on a path that sensors know, as nearly all that feeds publish are.
struct PlainPattern {
  Path path;
  std::string_view text;  ///< borrowed from the pattern
};
/// Without a tree. nullopt: parse it to know.
std::optional<PlainPattern> plain_pattern(std::string_view pattern);
/// What `values_of` gives.
Value value_of(const PlainPattern& pattern);

/// The constants compared by =, IN or ISSUBSET on known paths and not negated, for look-up.
std::vector<Value> values_of(const ObservationExpression& pattern);

}  // namespace tocsin::stix
