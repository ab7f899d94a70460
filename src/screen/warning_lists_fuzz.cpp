#include "screen/warning_lists.hpp"

#include <cstddef>
#include <cstdint>

// One list, and a question to it: the text up to the first zero byte is the list, the rest is what is asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto zero = input.find('\0');
  screen::WarningListLimits limits;
  limits.entries_max = 1000;
  auto list = screen::parse_warning_list(input.substr(0, zero), "fuzz", limits);
  if (!list) return 0;
  const screen::WarningLists lists{{*std::move(list)}, limits};
  const auto asked = zero == std::string_view::npos ? input.substr(0, 40) : input.substr(zero + 1);
  lists.check(stix::recognise_value(asked));
  return 0;
}
