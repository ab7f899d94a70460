#pragma once

/// Check digits of numbers that belong to people.
/// Source:  ISO/IEC 7812-1 annex B (Luhn), ISO 13616 and ISO 7064 (IBAN), SSA POMS RM 10201 (SSN).
/// Threads: pure functions over digits and letters without separators.

#include <string_view>

namespace tocsin::screen {

bool luhn(std::string_view digits);
/// Length and first digits of an issuer, and the check digit.
bool is_card(std::string_view digits);
/// The country's length, and the remainder; either case.
bool is_iban(std::string_view text);
/// The length of IBANs of the country; 0 when there are none.
std::size_t iban_length(std::string_view country);
/// Nine digits that can have been given to somebody.
bool is_ssn(std::string_view digits);

}  // namespace tocsin::screen
