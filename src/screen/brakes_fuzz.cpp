// Patterns of any text past the brakes: no crash, no stall, and a pattern of a listed value alone is held.
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "screen/brakes.hpp"
#include "screen/readings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  static const screen::WarningLists lists{screen::built_in_warning_lists()};
  static const screen::Assets assets;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  stix::Object object;
  object.type = "indicator";
  object.pattern = text;
  for (const char* language : {"stix", "suricata"}) {
    object.pattern_type = language;
    (void)screen::brake(object, lists, assets, MemberId{1});
  }
  for (const auto kind : {stix::ValueKind::domain, stix::ValueKind::url, stix::ValueKind::ipv6}) {
    const stix::Value value{kind, std::string{text}};
    TOCSIN_CHECK(screen::readings(value).front() == value, "a value is read as itself first");
  }
  return 0;
}
