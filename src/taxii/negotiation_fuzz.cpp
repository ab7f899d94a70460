#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.hpp"
#include "taxii/negotiation.hpp"

/// A header field: whatever it says, an exact range behind it is taken, unless its quotes swallow that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string field{reinterpret_cast<const char*>(data), size};
  static_cast<void>(taxii::accepts_taxii(field));
  static_cast<void>(taxii::is_taxii(field));
  static_cast<void>(taxii::coding_for(field));
  if (field.find_first_of("\"\\") == std::string::npos)
    TOCSIN_CHECK(taxii::accepts_taxii(field + ",application/taxii+json;version=2.1"), "an exact range");
  return 0;
}
