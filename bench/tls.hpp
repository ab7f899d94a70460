#pragma once

/// TLS over OpenSSL with nothing around it: the clients that load the hub, and the bare server beside it.
///
/// Trust:   none is checked. Everything runs on loopback, and hub and limit are treated alike.
/// Errors:  end the program, as measure.hpp says. Threads: one per connection.

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::bench {

using TlsContext = std::shared_ptr<SSL_CTX>;
TlsContext client_context();
TlsContext server_context(const std::string& certificate_pem, const std::string& key_pem);

class TlsConnection {
 public:
  /// Connects to 127.0.0.1 and shakes hands.
  TlsConnection(const TlsContext& context, std::uint16_t port);
  /// The server's end of an accepted socket; shakes hands.
  TlsConnection(const TlsContext& context, int accepted_socket);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection();

  int socket() const { return socket_; }
  /// From now on `read` returns at once when there is nothing.
  void do_not_wait();
  /// All of `bytes`; waits until the peer has room.
  void write(std::string_view bytes);
  /// Appends what has come, at least one byte unless do_not_wait(). False once the peer has closed.
  bool read(std::string& out);

 private:
  void wait_for(short events) const;
  int socket_;
  SSL* tls_;
};

struct Answer {
  unsigned status = 0;
  std::string body;
};
/// The first whole answer (with Content-Length) in `received`, which loses it.
std::optional<Answer> take_answer(std::string& received);
/// Sends and waits for the answer.
Answer ask(TlsConnection& connection, std::string_view request);

std::string get_request(std::string_view target, std::string_view token, std::string_view accept = "*/*");
std::string post_request(std::string_view target, std::string_view token, std::string_view body);
/// Ends the program unless the hub accepted exactly `count` objects.
void must_accept(const Answer& answer, std::size_t count);

}  // namespace tocsin::bench
