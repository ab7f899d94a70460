#pragma once

/// A record as patterns see it: its values put back into the objects that they were read from.
///
/// Contract: one observation (`number_observed` 1, first and last observed = the record's time). Values of
/// one
///           object number stand in one object of the type that their path names; lists and references are
///           built as the path says. What a reference leads to is the record's own object when it has it,
///           else an object without a type, which no comparison starts at.
///           Of a property that is said twice of one object there is a copy of the object for each value, up
///           to `copies_max`. Bytes that are no UTF-8 become U+FFFD.
/// Source:   STIX 2.1 §4.14, §6. Threads: pure function.

#include "pattern/observation.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

inline constexpr std::size_t copies_max = 64;  ///< in one record

/// `otherwise` is the time of a record that tells none.
pattern::Observation graph_of(const stix::Observation& record, Timestamp otherwise);

}  // namespace tocsin::match
