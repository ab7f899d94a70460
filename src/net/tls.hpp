#pragma once

/// TLS on a socket, by OpenSSL alone: records go straight between the socket and the caller's buffers, so
/// that an idle connection holds no buffer of its own.
///
/// Source:  RFC 8446 (TLS 1.3); TLS 1.2 with forward secrecy and AEAD only (RFC 9325 §4.2).
/// Errors:  invalid_input for PEM that cannot be used.
/// Threads: a context may be shared; a session belongs to one thread at a time.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/server.hpp"

namespace tocsin::net {

struct TlsContextDelete {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct TlsSessionDelete {
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDelete>;
using TlsSession = std::unique_ptr<SSL, TlsSessionDelete>;

Result<TlsContext> make_server_context(const ServerOptions& options);

/// A server's session on a connected, non-blocking socket that stays the caller's. Null when memory is short.
TlsSession make_server_session(SSL_CTX* context, int socket);

/// Hex SHA-256 of the verified client certificate; empty when there is none.
std::string client_certificate_sha256(const SSL* session);

}  // namespace tocsin::net
