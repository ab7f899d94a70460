#pragma once

/// Passkeys: what an authenticator and a browser say, held against what was asked.
///
/// Contract: user presence and user verification are required. Attestation is neither asked for nor looked
/// at:
///           a passkey is as good as the link it was enrolled with. Signatures are checked by libfido2.
/// Source:   WebAuthn Level 2 (W3C Recommendation 2021-04-08) §5.8.1, §6.1, §6.5.4, §7.1, §7.2; RFC 8949
/// (CBOR). Errors:   denied with the rule that was broken, for our own log and tests: strangers get one text
/// for all. Threads:  pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::signin {

/// Who we are to a browser. A passkey belongs to a name, never to an address.
struct RelyingParty {
  std::string origin;  ///< "https://hub.example:8443"
  std::string id;      ///< "hub.example"; empty when the URL holds an address: no passkeys then
};
/// Errors: invalid_input when it is no https URL of host and port alone.
Result<RelyingParty> relying_party(std::string_view public_url);

/// COSE algorithms that we take, best first: EdDSA, ES256, RS256.
inline constexpr int algorithms[] = {-8, -7, -257};

struct NewPasskey {
  std::string id;          ///< raw; at most 1023 bytes
  int algorithm = 0;       ///< one of `algorithms`
  std::string public_key;  ///< as libfido2 keeps one of this algorithm
  std::uint32_t counter = 0;
};

enum class Ceremony : std::uint8_t { create, get };

/// The challenge that the client data answer, raw. Everything else in them is checked: kind, origin, no frame
/// of another site around.
Result<std::string> challenge_in(std::string_view client_data_json, Ceremony ceremony,
                                 const RelyingParty& party);

/// The passkey in an attestation object.
Result<NewPasskey> passkey_in(std::string_view attestation_object, const RelyingParty& party);

struct Assertion {
  std::string_view client_data_json, authenticator_data, signature;
};
/// The new counter, once the signature and the flags are right. Whether it went back is the caller's
/// question.
Result<std::uint32_t> verify(const Assertion& assertion, int algorithm, std::string_view public_key,
                             const RelyingParty& party);

/// The size of a hash, of flags and of a counter: no authenticator data are shorter.
inline constexpr std::size_t authenticator_data_bytes_min = 37;

}  // namespace tocsin::signin
