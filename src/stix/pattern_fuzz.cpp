// Any text: no crash; a parsed pattern, printed and parsed again, is the same tree and prints the same.

#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "stix/atoms.hpp"
#include "stix/pattern.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::stix;
  const auto pattern = parse_pattern({reinterpret_cast<const char*>(data), size});
  if (!pattern) return 0;
  const auto text = print(*pattern);
  const auto again = parse_pattern(text, {.text_bytes_max = text.size()});
  TOCSIN_CHECK(again.has_value(), "a printed pattern parses");
  TOCSIN_CHECK(*again == *pattern, "it is the same pattern");
  TOCSIN_CHECK(print(*again) == text, "printing is a fixed point");

  const auto atoms = atoms_of(*pattern);
  TOCSIN_CHECK(atoms ? !atoms->any_of.empty() : !atoms.error().detail.empty(), "atoms or a reason");
  TOCSIN_CHECK(values_of(*pattern) == values_of(*again), "the same pattern names the same values");
  return 0;
}
