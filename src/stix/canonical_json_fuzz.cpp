// Any bytes: no crash; what is canonical stays as it is, and white space and the order of keys change
// nothing.

#include "stix/canonical_json.hpp"

#include <cstdint>

#include "base/check.hpp"
#include "stix/sco_id.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::stix;
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto once = canonical_json(text);
  const auto id = observable_id(text);
  if (!once) return 0;
  const auto twice = canonical_json(*once);
  if (!twice) return 0;  // 1e20 prints as a whole number beyond 64 bits
  TOCSIN_CHECK(*twice == *once, "canonical once is canonical for ever");
  TOCSIN_CHECK(observable_id(*once) == id || text.find("hashes") != std::string::npos ||
                   text.find('\\') != std::string::npos,
               "an id does not depend on how its contents are written, but for the first of unknown hashes");
  return 0;
}
