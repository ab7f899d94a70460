#pragma once

/// The HTTP/1.1 server: TLS, limits and deadlines on everything, streams that a slow reader cannot grow.
///
/// Contract: `Handler` is called on one of the server's threads with a whole request and answers through the
///           `Responder`, then or later, from any thread, exactly once. A dropped responder answers 500.
/// Errors:   what breaks a limit never reaches the handler: 400, 408, 413, 414, 431, 503 with a problem
/// document. Threads:  see each type. Nothing here throws. Source:   RFC 9112 (HTTP/1.1), RFC 8446 (TLS 1.3),
/// WHATWG HTML §9.2 (Server-Sent Events), RFC 9457 (problems).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin::net {

struct Request {
  std::string method;  ///< upper case
  std::string path;    ///< percent-decoded, without the query; never with NUL or ".."
  std::string target;  ///< as sent
  std::vector<std::pair<std::string, std::string>> query;    ///< percent-decoded, in order, repeats kept
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
  std::string body;
  std::string peer_address;                        ///< without port
  std::string client_certificate_sha256;           ///< hex of the verified client certificate; else empty
  std::chrono::steady_clock::time_point received;  ///< when the head was complete

  std::optional<std::string_view> header(std::string_view lower_case_name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;  ///< the first of that name
};

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>>
      headers;  ///< Content-Length, Date and Connection are the server's
  std::string body;
  /// In place of `body`: bytes that many answers share. Let go once they are sent, or the connection is gone.
  std::shared_ptr<const std::string> shared_body = nullptr;

  std::string_view bytes() const { return shared_body ? std::string_view{*shared_body} : body; }
};

/// Wakes a stream that had nothing to say. Copies wake the same stream. Any thread; does nothing once it
/// ended.
class Waker {
 public:
  Waker() = default;
  explicit Waker(std::function<void()> wake) : wake_{std::move(wake)} {}
  void operator()() const {
    if (wake_) wake_();
  }

 private:
  std::function<void()> wake_;
};

/// A response without end. The server asks for the next bytes only when the last ones are on their way, so a
/// reader that stalls holds one chunk and nothing grows. Calls come one at a time, on a server's thread.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  struct Chunk {
    std::shared_ptr<const std::string> bytes;  ///< null: nothing to say now
    std::chrono::milliseconds wait{15'000};    ///< then ask again after this, or when woken
    bool end = false;  ///< after these bytes the stream ends and the connection closes
  };
  /// Called once, before the first pull.
  virtual void start(Waker waker) = 0;
  virtual Chunk pull() = 0;
};

/// The way to answer one request. Movable; any thread; exactly one of the calls, once.
class Responder {
 public:
  class Target;  // a connection that waits for its answer
  Responder() = default;
  explicit Responder(std::shared_ptr<Target> target);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void send(Response response);
  /// `head` without a body; chunked until the source ends.
  void stream(Response head, std::unique_ptr<StreamSource> source);

 private:
  std::shared_ptr<Target> target_;
};

using Handler = std::function<void(Request, Responder)>;

/// Words what the server itself refuses. `target` is as far as it was read; empty when that failed.
using Refuser = std::function<Response(std::string_view target, unsigned status, std::string_view detail)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;  ///< 0: any free one
  unsigned threads = 2;
  std::string certificate_chain_pem;  ///< PEM texts, not paths
  std::string private_key_pem;
  std::string client_ca_pem;  ///< empty: client certificates are not asked for; else optional, verified
  Refuser refuser;            ///< none: problem documents
  std::size_t connections_max = 20'000;
  std::size_t connections_per_address_max = 20'000;
  std::size_t header_bytes_max = 16 << 10;
  std::size_t body_bytes_max = 64 << 20;
  std::size_t bodies_bytes_max = 1 << 30;  ///< of all requests that are being read; beyond it 503
  std::chrono::milliseconds handshake_deadline{10'000};
  std::chrono::milliseconds head_deadline{
      10'000};  ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body_deadline{120'000};
  std::chrono::milliseconds idle_deadline{75'000};  ///< between requests of one connection
  std::chrono::milliseconds write_deadline{
      30'000};  ///< a stream whose reader takes nothing for this long is cut
};

class Server {
 public:
  /// Listens and serves until stop() or destruction. Errors: unavailable (address in use), invalid_input (bad
  /// PEM).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  /// Takes no new connections, lets answers under way finish for up to `grace`, ends streams, joins the
  /// threads.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual std::size_t connections() const = 0;
  /// Shows another certificate to whoever connects from now on; what is connected goes on. Errors:
  /// invalid_input (bad PEM): the old one stays.
  virtual Status use_certificate(const std::string& chain_pem, const std::string& private_key_pem) = 0;
};

/// Text of an HTTP status, e.g. 404 → "Not Found".
std::string_view reason_phrase(unsigned status);
/// Percent-decoding of a path or query part. nullopt on a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);

}  // namespace tocsin::net
