#pragma once

/// A provider's signing keys, for tests: makes the key set and signs whatever it is given.

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace tocsin::signin {

class SigningKey {
 public:
  SigningKey(std::string algorithm, std::string id) : algorithm_{std::move(algorithm)}, id_{std::move(id)} {
    EVP_PKEY* made = algorithm_ == "ES256"   ? EVP_EC_gen("P-256")
                     : algorithm_ == "EdDSA" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                             : EVP_RSA_gen(2048);
    key_.reset(made, &EVP_PKEY_free);
  }

  json::Object jwk() const {
    json::Object out{{"kid", id_}, {"use", "sig"}, {"alg", algorithm_}};
    if (algorithm_ == "ES256") {
      const auto point = octets(OSSL_PKEY_PARAM_PUB_KEY);
      out["kty"] = "EC";
      out["crv"] = "P-256";
      out["x"] = to_base64url(as_bytes(point.substr(1, 32)));
      out["y"] = to_base64url(as_bytes(point.substr(33)));
    } else if (algorithm_ == "EdDSA") {
      out["kty"] = "OKP";
      out["crv"] = "Ed25519";
      out["x"] = to_base64url(as_bytes(octets(OSSL_PKEY_PARAM_PUB_KEY)));
    } else {
      out["kty"] = "RSA";
      out["n"] = to_base64url(as_bytes(number(OSSL_PKEY_PARAM_RSA_N)));
      out["e"] = to_base64url(as_bytes(number(OSSL_PKEY_PARAM_RSA_E)));
    }
    return out;
  }
  std::string modulus() const { return number(OSSL_PKEY_PARAM_RSA_N); }

  std::string token(const json::Object& claims) const {
    return token(json::Object{{"alg", algorithm_}, {"kid", id_}, {"typ", "JWT"}}, claims);
  }
  std::string token(const json::Object& header, const json::Object& claims) const {
    const std::string text = encoded(header) + '.' + encoded(claims);
    return text + '.' + to_base64url(as_bytes(sign(text)));
  }
  static std::string encoded(const json::Object& object) {
    return to_base64url(as_bytes(json::dump(object)));
  }

 private:
  std::string octets(const char* name) const {
    std::string out(100, '\0');
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key_.get(), name, reinterpret_cast<unsigned char*>(out.data()),
                                    out.size(), &size);
    out.resize(size);
    return out;
  }
  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string out(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(out.data()));
    BN_free(value);
    return out;
  }
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, algorithm_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr,
                       key_.get());
    if (algorithm_ == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
    out.resize(size);
    return algorithm_ == "ES256" ? side_by_side(out) : out;
  }
  static std::string side_by_side(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free};
    std::string out(64, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes + 32, 32);
    return out;
  }

  std::string algorithm_, id_;
  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string key_set_of(std::initializer_list<json::Object> keys) {
  json::Array listed;
  for (const auto& key : keys) listed.emplace_back(key);
  return json::dump(json::Object{{"keys", std::move(listed)}});
}

inline json::Object claims_at(Timestamp now, std::string_view nonce) {
  const auto seconds = to_micros(now) / 1'000'000;
  return {{"iss", "https://issuer.example"},
          {"aud", "tocsin"},
          {"sub", "ada"},
          {"exp", seconds + 300},
          {"iat", seconds},
          {"nonce", nonce}};
}

}  // namespace tocsin::signin
