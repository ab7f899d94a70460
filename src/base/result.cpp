#include "base/result.hpp"

namespace tocsin {

std::string_view name(Errc code) {
  switch (code) {
    case Errc::invalid_input:
      return "invalid_input";
    case Errc::not_found:
      return "not_found";
    case Errc::denied:
      return "denied";
    case Errc::conflict:
      return "conflict";
    case Errc::overloaded:
      return "overloaded";
    case Errc::corrupt:
      return "corrupt";
    case Errc::unavailable:
      return "unavailable";
  }
  return "unknown";
}

Error in_context(std::string_view context, Error error) {
  error.detail.insert(0, std::string{context} + ": ");
  return error;
}

}  // namespace tocsin
