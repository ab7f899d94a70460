#pragma once

/// An indicator as the set takes it: what it names, until when, and whose it is.
///
/// Source:  STIX 2.1 §4.7 (indicator), §9 (patterns). One `Conjunction` is one way of fulfilling the pattern:
///          all its atoms on the same object of a record. `[a AND (b OR c)] OR [d]` is {a,b}, {a,c}, {d}.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

enum class Relation : std::uint8_t {
  equals,  ///< the observed value is one of `values`
  subset,  ///< the observed address lies in one of `values`, each a network ("10.0.0.0/8", "2001:db8::/32")
};

/// One comparison. Fulfilled by any of its values.
struct Atom {
  stix::Path path{};
  Relation relation = Relation::equals;
  std::vector<std::string> values;
};

/// All of `atoms` on one object, in a record whose time lies in [start, stop) where these are given.
struct Conjunction {
  std::vector<Atom> atoms;
  std::optional<Timestamp> start, stop;
};

/// What a domain name in a pattern stands for. STIX means the name itself (`exact`).
enum class DomainMatch : std::uint8_t { exact, with_subdomains };

struct Rule;

struct Indicator {
  std::string id;
  CircleId circle;
  Sequence sequence;
  std::string name;
  std::string note{};                      ///< bytes of the owner's, kept with it and never looked at
  std::optional<std::uint8_t> confidence;  ///< 0 to 100
  /// Matches from the second of `valid_from` until before the second of `valid_until` and of `expires`,
  /// which is the lifetime that the circle's rules give it; none: for ever.
  std::optional<Timestamp> valid_from, valid_until, expires;
  DomainMatch domains = DomainMatch::exact;
  std::vector<Conjunction> alternatives;  ///< any of them
  std::shared_ptr<const Rule> rule{};     ///< in place of alternatives: a pattern that is evaluated
};

/// An indicator that is kept but never matches, because its pattern cannot be read or asks for what no record
/// says.
struct Unevaluable {
  CircleId circle;
  std::string id;
  Sequence sequence;
  std::string name;
  std::string reason;
};

}  // namespace tocsin::match
