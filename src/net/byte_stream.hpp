#pragma once

/// A connection over TCP, or TLS with pinned trust, that bytes are written to: for protocols that are not
/// HTTP and whose receivers answer nothing (syslog).
///
/// Errors:  unavailable when the peer cannot be reached, its TLS identity is wrong, it has hung up, or time
/// is up. Threads: one. Source:  built on libcurl; no proxy of the environment is used.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::net {

class ByteStream {
 public:
  struct Options {
    std::string host, port;
    bool tls = false;
    std::string ca_pem;  ///< the only roots trusted; empty: the system's
    std::chrono::milliseconds connect_deadline{5'000}, send_deadline{10'000};
  };
  static Result<ByteStream> open(const Options& options);
  ~ByteStream();
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;

  /// All of it is with the operating system when it returns; whether the peer has read it, nobody says.
  Status send(std::string_view bytes);
  /// Unavailable once the peer has closed its end. What it says is thrown away.
  Status check();

 private:
  struct State;
  explicit ByteStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::net
