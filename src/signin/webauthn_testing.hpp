#pragma once

/// An authenticator in software, for tests: P-256, resident, verifies its user unless told otherwise.

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "signin/webauthn.hpp"

namespace tocsin::signin {

class SoftAuthenticator {
 public:
  std::uint8_t flags = 0x05;  ///< user present and verified
  std::uint32_t counter = 0;
  std::string id = "a credential id";

  SoftAuthenticator() : key_{EVP_EC_gen("P-256"), &EVP_PKEY_free} {
    std::string point(65, '\0');
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                    reinterpret_cast<unsigned char*>(point.data()), point.size(), &size);
    point_ = point.substr(1);
  }

  static std::string client_data(std::string_view type, std::string_view challenge, std::string_view origin,
                                 std::string_view more = "") {
    return R"({"type":")" + std::string{type} + R"(","challenge":")" + to_base64url(as_bytes(challenge)) +
           R"(","origin":")" + std::string{origin} + R"(")" + std::string{more} + '}';
  }

  std::string data(std::string_view rp_id, bool with_credential) const {
    std::string out{as_text(sha256(rp_id))};
    out += static_cast<char>(with_credential ? flags | 0x40U : flags);
    for (int shift = 24; shift >= 0; shift -= 8)
      out += static_cast<char>(counter >> static_cast<unsigned>(shift));
    if (!with_credential) return out;
    out += std::string(16, '\0');  // AAGUID
    out += static_cast<char>(id.size() >> 8U);
    out += static_cast<char>(id.size());
    out += id;
    // COSE_Key (RFC 9053 §7.1.1): kty EC2, alg ES256, crv P-256, x, y.
    out += std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + point_.substr(0, 32) +
           "\x22\x58\x20" + point_.substr(32);
    return out;
  }

  std::string attestation(std::string_view rp_id) const {
    const std::string bytes = data(rp_id, true);
    std::string out =
        "\xa3\x63"
        "fmt\x64none\x67"
        "attStmt\xa0\x68"
        "authData\x58";
    out += static_cast<char>(bytes.size());
    return out + bytes;
  }

  std::string sign(std::string_view authenticator_data, std::string_view client_data_json) const {
    const std::string message =
        std::string{authenticator_data} + std::string{as_text(sha256(client_data_json))};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                   message.size());
    signature.resize(size);
    return signature;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::string point_;  ///< x ‖ y
};

}  // namespace tocsin::signin
