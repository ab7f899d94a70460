// Whatever the file holds: a list that is taken can be built, and every entry of it is held by it.

#include <cstdlib>

#include "screen/allow_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  auto lists = screen::parse_allow_list({reinterpret_cast<const char*>(data), size});
  if (!lists) return 0;
  const auto copies = *lists;
  const screen::WarningLists built{*std::move(lists)};
  for (const auto& list : copies)
    if (list.id == "allow-values" && built.refused().empty())
      for (const auto& entry : list.entries)
        if (built.check({stix::ValueKind::other, entry}).empty()) std::abort();
  return 0;
}
