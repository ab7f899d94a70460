// Any bytes as an ID token, a key set and a discovery document: an answer, never a crash. No token passes:
// its key is not ours to sign with.
#include <cstdint>
#include <cstdlib>

#include "signin/provider.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::signin;
  static const auto keys = KeySet::parse(
      R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]})");
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  static_cast<void>(head_of(bytes));
  static_cast<void>(verify_id_token(bytes, *keys, {"https://issuer.example", "tocsin", "n", {}}));
  static_cast<void>(KeySet::parse(bytes));
  static_cast<void>(parse_discovery(bytes, "https://issuer.example"));
  return 0;
}
