#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace tocsin::net {
namespace {

struct BioDelete {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct X509Delete {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyDelete {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, BioDelete>;
using Certificate = std::unique_ptr<X509, X509Delete>;
using Key = std::unique_ptr<EVP_PKEY, KeyDelete>;

// A BIO over a socket, as OpenSSL's own, but a peer that is gone must not raise SIGPIPE in the whole program.
int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tocsin socket");
    TOCSIN_CHECK(made != nullptr, "no memory for a BIO method");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

Bio memory(std::string_view text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

Error bad_pem(const char* what) {
  ERR_clear_error();
  return Error{Errc::invalid_input, std::string{what} + " cannot be used"};
}

Status use_certificate_chain(SSL_CTX* context, std::string_view pem) {
  const auto bio = memory(pem);
  const Certificate leaf{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return bad_pem("the server certificate");
  for (;;) {
    Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return bad_pem("the server's certificate chain");
    static_cast<void>(next.release());
  }
  ERR_clear_error();
  return {};
}

Status use_key(SSL_CTX* context, std::string_view pem) {
  const auto bio = memory(pem);
  // Never ask a terminal for a password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)};
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return bad_pem("the server's private key");
  return {};
}

Status ask_for_client_certificates(SSL_CTX* context, std::string_view pem) {
  const auto bio = memory(pem);
  std::size_t roots = 0;
  for (;; ++roots) {
    const Certificate root{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!root) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) != 1 ||
        SSL_CTX_add_client_CA(context, root.get()) != 1)
      return bad_pem("the authority of client certificates");
  }
  if (roots == 0) return bad_pem("the authority of client certificates");
  ERR_clear_error();
  // Optional: without a certificate the handshake goes on, with a wrong one it ends.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> ours = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<const SSL_CTX>> make_server_context(const ServerOptions& options) {
  const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  TOCSIN_CHECK(context != nullptr, "no memory for a TLS context");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  TOCSIN_CHECK(SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1, "TLS 1.2 suites");
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_max_early_data(raw, 0);
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);  // a record's header and body in one system call
  // Tickets carry the session to the client; a cache here would only hold memory.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  constexpr std::string_view session_context = "tocsin";
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(session_context.data()),
                                 session_context.size());
  SSL_CTX_set_alpn_select_cb(raw, select_protocol, nullptr);
  TOCSIN_TRY(use_certificate_chain(raw, options.certificate_chain_pem));
  TOCSIN_TRY(use_key(raw, options.private_key_pem));
  if (!options.client_ca_pem.empty()) TOCSIN_TRY(ask_for_client_certificates(raw, options.client_ca_pem));
  return std::shared_ptr<const SSL_CTX>{context};
}

TlsSession make_server_session(const SSL_CTX& context, int socket) {
  // SSL_new takes a share of the context, which is counted inside it.
  TlsSession session{SSL_new(const_cast<SSL_CTX*>(&context))};
  BIO* bio = BIO_new(socket_method());
  if (!session || bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session.get(), bio, bio);
  SSL_set_accept_state(session.get());
  return session;
}

std::string client_certificate_sha256(const SSL* session) {
  const Certificate certificate{SSL_get1_peer_certificate(session)};
  if (!certificate || SSL_get_verify_result(session) != X509_V_OK) return {};
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
  return to_hex(std::as_bytes(std::span{digest}));
}

}  // namespace tocsin::net
