#pragma once

/// The body of a POST: an envelope, or a bundle in its place.
///
/// Contract: what is no JSON as a whole is refused as a whole; once it is an envelope, every object in it is
///           read on its own, and a bad one does not fail the others.
/// Errors:   (`why`) 400: not JSON; 422: JSON, but no envelope with objects, or more of them than a
///           submission may hold.
/// Source:   TAXII 2.1 §3.7, §5.5, §7.1.1 (other properties are passed by).
/// Threads:  pure function.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stix/object.hpp"

namespace tocsin::taxii {

struct EnvelopeRefusal {
  unsigned status = 0;
  std::string why;
};

std::variant<std::vector<stix::Parsed>, EnvelopeRefusal> read_envelope(std::string_view body);

}  // namespace tocsin::taxii
