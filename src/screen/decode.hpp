#pragma once

/// Text behind encodings, undone as far as it is text.
/// Source:  RFC 4648 (base64, hexadecimal), RFC 3986 §2.1 (percent), RFC 2045 §6.7 (quoted-printable).
/// Errors:  nullopt when the run is not that encoding, or what comes out is no text.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::screen {

/// Either alphabet, padding or none. UTF-16 of plain letters, as PowerShell takes it, comes out as these
/// letters.
std::optional<std::string> text_of_base64(std::string_view run);
std::optional<std::string> text_of_hex(std::string_view run);
/// %40 and =40.
std::optional<std::string> text_of_percent(std::string_view run);

/// A text as it was before it was defanged or strewn with invisible characters, and where each byte came
/// from.
struct Plain {
  std::string text;
  std::vector<std::size_t> origin;  ///< one more than bytes: the last is the end
};
/// nullopt when nothing in it needs this.
std::optional<Plain> refanged(std::string_view text);

}  // namespace tocsin::screen
