#pragma once

/// Keys and certificates: the hub's own authority, its server certificate, and members' client certificates.
///
/// Source:  RFC 5280; P-256 keys, SHA-256 signatures.
/// Errors:  invalid_input for PEM that cannot be read or a request whose signature is wrong.
/// Threads: pure functions.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::net {

struct KeyAndCertificate {
  std::string key_pem;  ///< PKCS #8
  std::string certificate_pem;
};

KeyAndCertificate make_authority(const std::string& common_name, std::chrono::days life);
/// `names`: DNS names and IP addresses for subjectAltName.
Result<KeyAndCertificate> issue_server_certificate(const KeyAndCertificate& authority,
                                                   const std::vector<std::string>& names,
                                                   std::chrono::days life);
/// Makes a key and a certificate signing request, on the member's machine.
struct KeyAndRequest {
  std::string key_pem, request_pem;
};
KeyAndRequest make_client_request(const std::string& common_name);
/// Signs it with the hub's authority for clients (extendedKeyUsage clientAuth). The subject is `common_name`,
/// whatever the request says.
Result<std::string> issue_client_certificate(const KeyAndCertificate& authority, std::string_view request_pem,
                                             const std::string& common_name, std::chrono::days life);
/// SHA-256 of the DER certificate, as hex: what Request::client_certificate_sha256 carries.
Result<std::string> certificate_sha256(std::string_view certificate_pem);
/// When the first certificate of a PEM text ends.
Result<Timestamp> certificate_end(std::string_view certificate_pem);
/// SHA-256 of SubjectPublicKeyInfo, base64url: what an invite URL pins.
Result<std::string> public_key_pin(std::string_view certificate_pem);
/// The first certificate of a PEM text and nothing else of it: what a pin vouches for.
Result<std::string> first_certificate(std::string_view pem);

}  // namespace tocsin::net
