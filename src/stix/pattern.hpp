#pragma once

/// STIX patterns: text into a tree, and the tree into one canonical text.
///
/// Source:  STIX 2.1 §9 (patterning). Beyond it, as the OASIS grammar has it: `==`, `<>`, a leading `+`,
/// upper-case
///          hexadecimal digits and comments. Refused though some tools take them: an empty or mixed set, a
///          negative index, WITHIN and REPEATS of nothing, STOP not after START, one qualifier twice at one
///          expression.
/// Errors:  invalid_input with the column (counted in characters from 1) and what was expected there.
/// Threads: pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::stix {

struct PatternLimits {
  std::size_t text_bytes_max = 64ULL << 10;
  std::size_t comparisons_max = 10'000;
  std::size_t constants_max = 20'000;  ///< in all sets together
  std::size_t depth_max = 64;          ///< of parentheses
};

struct PathStep {
  enum class Kind : std::uint8_t { property, index, any };
  Kind kind = Kind::property;
  std::string name;         ///< of a property, without quotes
  std::uint64_t index = 0;  ///< of an index
  friend bool operator==(const PathStep&, const PathStep&) = default;
};

struct ObjectPath {
  std::string type;
  std::vector<PathStep> steps;  ///< at least one, a property first
  friend bool operator==(const ObjectPath&, const ObjectPath&) = default;
};

/// Where something stood in the text, in characters from 1; 0 when it came from no text. Two patterns are the
/// same wherever their parts stood.
struct Column {
  std::size_t number = 0;
  friend bool operator==(const Column&, const Column&) { return true; }
};

struct Literal {
  enum class Kind : std::uint8_t { string, integer, decimal, boolean, hex, binary, timestamp };
  Kind kind = Kind::string;
  std::string text;  ///< a string without quotes and escapes; else as written, without h'…', b'…', t'…' and +
  Column column{};
  friend bool operator==(const Literal&, const Literal&) = default;
};

enum class Operator : std::uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  like,
  matches,
  is_subset,
  is_superset,
  exists,
};
std::string_view name(Operator op);  ///< as written: "=", "IN", "ISSUBSET"

struct Comparison {
  ObjectPath path;
  Operator op{};
  bool negated = false;
  std::vector<Literal> literals{};  ///< one; several for IN; none for EXISTS
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

/// What stands inside [ ].
struct ComparisonExpression {
  enum class Kind : std::uint8_t { test, all_of, any_of };
  Kind kind = Kind::test;
  Comparison test;                          ///< of a test
  std::vector<ComparisonExpression> parts;  ///< of the others: two or more
  friend bool operator==(const ComparisonExpression&, const ComparisonExpression&) = default;
};

struct Qualifier {
  enum class Kind : std::uint8_t { within, repeats, start_stop };
  Kind kind{};
  std::string first;   ///< seconds, times, or the start
  std::string second;  ///< the stop
  friend bool operator==(const Qualifier&, const Qualifier&) = default;
};

struct ObservationExpression {
  enum class Kind : std::uint8_t { single, all_of, any_of, followed_by };
  Kind kind = Kind::single;
  ComparisonExpression comparison;  ///< of a single one
  /// Of the others, in order: two or more; one in a group in parentheses that has qualifiers of its own.
  std::vector<ObservationExpression> parts;
  std::vector<Qualifier> qualifiers;
  friend bool operator==(const ObservationExpression&, const ObservationExpression&) = default;
};

Result<ObservationExpression> parse_pattern(std::string_view text, const PatternLimits& limits = {});

/// The canonical text: parsed again, it gives the same tree.
std::string print(const ObservationExpression& pattern);
std::string print(const ObjectPath& path);
std::string print(const Comparison& comparison);

}  // namespace tocsin::stix
