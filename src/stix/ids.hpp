#pragma once

/// Identifiers and names of STIX objects.
///
/// Source:  STIX 2.1 §2.9 (identifier), §3.1 (names of types and properties).
/// Threads: pure functions.

#include <cstdint>
#include <string_view>

namespace tocsin::stix {

enum class IdForm : std::uint8_t {
  good,
  odd_version,  ///< a UUID that is neither version 4 nor 5: real feeds hold them, so this only warns
  bad,
};

/// `type--UUID` with the RFC 4122 variant.
IdForm form_of_id(std::string_view id);

/// The version of the UUID of an id whose form is not bad, as a digit.
char version_of_id(std::string_view id);

/// The part before "--"; empty when there is none.
std::string_view type_of_id(std::string_view id);

/// 3 to 250 of [a-z0-9-], begins with a letter, no two hyphens in a row.
bool is_type_name(std::string_view text);

/// 3 to 250 of [a-z0-9_], begins with a letter; or "id".
bool is_property_name(std::string_view text);

/// 1 to 250 of [A-Za-z0-9_-].
bool is_dictionary_key(std::string_view text);

}  // namespace tocsin::stix
