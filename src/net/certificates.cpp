#include "net/certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crypto.hpp"

namespace tocsin::net {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Name = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

// OpenSSL failing to make something of our own values is a broken machine (base/crypto.hpp takes the same
// view).
void must(bool done) {
  TOCSIN_CHECK(done, "OpenSSL could not make a key or a certificate");
}

Error unreadable(const char* what) {
  ERR_clear_error();
  return Error{Errc::invalid_input, std::string{"this is no readable PEM "} + what};
}

Bio memory(std::string_view text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

template <class Write>
std::string to_pem(Write write) {
  const Bio bio{BIO_new(BIO_s_mem())};
  must(bio != nullptr && write(bio.get()) == 1);
  return text_of(bio.get());
}
std::string to_pem(X509* certificate) {
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string to_pem(EVP_PKEY* key) {
  return to_pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Result<Certificate> read_certificate(std::string_view pem) {
  Certificate certificate{PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr)};
  if (!certificate) return unreadable("certificate");
  return certificate;
}

Result<Key> read_key(std::string_view pem) {
  const auto no_password = [](char*, int, int, void*) { return -1; };
  Key key{PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, no_password, nullptr)};
  if (!key) return unreadable("private key");
  return key;
}

Key make_key() {
  Key key{EVP_EC_gen("P-256")};
  must(key != nullptr);
  return key;
}

Name make_name(const std::string& common_name) {
  Name name{X509_NAME_new()};
  // X.520 allows a common name 64 characters; longer ones are cut, since names that count stand elsewhere.
  const auto text = common_name.substr(0, 64);
  must(name && X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1);
  return name;
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// A certificate for `key` without extensions and signature. One hour of the past is valid: clocks differ.
Certificate draft(EVP_PKEY* key, const X509_NAME* subject, const X509_NAME* issuer, std::chrono::days life) {
  Certificate certificate{X509_new()};
  must(certificate != nullptr);
  std::array<std::byte, 16> serial = random_bytes_16();
  serial[0] &= std::byte{0x7f};  // positive
  serial[0] |= std::byte{0x40};  // and never shorter
  const std::unique_ptr<BIGNUM, Deleter<BN_free>> number{
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), serial.size(), nullptr)};
  X509* raw = certificate.get();
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(raw)) != nullptr);
  must(X509_set_version(raw, X509_VERSION_3) == 1 && X509_set_subject_name(raw, subject) == 1 &&
       X509_set_issuer_name(raw, issuer) == 1 && X509_set_pubkey(raw, key) == 1);
  must(X509_gmtime_adj(X509_getm_notBefore(raw), -3600) != nullptr &&
       X509_time_adj_ex(X509_getm_notAfter(raw), static_cast<int>(life.count()), 0, nullptr) != nullptr);
  return certificate;
}

/// An authority's certificate and key, which belong together.
struct Authority {
  Certificate certificate;
  Key key;
};
Result<Authority> read_authority(const KeyAndCertificate& pems) {
  auto certificate = read_certificate(pems.certificate_pem);
  if (!certificate) return std::move(certificate).error();
  auto key = read_key(pems.key_pem);
  if (!key) return std::move(key).error();
  if (X509_check_private_key(certificate->get(), key->get()) != 1)
    return unreadable("pair of key and certificate");
  return Authority{*std::move(certificate), *std::move(key)};
}

Status add_names(X509* certificate, const std::vector<std::string>& names) {
  const std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>> list{GENERAL_NAMES_new()};
  must(list != nullptr);
  for (const auto& text : names) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    must(name != nullptr && sk_GENERAL_NAME_push(list.get(), name) > 0);
    if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str())) {
      GENERAL_NAME_set0_value(name, GEN_IPADD, address);
      continue;
    }
    ERR_clear_error();
    const bool is_name =
        !text.empty() && text.size() <= 253 &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") ==
            std::string::npos;
    if (!is_name)
      return Error{Errc::invalid_input, "\"" + text + "\" is neither a DNS name nor an IP address"};
    ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
    must(dns != nullptr && ASN1_STRING_set(dns, text.data(), static_cast<int>(text.size())) == 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, dns);
  }
  must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, 0) == 1);
  return {};
}

void add_leaf_extensions(X509* certificate, X509* issuer, const char* purpose) {
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, purpose);
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
}

void sign(X509* certificate, EVP_PKEY* key) {
  must(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace

KeyAndCertificate make_authority(const std::string& common_name, std::chrono::days life) {
  const Key key = make_key();
  const Name name = make_name(common_name);
  const Certificate certificate = draft(key.get(), name.get(), name.get(), life);
  X509* raw = certificate.get();
  add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(raw, raw, NID_subject_key_identifier, "hash");
  sign(raw, key.get());
  return {to_pem(key.get()), to_pem(raw)};
}

Result<KeyAndCertificate> issue_server_certificate(const KeyAndCertificate& authority,
                                                   const std::vector<std::string>& names,
                                                   std::chrono::days life) {
  if (names.empty()) return Error{Errc::invalid_input, "a server certificate needs at least one name"};
  const auto issuer = read_authority(authority);
  if (!issuer) return issuer.error();
  X509* issuer_certificate = issuer->certificate.get();
  const Key key = make_key();
  const Name subject = make_name(names.front());
  const Certificate certificate =
      draft(key.get(), subject.get(), X509_get_subject_name(issuer_certificate), life);
  add_leaf_extensions(certificate.get(), issuer_certificate, "serverAuth");
  TOCSIN_TRY(add_names(certificate.get(), names));
  sign(certificate.get(), issuer->key.get());
  return KeyAndCertificate{to_pem(key.get()), to_pem(certificate.get())};
}

KeyAndRequest make_client_request(const std::string& common_name) {
  const Key key = make_key();
  const Name subject = make_name(common_name);
  const Request request{X509_REQ_new()};
  must(request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
       X509_REQ_set_subject_name(request.get(), subject.get()) == 1 &&
       X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
       X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0);
  return {to_pem(key.get()), to_pem([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request.get()); })};
}

Result<std::string> issue_client_certificate(const KeyAndCertificate& authority, std::string_view request_pem,
                                             const std::string& common_name, std::chrono::days life) {
  const auto issuer = read_authority(authority);
  if (!issuer) return issuer.error();
  const Request request{PEM_read_bio_X509_REQ(memory(request_pem).get(), nullptr, nullptr, nullptr)};
  if (!request) return unreadable("certificate signing request");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  // The signature proves that the asker holds the key.
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return Error{Errc::invalid_input, "the certificate signing request is not signed by its own key"};
  }
  X509* issuer_certificate = issuer->certificate.get();
  const Name subject = make_name(common_name);
  const Certificate certificate = draft(key, subject.get(), X509_get_subject_name(issuer_certificate), life);
  add_leaf_extensions(certificate.get(), issuer_certificate, "clientAuth");
  sign(certificate.get(), issuer->key.get());
  return to_pem(certificate.get());
}

Result<std::string> certificate_sha256(std::string_view certificate_pem) {
  const auto certificate = read_certificate(certificate_pem);
  if (!certificate) return certificate.error();
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  must(X509_digest(certificate->get(), EVP_sha256(), digest.data(), &size) == 1);
  return to_hex(std::as_bytes(std::span{digest}));
}

Result<Timestamp> certificate_end(std::string_view certificate_pem) {
  const auto certificate = read_certificate(certificate_pem);
  if (!certificate) return certificate.error();
  std::tm parts{};
  must(ASN1_TIME_to_tm(X509_get0_notAfter(certificate->get()), &parts) == 1);
  return Timestamp{std::chrono::seconds{::timegm(&parts)}};
}

Result<std::string> public_key_pin(std::string_view certificate_pem) {
  const auto certificate = read_certificate(certificate_pem);
  if (!certificate) return certificate.error();
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->get()), &der);
  must(size > 0);
  const Hash hash =
      sha256(std::string_view{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return to_base64url(hash);
}

Result<std::string> first_certificate(std::string_view pem) {
  const auto certificate = read_certificate(pem);
  if (!certificate) return certificate.error();
  return to_pem(certificate->get());
}

}  // namespace tocsin::net
