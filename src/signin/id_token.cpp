#include "signin/id_token.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <cmath>
#include <optional>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"

namespace tocsin::signin {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<&OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<&OSSL_PARAM_free>>;

constexpr int rsa_bits_min = 2048, rsa_bits_max = 8192;
constexpr std::size_t coordinate_bytes = 32, ed25519_bytes = 32;

Error denied(std::string detail) {
  return {Errc::denied, "ID token: " + std::move(detail)};
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::optional<std::string> bytes_in(const json::Object& object, std::string_view key) {
  auto bytes = from_base64url(json::text_or(object, key));
  return bytes && !bytes->empty() ? std::optional<std::string>{*std::move(bytes)} : std::nullopt;
}

PublicKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params{OSSL_PARAM_BLD_to_param(builder)};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  PublicKey owned{key};
  const KeyContext check{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  return check && EVP_PKEY_public_check(check.get()) == 1 ? std::move(owned) : nullptr;
}

PublicKey rsa_key(const json::Object& jwk) {
  const auto modulus = bytes_in(jwk, "n"), exponent = bytes_in(jwk, "e");
  if (!modulus || !exponent || modulus->size() > rsa_bits_max / 8 || exponent->size() > 8) return nullptr;
  const Number n{BN_bin2bn(raw(*modulus), static_cast<int>(modulus->size()), nullptr)};
  const Number e{BN_bin2bn(raw(*exponent), static_cast<int>(exponent->size()), nullptr)};
  if (!n || !e || BN_num_bits(n.get()) < rsa_bits_min) return nullptr;
  const ParamBuilder builder{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return key_from("RSA", builder.get());
}

PublicKey p256_key(const json::Object& jwk) {
  const auto x = bytes_in(jwk, "x"), y = bytes_in(jwk, "y");
  if (!x || !y || x->size() != coordinate_bytes || y->size() != coordinate_bytes) return nullptr;
  const std::string point = '\x04' + *x + *y;
  const ParamBuilder builder{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return key_from("EC", builder.get());
}

PublicKey ed25519_key(const json::Object& jwk) {
  const auto x = bytes_in(jwk, "x");
  if (!x || x->size() != ed25519_bytes) return nullptr;
  return PublicKey{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(*x), x->size())};
}

/// JWS has r and s side by side (RFC 7518 §3.4), OpenSSL wants them in DER.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  const std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>> pair{ECDSA_SIG_new()};
  BIGNUM* r = BN_bin2bn(raw(signature), coordinate_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(raw(signature.substr(coordinate_bytes)), coordinate_bytes, nullptr);
  ECDSA_SIG_set0(pair.get(), r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  std::string out =
      size > 0 ? std::string{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)} : "";
  OPENSSL_free(der);
  return out;
}

bool signature_holds(EVP_PKEY* key, std::string_view algorithm, std::string_view text,
                     std::string_view signature) {
  const std::string der = algorithm == "ES256" ? der_of(signature) : std::string{};
  if (algorithm == "ES256") signature = der;
  if (signature.empty()) return false;
  const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;  // the context's own
  const EVP_MD* digest = algorithm == "EdDSA" ? nullptr : EVP_sha256();
  if (EVP_DigestVerifyInit(context.get(), &options, digest, nullptr, key) != 1) return false;
  if (algorithm == "PS256" && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
}

struct Parts {
  std::string_view header, payload, signature;
  std::string_view signed_text;
};

Result<Parts> parts_of(std::string_view id_token) {
  if (id_token.size() > id_token_bytes_max) return denied("too large");
  const auto parts = split(id_token, '.');
  if (parts.size() != 3) return denied("not three parts");
  return Parts{parts[0], parts[1], parts[2], id_token.substr(0, parts[0].size() + 1 + parts[1].size())};
}

Result<json::Object> object_in(std::string_view part) {
  const auto bytes = from_base64url(part);
  if (!bytes) return denied("a part is not base64url");
  auto object = json::parse_object(*bytes);
  if (!object) return denied("a part is no JSON object");
  return object;
}

/// NumericDate: seconds, perhaps with a fraction (RFC 7519 §2).
std::optional<Timestamp> date_in(const json::Object& claims, std::string_view key) {
  const auto* value = claims.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  if (!(seconds >= 0) || seconds > 253402300799.0) return std::nullopt;
  return Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(std::floor(seconds * 1e6))}};
}

bool is_for(const json::Object& claims, std::string_view client_id) {
  const auto* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  std::size_t others = 0;
  bool named = false;
  if (const auto* text = audience->if_string()) {
    named = json::view(*text) == client_id;
  } else if (const auto* list = audience->if_array()) {
    for (const auto& each : *list) {
      const bool same = each.is_string() && json::view(each.get_string()) == client_id;
      named = named || same;
      others += same ? 0 : 1;
    }
  }
  const auto* authorised = claims.if_contains("azp");
  if (authorised == nullptr) return named && others == 0;
  return named && authorised->is_string() && json::view(authorised->get_string()) == client_id;
}

Status check_claims(const json::Object& claims, const Expected& expected) {
  if (json::text_or(claims, "iss") != expected.issuer) return denied("of another issuer");
  if (!is_for(claims, expected.client_id)) return denied("for another client");
  const auto expires = date_in(claims, "exp");
  if (!expires || *expires + clock_skew <= expected.now) return denied("expired");
  const auto issued = date_in(claims, "iat");
  if (!issued || *issued > expected.now + clock_skew ||
      *issued + id_token_age_max + clock_skew < expected.now)
    return denied("not made now");
  if (claims.contains("nbf")) {
    const auto begins = date_in(claims, "nbf");
    if (!begins || *begins > expected.now + clock_skew) return denied("not valid yet");
  }
  if (expected.nonce.empty() || !equal_constant_time(json::text_or(claims, "nonce"), expected.nonce))
    return denied("of another sign-in");
  const auto subject = json::text_or(claims, "sub");
  if (subject.empty() || subject.size() > 255) return denied("without a subject");
  return {};
}

}  // namespace

struct KeySet::Key {
  std::string id, type, algorithm;  ///< type: "RSA", "EC", "OKP"; algorithm: empty when the key does not say
  PublicKey key;
};

KeySet::KeySet() = default;
KeySet::~KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;

Result<KeySet> KeySet::parse(std::string_view json) {
  const Error wrong{Errc::invalid_input, "not a set of keys"};
  const auto object = json::parse_object(json);
  if (!object) return wrong;
  const auto* listed = object->if_contains("keys");
  if (listed == nullptr || !listed->is_array() || listed->get_array().size() > key_set_keys_max) return wrong;
  KeySet set;
  for (const auto& each : listed->get_array()) {
    if (!each.is_object()) return wrong;
    const auto& jwk = each.get_object();
    if (jwk.contains("use") && json::text_or(jwk, "use") != "sig") continue;
    Key key{json::text_or(jwk, "kid"), json::text_or(jwk, "kty"), json::text_or(jwk, "alg"), nullptr};
    const auto curve = json::text_or(jwk, "crv");
    if (key.type == "RSA") key.key = rsa_key(jwk);
    if (key.type == "EC" && curve == "P-256") key.key = p256_key(jwk);
    if (key.type == "OKP" && curve == "Ed25519") key.key = ed25519_key(jwk);
    if (key.key) set.keys_.push_back(std::move(key));
  }
  return set;
}

std::size_t KeySet::size() const {
  return keys_.size();
}

const KeySet::Key* KeySet::find(std::string_view algorithm, std::string_view id) const {
  const std::string_view type = algorithm == "RS256" || algorithm == "PS256" ? "RSA"
                                : algorithm == "ES256"                       ? "EC"
                                : algorithm == "EdDSA"                       ? "OKP"
                                                                             : "";
  const Key* found = nullptr;
  for (const auto& key : keys_) {
    if (type.empty() || key.type != type || (!key.algorithm.empty() && key.algorithm != algorithm)) continue;
    if (!id.empty() && key.id != id) continue;
    if (found != nullptr) return nullptr;  // ambiguous
    found = &key;
  }
  return found;
}

Result<IdTokenHead> head_of(std::string_view id_token) {
  const auto parts = parts_of(id_token);
  if (!parts) return parts.error();
  const auto header = object_in(parts->header);
  if (!header) return header.error();
  // "crit" names extensions that must be understood (RFC 7515 §4.1.11); we know none.
  if (header->contains("crit") || header->contains("b64")) return denied("with an extension");
  auto algorithm = json::text(*header, "alg");
  if (!algorithm) return denied("without an algorithm");
  return IdTokenHead{*std::move(algorithm), json::text_or(*header, "kid")};
}

Result<json::Object> verify_id_token(std::string_view id_token, const KeySet& keys,
                                     const Expected& expected) {
  const auto head = head_of(id_token);
  if (!head) return head.error();
  const auto* key = keys.find(head->algorithm, head->key_id);
  if (key == nullptr) return denied("no key for its algorithm and id");
  const auto parts = parts_of(id_token);
  const auto signature = from_base64url(parts->signature);
  if (!signature || !signature_holds(key->key.get(), head->algorithm, parts->signed_text, *signature))
    return denied("wrong signature");
  auto claims = object_in(parts->payload);
  if (!claims) return claims;
  TOCSIN_TRY(check_claims(*claims, expected));
  return claims;
}

std::string pkce_challenge(std::string_view verifier) {
  return to_base64url(sha256(verifier));
}

}  // namespace tocsin::signin
