// Any bytes as client data: a challenge or an error, never a crash.
#include <cstdint>

#include "signin/webauthn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::signin;
  static const RelyingParty party{"https://hub.example", "hub.example"};
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  static_cast<void>(challenge_in(bytes, Ceremony::create, party));
  static_cast<void>(challenge_in(bytes, Ceremony::get, party));
  return 0;
}
