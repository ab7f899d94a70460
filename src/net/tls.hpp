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

struct TlsSessionDelete {
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsSession = std::unique_ptr<SSL, TlsSessionDelete>;

/// Of the options only certificate, key and the authority of clients count.
Result<std::shared_ptr<const SSL_CTX>> make_server_context(const ServerOptions& options);

/// A server's session on a connected, non-blocking socket that stays the caller's. Null when memory is short.
TlsSession make_server_session(const SSL_CTX& context, int socket);

/// Hex SHA-256 of the verified client certificate; empty when there is none.
std::string client_certificate_sha256(const SSL* session);

}  // namespace tocsin::net
