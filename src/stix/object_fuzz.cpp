// Any bytes: no crash; what is accepted, parsed again, gives the same bytes, the same sum and no errors.

#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "stix/object.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::stix;
  static Parser parser{
      {.body_bytes_max = 1U << 20, .object_bytes_max = 1U << 18, .objects_max = 1000, .depth_max = 32}};
  static Parser again;
  const auto parsed = parser.parse_submission({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  for (const auto& one : *parsed) {
    TOCSIN_CHECK(one.object.has_value() != !one.problems.empty(), "an object or reasons why not");
    if (!one.object) continue;
    const auto second = again.parse_object(one.object->bytes);
    TOCSIN_CHECK(second.object.has_value(), "what was accepted stays acceptable");
    TOCSIN_CHECK(second.object->bytes == one.object->bytes, "bytes without white space stay as they are");
    TOCSIN_CHECK(second.object->values == one.object->values, "the same bytes hold the same values");
    TOCSIN_CHECK(compare_versions(second.object->version(), one.object->version()) == 0, "the same version");
  }
  return 0;
}
