#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "screen/decode.hpp"
#include "screen/detectors.hpp"

// A text. Findings are in order, apart, and within it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::screen;
  static const Own own = Own::build({.domains = {"gridco.example"},
                                     .networks = {"198.51.100.0/24"},
                                     .names = {"Gridco"},
                                     .suffixes = {}})
                             .value();
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const bool command_line : {false, true}) {
    std::size_t last = 0;
    for (const auto& found : find(text, own, {.kinds = all_kinds, .command_line = command_line})) {
      if (found.begin < last || found.end <= found.begin || found.end > size) std::abort();
      if (found.layer > layers_max) std::abort();
      last = found.end;
    }
  }
  text_of_base64(text);
  text_of_hex(text);
  text_of_percent(text);
  return 0;
}
