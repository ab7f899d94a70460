// Any bytes as an attestation object and as authenticator data: an answer, never a crash.
#include <cstdint>

#include "signin/webauthn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::signin;
  static const RelyingParty party{"https://hub.example", "hub.example"};
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  static_cast<void>(passkey_in(bytes, party));
  const auto half = bytes.size() / 2;
  static const std::string key(64, '\1');
  for (const int algorithm : algorithms)
    static_cast<void>(verify({"{}", bytes.substr(0, half), bytes.substr(half)}, algorithm, key, party));
  return 0;
}
