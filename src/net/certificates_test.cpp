#include "net/certificates.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace tocsin::net {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate{PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), X509_free};
  BIO_free(bio);
  return certificate;
}

/// As a verifier does it, with the purpose checked.
bool verifies(const std::string& leaf_pem, const std::string& authority_pem, int purpose) {
  const auto leaf = read(leaf_pem);
  const auto root = read(authority_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
  const bool good = X509_verify_cert(context) == 1;
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return good;
}

constexpr std::chrono::days life{10};

TEST(Certificates, ServerCertificateHoldsForItsNamesOnly) {
  const auto authority = make_authority("A", life);
  const auto server = issue_server_certificate(authority, {"hub.example", "192.0.2.1", "2001:db8::1"}, life);
  ASSERT_TRUE(server);
  EXPECT_TRUE(verifies(server->certificate_pem, authority.certificate_pem, X509_PURPOSE_SSL_SERVER));
  EXPECT_FALSE(verifies(server->certificate_pem, authority.certificate_pem, X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(
      verifies(server->certificate_pem, make_authority("A", life).certificate_pem, X509_PURPOSE_SSL_SERVER));
  const auto certificate = read(server->certificate_pem);
  EXPECT_EQ(X509_check_host(certificate.get(), "hub.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "evil.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "2001:db8::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.2", 0), 0);
  EXPECT_FALSE(issue_server_certificate(authority, {"not a name\n"}, life));
  EXPECT_FALSE(issue_server_certificate(authority, {}, life));
}

TEST(Certificates, AuthoritySignsOnlyLeaves) {
  const auto authority = make_authority("A", life);
  const auto certificate = read(authority.certificate_pem);
  EXPECT_GT(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_get_pathlen(certificate.get()), 0);
  EXPECT_EQ(X509_get_key_usage(certificate.get()), static_cast<unsigned>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  // A leaf that plays the authority is not believed.
  const auto leaf = issue_server_certificate(authority, {"a"}, life).value();
  const auto forged = issue_server_certificate(leaf, {"b"}, life).value();
  EXPECT_FALSE(verifies(forged.certificate_pem, leaf.certificate_pem, X509_PURPOSE_SSL_SERVER));
}

TEST(Certificates, ValidityBeginsAnHourAgoAndSerialsDiffer) {
  const auto authority = make_authority("A", life);
  const auto certificate = read(authority.certificate_pem);
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate.get()), nullptr);
  EXPECT_EQ(days, 0);
  EXPECT_NEAR(seconds, 3600, 60);
  const auto a = issue_server_certificate(authority, {"a"}, life).value();
  const auto b = issue_server_certificate(authority, {"a"}, life).value();
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(read(a.certificate_pem).get()),
                             X509_get0_serialNumber(read(b.certificate_pem).get())),
            0);
}

TEST(Certificates, ClientCertificateCarriesTheNameTheHubGives) {
  const auto authority = make_authority("A", life);
  const auto request = make_client_request("I call myself operator");
  const auto pem = issue_client_certificate(authority, request.request_pem, "member-7", life);
  ASSERT_TRUE(pem);
  EXPECT_TRUE(verifies(*pem, authority.certificate_pem, X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(verifies(*pem, authority.certificate_pem, X509_PURPOSE_SSL_SERVER));
  const auto certificate = read(*pem);
  char name[100];
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
  EXPECT_STREQ(name, "member-7");
}

TEST(Certificates, RequestMustBeSignedByItsOwnKey) {
  const auto authority = make_authority("A", life);
  const auto request = make_client_request("x");
  // Flips a bit inside the signature, which ends the DER.
  BIO* in = BIO_new_mem_buf(request.request_pem.data(), static_cast<int>(request.request_pem.size()));
  X509_REQ* broken = PEM_read_bio_X509_REQ(in, nullptr, nullptr, nullptr);
  const ASN1_BIT_STRING* signature = nullptr;
  X509_REQ_get0_signature(broken, &signature, nullptr);
  signature->data[signature->length - 1] ^= 1;
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(out, broken);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  const std::string broken_pem{bytes, static_cast<std::size_t>(size)};
  BIO_free(in);
  BIO_free(out);
  X509_REQ_free(broken);
  EXPECT_EQ(issue_client_certificate(authority, broken_pem, "x", life).error().code, Errc::invalid_input);
  EXPECT_EQ(issue_client_certificate(authority, "rubbish", "x", life).error().code, Errc::invalid_input);
  EXPECT_EQ(issue_client_certificate({"", ""}, request.request_pem, "x", life).error().code,
            Errc::invalid_input);
}

// Vectors made with the openssl program from the same PEM:
//   openssl x509 -outform der | sha256sum ; openssl x509 -pubkey -noout | openssl pkey -pubin -outform der |
//   sha256
TEST(Certificates, DigestsAreThoseOfOtherTools) {
  const std::string pem = R"(-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUZWL/lsMkwU6CpvSMcdVEzBits68wCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGdmVjdG9yMB4XDTI2MTEyMzE0MDQwOFoXDTM2MTEyMDE0MDQw
OFowETEPMA0GA1UEAwwGdmVjdG9yMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
TmV446DPM+Lz4g4w2pLSxdsoe/reAmTBL9Sq9/Kx38xoOI0WBC2zQwW9DhMv4Kee
v13AhRUv0FfHSwwFasA29aNTMFEwHQYDVR0OBBYEFNgJOjx7BGdGgQqsB8y/NEWh
7kejMB8GA1UdIwQYMBaAFNgJOjx7BGdGgQqsB8y/NEWh7kejMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAOIBrCBSslViuaantDk15UI7NqkIIlJI
W+IxTT9uy+sDAiBew2rldSlweUfXvk3nT8HFLK4m2C8yzlsZhEqur+Sjng==
-----END CERTIFICATE-----
)";
  EXPECT_EQ(certificate_sha256(pem).value(),
            "eeb627ee6b71212f64f51a88261fc98c51d403bfabbf47e9c3cf25642273d0be");
  EXPECT_EQ(public_key_pin(pem).value(), "QgFg_2s7NE6kNzbOpSf_29-OfWdDQRLzZ9qzTynqcw8");
  EXPECT_FALSE(certificate_sha256("no PEM"));
  EXPECT_FALSE(public_key_pin(""));
}

TEST(Certificates, FirstCertificateLeavesTheOthers) {
  const auto a = make_authority("A", life);
  const auto b = make_authority("B", life);
  EXPECT_EQ(first_certificate("text before\n" + a.certificate_pem + b.certificate_pem).value(),
            a.certificate_pem);
  EXPECT_FALSE(first_certificate("text"));
}

}  // namespace
}  // namespace tocsin::net
