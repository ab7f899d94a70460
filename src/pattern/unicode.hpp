#pragma once

/// Text in the forms that the pattern language compares.
/// Source:  Unicode Standard Annex 15 (NFC), as STIX 2.1 §9.6.1 and §9.6.2 ask for it; §9.2 for text as
/// octets. Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::pattern {

/// Canonically composed. `text` must be UTF-8.
std::string to_nfc(std::string_view text);

/// Each code point below U+0100 as the octet of its number; nullopt when there is a higher one.
std::optional<std::string> to_octets(std::string_view text);

/// Bytes of the code point that begins with `lead` in UTF-8.
inline std::size_t code_point_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace tocsin::pattern
