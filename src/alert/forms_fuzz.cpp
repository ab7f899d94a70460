// Alerts carry records, names and values from outside: whatever stands in the line, each form is one line.

#include <cstdlib>

#include "alert/forms.hpp"
#include "alert/output_spec.hpp"
#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::alert;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)parse_output(text);
  const Speaker speaker{"host", "sensor", "1", 7};
  const auto line = text.substr(0, text.find('\n'));
  const auto ecs = in_form(Form::ecs, line, speaker), cef = in_form(Form::cef, line, speaker);
  if (!tocsin::json::parse_object(ecs)) std::abort();
  if (cef.find_first_of("\r\n\x1b") != std::string::npos) std::abort();
  if (tocsin::json::parse_object(line)) {
    if (!tocsin::json::parse_object(hec_event(line, speaker))) std::abort();
    if (!tocsin::json::parse(for_terminal(line))) std::abort();
  }
  if (syslog_message(Form::json, line, speaker, 256).find('\x1b') != std::string::npos) std::abort();
  return 0;
}
