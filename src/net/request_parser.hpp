#pragma once

/// One HTTP/1.1 request, read from bytes as they arrive.
///
/// Source:  RFC 9112; parsed by Boost.Beast. Stricter than it where two parties could disagree on where a
/// request
///          ends: Content-Length beside Transfer-Encoding, a coding other than "chunked", no or several Host.
/// Errors:  a refusal with its status: 400, 413, 414, 417, 431, 501, 505.
/// Threads: one thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/server.hpp"

namespace tocsin::net {

/// Why the server itself answers a request.
struct Refusal {
  unsigned status = 0;
  std::string detail;
};

class RequestParser {
 public:
  RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max);
  ~RequestParser();

  /// Takes bytes; returns how many it is done with. What it leaves must come again in front of the next
  /// bytes, unless done() or refusal().
  std::size_t feed(std::string_view bytes);

  bool head_done() const;
  bool done() const;
  const std::optional<Refusal>& refusal() const;

  bool is_head_method() const;     ///< the answer has no body
  bool keep_alive() const;         ///< as the client asks; valid from head_done()
  bool http_1_1() const;           ///< else 1.0
  bool expects_continue() const;   ///< the client waits for "100 Continue" before it sends the body
  std::size_t body_bytes() const;  ///< declared or received, whichever is more
  Request& request();              ///< complete when done(), but for what the connection knows

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tocsin::net
