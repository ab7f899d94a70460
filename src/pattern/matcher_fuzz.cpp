// A pattern in the first line, then objects of observed data, one a line: no crash and no stall; the
// canonical form gives the same verdict, and so does one observation after the other.

#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "base/text.hpp"
#include "pattern/canonical.hpp"
#include "pattern/matcher.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const auto lines = split({reinterpret_cast<const char*>(data), size}, '\n');
  const auto pattern = stix::parse_pattern(lines.front());
  if (!pattern) return 0;

  const pattern::Limits limits{
      .regexes_max = 8, .bindings_max = 64, .observations_max = 200, .steps_max = 300'000};
  const auto form = pattern::canonical(*pattern);
  TOCSIN_CHECK(pattern::canonical(form) == form, "the canonical form is a fixed point");
  const auto again = stix::parse_pattern(stix::print(form), {.text_bytes_max = SIZE_MAX, .depth_max = 256});
  TOCSIN_CHECK(again && *again == form, "the canonical form can be written");

  pattern::ObservationReader reader{{.objects_max = 200}};
  for (std::size_t i = 1; i < lines.size(); ++i) static_cast<void>(reader.add(lines[i]));
  const auto observations = reader.take();

  const auto plan = pattern::compile(*pattern, limits);
  const auto form_plan = pattern::compile(form, limits);
  if (!plan || !form_plan) return 0;
  const auto matched = pattern::match(*plan, observations);
  const auto form_matched = pattern::match(*form_plan, observations);
  if (!matched || !form_matched) return 0;
  TOCSIN_CHECK(matched->has_value() == form_matched->has_value(), "the canonical form says the same");

  pattern::Matcher matcher{*plan, std::chrono::microseconds{INT64_MAX / 4}};
  bool streamed = false;
  for (const auto& observation : observations) {
    const auto found = matcher.add(observation);
    if (!found) return 0;
    streamed = streamed || found->has_value();
  }
  TOCSIN_CHECK(streamed == matched->has_value(), "one after the other says the same");
  return 0;
}
