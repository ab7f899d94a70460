#include "pattern/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace tocsin::pattern {

std::string to_nfc(std::string_view text) {
  // Nothing below U+0300 combines or decomposes into what does not compose again.
  const auto below_combining = [](char c) { return static_cast<unsigned char>(c) < 0xcc; };
  if (std::all_of(text.begin(), text.end(), below_combining)) return std::string{text};
  utf8proc_uint8_t* composed = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &composed,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return std::string{text};  // no memory, or not UTF-8: compared as it is
  std::string out{reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size)};
  std::free(composed);
  return out;
}

std::optional<std::string> to_octets(std::string_view text) {
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      octets += text[i];
    } else if (byte <= 0xc3 && i + 1 < text.size()) {  // U+0080 to U+00FF
      const auto next = static_cast<unsigned char>(text[++i]);
      octets += static_cast<char>(((byte & 0x03U) << 6U) | (next & 0x3fU));
    } else {
      return std::nullopt;
    }
  }
  return octets;
}

}  // namespace tocsin::pattern
