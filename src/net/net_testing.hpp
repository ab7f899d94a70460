#pragma once

/// What the tests and the benchmark of this folder share: one authority, servers on free loopback ports, and
/// a TLS client that sends any bytes.

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "net/certificates.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "net/sigpipe.hpp"

namespace tocsin::net::testing {

using namespace std::chrono_literals;

inline const KeyAndCertificate& authority() {
  static const auto made = make_authority("Test authority", std::chrono::days{30});
  return made;
}

inline ServerOptions server_options() {
  static const auto certificate =
      issue_server_certificate(authority(), {"localhost", "127.0.0.1"}, std::chrono::days{30}).value();
  ServerOptions options;
  options.port = 0;
  options.certificate_chain_pem = certificate.certificate_pem;
  options.private_key_pem = certificate.key_pem;
  return options;
}

inline std::unique_ptr<Server> start(ServerOptions options, Handler handler) {
  auto server = Server::start(std::move(options), std::move(handler));
  TOCSIN_CHECK(server.has_value(), "the test's server starts");
  return *std::move(server);
}

inline ClientOptions client_options(const Server& server) {
  ClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(server.port());
  options.ca_pem = authority().certificate_pem;
  options.request_deadline = 10s;
  return options;
}

/// Waits until `done` holds; false when it does not within `limit`.
template <class Condition>
bool eventually(Condition done, std::chrono::milliseconds limit = 5s) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(1000);
  }
  return true;
}

/// A blocking TLS connection that sends whatever a test wants.
class RawTls {
 public:
  explicit RawTls(std::uint16_t port, int receive_buffer_bytes = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawTls() {
    SSL_free(session_);  // without a goodbye: as peers vanish
    ::close(socket_);
  }
  RawTls(const RawTls&) = delete;
  RawTls& operator=(const RawTls&) = delete;

  bool handshake() {
    const WithoutSigpipe quiet;
    static SSL_CTX* const context = [] {
      SSL_CTX* made = SSL_CTX_new(TLS_client_method());
      SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
      SSL_CTX_clear_mode(made, SSL_MODE_AUTO_RETRY);
      return made;
    }();
    session_ = SSL_new(context);
    SSL_set_fd(session_, socket_);
    return connected_ && SSL_connect(session_) == 1;
  }
  bool send(std::string_view bytes) {
    const WithoutSigpipe quiet;
    return SSL_write(session_, bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }
  /// Some bytes; empty at the end of the connection or when nothing arrives for `limit`.
  std::string receive_some(std::chrono::milliseconds limit = 5s) {
    std::string bytes(16384, '\0');
    for (;;) {
      pollfd wait{socket_, POLLIN, 0};
      if (SSL_pending(session_) == 0 && ::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return {};
      const int size = SSL_read(session_, bytes.data(), static_cast<int>(bytes.size()));
      if (size > 0) bytes.resize(static_cast<std::size_t>(size));
      if (size > 0) return bytes;
      // A session ticket is no answer, and the wait goes on.
      if (SSL_get_error(session_, size) != SSL_ERROR_WANT_READ) return {};
    }
  }
  std::string receive_until_closed() {
    std::string all;
    for (;;) {
      auto some = receive_some();
      if (some.empty()) return all;
      all += some;
    }
  }
  std::string receive_until(std::string_view mark) {
    std::string all;
    while (all.find(mark) == std::string::npos) {
      auto some = receive_some();
      if (some.empty()) return all;
      all += some;
    }
    return all;
  }
  /// True when the server closes without more bytes within `limit`.
  bool closes_within(std::chrono::milliseconds limit) {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return false;
    if (session_ != nullptr) return receive_some(0ms).empty();
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) <= 0;
  }
  int socket() const { return socket_; }

 private:
  int socket_ = -1;
  bool connected_ = false;
  SSL* session_ = nullptr;
};

}  // namespace tocsin::net::testing
