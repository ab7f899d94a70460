#pragma once

/// The ids that observables get from their contents, so that two who saw the same give it the same id.
///
/// Source:  STIX 2.1 §2.9: UUIDv5 (RFC 4122 §4.3) over the canonical JSON (RFC 8785) of the contributing
///          properties. standards: the table of these stands with each type in types_sco.cpp.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace simdjson::dom {
class element;
}

namespace tocsin::stix {

/// The id that the contents of `observable` give; nullopt when its type is none of the standard's, or when
/// nothing that it holds contributes: then its UUID is of version 4.
std::optional<std::string> observable_id(const simdjson::dom::element& observable);
/// The same of one JSON object as text.
std::optional<std::string> observable_id(std::string_view json);

}  // namespace tocsin::stix
