// Whatever is read as a rule is one line, is read again as the same, and keeps its meaning under another
// number.

#include <cstdlib>

#include "formats/network_rule.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::formats;
  const auto rule = read_network_rule({reinterpret_cast<const char*>(data), size});
  if (!rule) return 0;
  if (rule->text.find_first_of("\r\n") != std::string::npos) std::abort();
  const auto again = read_network_rule(rule->text);
  if (!again || again->text != rule->text || again->sid != rule->sid) std::abort();
  const auto renumbered = read_network_rule(with_sid(*rule, 77));
  if (!renumbered || renumbered->sid != 77 || with_sid(*renumbered, rule->sid).empty()) std::abort();
  return 0;
}
