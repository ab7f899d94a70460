#include "observe/windows.hpp"

namespace tocsin::observe {

std::string_view windows_kind(std::string_view event, std::string_view provider) {
  const bool sysmon = provider.empty() || provider.find("Sysmon") != std::string_view::npos;
  return sysmon || event.size() > 2 ? event : std::string_view{};
}

}  // namespace tocsin::observe
