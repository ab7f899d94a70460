#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "base/json.hpp"
#include "taxii/envelope.hpp"

/// A body: objects or a refusal, never both and never none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  const auto read = taxii::read_envelope(body);
  if (const auto* refusal = std::get_if<taxii::EnvelopeRefusal>(&read)) {
    TOCSIN_CHECK(refusal->status == 400 || refusal->status == 422, "one of two refusals");
    TOCSIN_CHECK(!refusal->why.empty(), "which says why");
    return 0;
  }
  const auto& objects = std::get<std::vector<stix::Parsed>>(read);
  TOCSIN_CHECK(!objects.empty(), "an envelope has objects");
  for (const auto& each : objects)
    TOCSIN_CHECK(each.object.has_value() || !each.problems.empty(), "an object, or why it is none");
  return 0;
}
