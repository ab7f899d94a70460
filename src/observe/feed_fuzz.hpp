#pragma once

/// What the fuzzers of all formats do with a text: read it line by line and look at every value.

#include <cstddef>
#include <string_view>

#include "observe/reader.hpp"

namespace tocsin::observe {

/// Feeds all lines; every value must be readable text of a bounded number.
inline void feed(Reader reader, std::string_view text) {
  stix::Observation out;
  std::size_t bytes = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto outcome = reader.read(text.substr(0, end), out);
    if (!outcome && !out.values().empty()) __builtin_trap();
    for (const auto& value : out.values())
      for (const char c : value.text) bytes += static_cast<unsigned char>(c);
    if (out.values().size() > 4096) __builtin_trap();
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  if (bytes == static_cast<std::size_t>(-1)) __builtin_trap();
}

}  // namespace tocsin::observe
