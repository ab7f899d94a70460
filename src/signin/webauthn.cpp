#include "signin/webauthn.hpp"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::signin {
namespace {

constexpr std::size_t attestation_bytes_max = 16 << 10;
constexpr std::size_t client_data_bytes_max = 4 << 10;
constexpr std::size_t credential_id_bytes_max = 1023;

constexpr unsigned user_present = 0x01, user_verified = 0x04, has_credential = 0x40, has_extensions = 0x80;
constexpr std::size_t aaguid_bytes = 16;

Error denied(std::string detail) {
  return {Errc::denied, std::move(detail)};
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string text_of(const unsigned char* bytes, std::size_t size) {
  return bytes == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(bytes), size};
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(&thing);
  }
};
using Credential = std::unique_ptr<fido_cred_t, Freed<&fido_cred_free>>;
using FidoAssertion = std::unique_ptr<fido_assert_t, Freed<&fido_assert_free>>;

/// The head of one CBOR item. CTAP2's canonical form knows definite lengths only, and so do we.
struct CborHead {
  unsigned kind = 0;  ///< the major type
  std::uint64_t count = 0;
};
constexpr unsigned cbor_bytes = 2, cbor_text = 3, cbor_array = 4, cbor_map = 5, cbor_tag = 6;
constexpr unsigned cbor_depth_max = 8;

std::optional<CborHead> take_head(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const unsigned first = static_cast<unsigned char>(rest.front());
  const unsigned size = first & 0x1fU;
  rest.remove_prefix(1);
  if (size < 24) return CborHead{first >> 5U, size};
  if (size > 27) return std::nullopt;
  const std::size_t width = std::size_t{1} << (size - 24);
  if (rest.size() < width) return std::nullopt;
  std::uint64_t count = 0;
  for (const char c : rest.substr(0, width)) count = count << 8U | static_cast<unsigned char>(c);
  rest.remove_prefix(width);
  return CborHead{first >> 5U, count};
}

/// The bytes of the string whose head was taken.
std::optional<std::string_view> take_run(std::string_view& rest, std::uint64_t size) {
  if (size > rest.size()) return std::nullopt;
  const auto run = rest.substr(0, size);
  rest.remove_prefix(size);
  return run;
}

/// Steps over one item. Each item takes a byte, so a false count ends with the bytes.
bool skip_item(std::string_view& rest, unsigned depth) {
  const auto head = take_head(rest);
  if (!head || depth > cbor_depth_max) return false;
  if (head->kind == cbor_bytes || head->kind == cbor_text) return take_run(rest, head->count).has_value();
  std::uint64_t items = 0;
  if (head->kind == cbor_tag) items = 1;
  if (head->kind == cbor_array || head->kind == cbor_map) {
    if (head->count > rest.size()) return false;
    items = head->kind == cbor_map ? 2 * head->count : head->count;
  }
  for (; items > 0; --items)
    if (!skip_item(rest, depth + 1)) return false;
  return true;
}

/// §7.1 and §7.2: for whom the authenticator spoke, and that a person was there and was recognised.
Status check_head(std::string_view authenticator_data, const RelyingParty& party, unsigned flags_needed) {
  if (authenticator_data.size() < authenticator_data_bytes_min ||
      authenticator_data.size() > attestation_bytes_max)
    return denied("authenticator data: wrong size");
  if (authenticator_data.substr(0, 32) != as_text(sha256(party.id)))
    return denied("authenticator data: for another relying party");
  const auto flags = static_cast<unsigned char>(authenticator_data[32]);
  if ((flags & flags_needed) != flags_needed)
    return denied("authenticator data: without user presence, user verification or a credential");
  return {};
}

/// The bytes of "authData" in an attestation object (§6.5.4).
Result<std::string_view> authenticator_data_in(std::string_view attestation_object) {
  const Error wrong = denied("attestation object: not a map of CBOR with authData");
  if (attestation_object.size() > attestation_bytes_max) return denied("attestation object: too large");
  std::string_view rest = attestation_object;
  const auto root = take_head(rest);
  if (!root || root->kind != cbor_map || root->count > 8) return wrong;
  std::optional<std::string_view> found;
  for (std::uint64_t i = 0; i < root->count; ++i) {
    const auto key = take_head(rest);
    if (!key || key->kind != cbor_text) return wrong;
    const auto name = take_run(rest, key->count);
    if (!name) return wrong;
    if (*name != "authData") {
      if (!skip_item(rest, 1)) return wrong;
      continue;
    }
    const auto value = take_head(rest);
    if (found || !value || value->kind != cbor_bytes) return wrong;
    found = take_run(rest, value->count);
    if (!found) return wrong;
  }
  if (!found || !rest.empty()) return wrong;
  return *found;
}

/// The credential, if its key is one of this algorithm.
std::optional<NewPasskey> read_credential(std::string_view authenticator_data, int algorithm) {
  const Credential credential{fido_cred_new()};
  if (!credential || fido_cred_set_type(credential.get(), algorithm) != FIDO_OK ||
      fido_cred_set_authdata_raw(credential.get(), raw(authenticator_data), authenticator_data.size()) !=
          FIDO_OK)
    return std::nullopt;
  NewPasskey made;
  made.id = text_of(fido_cred_id_ptr(credential.get()), fido_cred_id_len(credential.get()));
  made.algorithm = algorithm;
  made.public_key = text_of(fido_cred_pubkey_ptr(credential.get()), fido_cred_pubkey_len(credential.get()));
  made.counter = fido_cred_sigcount(credential.get());
  return made;
}

/// What follows the head: a credential and extensions, as the flags say (§6.1), and nothing else. libfido2's
/// reader takes memory for as many items as a head claims, so false counts must not come that far.
Status check_tail(std::string_view authenticator_data) {
  const Error wrong = denied("authenticator data: not what the flags say");
  const auto flags = static_cast<unsigned char>(authenticator_data[32]);
  std::string_view rest = authenticator_data.substr(authenticator_data_bytes_min);
  if ((flags & has_credential) != 0) {
    if (rest.size() < aaguid_bytes + 2) return wrong;
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(rest[aaguid_bytes]) << 8U |
                                               static_cast<unsigned char>(rest[aaguid_bytes + 1]));
    rest.remove_prefix(aaguid_bytes + 2);
    if (!take_run(rest, size) || !skip_item(rest, 0)) return wrong;
  }
  if ((flags & has_extensions) != 0 && !skip_item(rest, 0)) return wrong;
  return rest.empty() ? Status{} : Status{wrong};
}

bool is_address(std::string_view host) {
  return host.front() == '[' || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Checks the signature with the kind of key that the algorithm has.
int verify_with(fido_assert_t* assertion, int algorithm, std::string_view public_key) {
  if (algorithm == COSE_ES256) {
    std::unique_ptr<es256_pk_t, Freed<&es256_pk_free>> key{es256_pk_new()};
    const int read = es256_pk_from_ptr(key.get(), public_key.data(), public_key.size());
    return read == FIDO_OK ? fido_assert_verify(assertion, 0, algorithm, key.get()) : read;
  }
  if (algorithm == COSE_EDDSA) {
    std::unique_ptr<eddsa_pk_t, Freed<&eddsa_pk_free>> key{eddsa_pk_new()};
    const int read = eddsa_pk_from_ptr(key.get(), public_key.data(), public_key.size());
    return read == FIDO_OK ? fido_assert_verify(assertion, 0, algorithm, key.get()) : read;
  }
  if (algorithm == COSE_RS256) {
    std::unique_ptr<rs256_pk_t, Freed<&rs256_pk_free>> key{rs256_pk_new()};
    const int read = rs256_pk_from_ptr(key.get(), public_key.data(), public_key.size());
    return read == FIDO_OK ? fido_assert_verify(assertion, 0, algorithm, key.get()) : read;
  }
  return FIDO_ERR_UNSUPPORTED_ALGORITHM;
}

}  // namespace

Result<RelyingParty> relying_party(std::string_view public_url) {
  constexpr std::string_view scheme = "https://";
  const Error wrong{Errc::invalid_input, "the public URL must be https://HOST or https://HOST:PORT"};
  if (!public_url.starts_with(scheme)) return wrong;
  std::string authority = to_lower_ascii(public_url.substr(scheme.size()));
  if (authority.ends_with('/')) authority.pop_back();
  if (authority.empty() || authority.find_first_of("/?#@ ") != std::string::npos) return wrong;
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  const std::string host = authority.substr(0, colon);
  if (host.empty()) return wrong;
  // A browser leaves the default port out of an origin.
  const std::string port = colon == std::string::npos || authority.substr(colon) == ":443"
                               ? std::string{}
                               : authority.substr(colon);
  return RelyingParty{std::string{scheme} + host + port, is_address(host) ? std::string{} : host};
}

Result<std::string> challenge_in(std::string_view client_data_json, Ceremony ceremony,
                                 const RelyingParty& party) {
  if (client_data_json.size() > client_data_bytes_max) return denied("client data: too large");
  const auto data = json::parse_object(client_data_json);
  if (!data) return denied("client data: " + data.error().detail);
  if (json::text_or(*data, "type") != (ceremony == Ceremony::create ? "webauthn.create" : "webauthn.get"))
    return denied("client data: of another ceremony");
  if (json::text_or(*data, "origin") != party.origin) return denied("client data: from another origin");
  const auto crossed = json::optional_flag(*data, "crossOrigin");
  if (!crossed || crossed->value_or(false) || data->contains("topOrigin"))
    return denied("client data: from within another site's page");
  auto challenge = from_base64url(json::text_or(*data, "challenge"));
  if (!challenge || challenge->empty()) return denied("client data: no challenge");
  return challenge;
}

Result<NewPasskey> passkey_in(std::string_view attestation_object, const RelyingParty& party) {
  auto data = authenticator_data_in(attestation_object);
  if (!data) return std::move(data).error();
  TOCSIN_TRY(check_head(*data, party, user_present | user_verified | has_credential));
  TOCSIN_TRY(check_tail(*data));
  // libfido2 is told the algorithm and holds the key against it: so each is tried.
  for (const int algorithm : algorithms) {
    auto made = read_credential(*data, algorithm);
    if (!made) continue;
    if (made->id.empty() || made->id.size() > credential_id_bytes_max || made->public_key.empty())
      return denied("authenticator data: the credential has no id or key that can be kept");
    return *std::move(made);
  }
  return denied("authenticator data: no credential of an algorithm that is taken");
}

Result<std::uint32_t> verify(const Assertion& assertion, int algorithm, std::string_view public_key,
                             const RelyingParty& party) {
  TOCSIN_TRY(check_head(assertion.authenticator_data, party, user_present | user_verified));
  // §6.1: no credential in an assertion. libfido2 would look for extensions where it stands.
  if ((static_cast<unsigned char>(assertion.authenticator_data[32]) & has_credential) != 0)
    return denied("authenticator data: a credential in an assertion");
  TOCSIN_TRY(check_tail(assertion.authenticator_data));
  const FidoAssertion checked{fido_assert_new()};
  const Hash client_data = sha256(assertion.client_data_json);
  const auto data = assertion.authenticator_data;
  fido_assert_t* a = checked.get();
  const bool set =
      fido_assert_set_clientdata_hash(a, raw(as_text(client_data)), client_data.size()) == FIDO_OK &&
      fido_assert_set_rp(a, party.id.c_str()) == FIDO_OK && fido_assert_set_count(a, 1) == FIDO_OK &&
      fido_assert_set_authdata_raw(a, 0, raw(data), data.size()) == FIDO_OK &&
      fido_assert_set_sig(a, 0, raw(assertion.signature), assertion.signature.size()) == FIDO_OK &&
      fido_assert_set_up(a, FIDO_OPT_TRUE) == FIDO_OK && fido_assert_set_uv(a, FIDO_OPT_TRUE) == FIDO_OK;
  if (!set) return denied("assertion: cannot be read");
  if (verify_with(a, algorithm, public_key) != FIDO_OK) return denied("assertion: wrong signature");
  return fido_assert_sigcount(a, 0);
}

}  // namespace tocsin::signin
