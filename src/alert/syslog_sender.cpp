#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "alert/sender.hpp"
#include "base/file.hpp"
#include "net/byte_stream.hpp"

namespace tocsin::alert {
namespace {

using Transport = OutputSpec::Transport;

constexpr std::size_t batch_lines = 100;

/// A socket that datagrams are written to.
class Datagrams {
 public:
  Datagrams() = default;
  ~Datagrams() { close(); }
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  Status open(const OutputSpec& spec) {
    if (descriptor_ >= 0) return {};
    return spec.transport == Transport::unix_socket ? open_path(spec.path) : open_host(spec);
  }
  Status send(std::string_view message) {
    for (;;) {
      if (::send(descriptor_, message.data(), message.size(), MSG_NOSIGNAL) >= 0) return {};
      if (errno != EINTR) break;
    }
    return Error{Errc::unavailable, std::strerror(errno)};
  }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  Status open_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
      return Error{Errc::invalid_input, path + ": too long for a socket"};
    std::memcpy(address.sun_path, path.data(), path.size());
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const timeval wait{5, 0};  // a receiver that does not read must not hold us for ever
    (void)::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (descriptor_ >= 0 &&
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
      return {};
    const std::string why = std::strerror(errno);
    close();
    return Error{Errc::unavailable, path + ": " + why};
  }
  Status open_host(const OutputSpec& spec) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    const auto where = spec.host + ":" + spec.port;
    if (const int error = ::getaddrinfo(spec.host.c_str(), spec.port.c_str(), &wanted, &found); error != 0)
      return Error{Errc::unavailable, where + ": " + ::gai_strerror(error)};
    std::string why = "no address";
    for (const auto* one = found; one != nullptr && descriptor_ < 0; one = one->ai_next) {
      descriptor_ = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
      if (descriptor_ >= 0 && ::connect(descriptor_, one->ai_addr, one->ai_addrlen) == 0) break;
      why = std::strerror(errno);
      close();
    }
    ::freeaddrinfo(found);
    if (descriptor_ < 0) return Error{Errc::unavailable, where + ": " + why};
    return {};
  }

  int descriptor_ = -1;
};

class SyslogSender final : public Sender {
 public:
  SyslogSender(OutputSpec spec, Speaker speaker) : spec_{std::move(spec)}, speaker_{std::move(speaker)} {}
  std::size_t batch_max() const override { return batch_lines; }

  Outcome send(std::span<const std::string> lines) override {
    Outcome out;
    for (const auto& line : lines) {
      if (const auto status = send_one(syslog_message(spec_.form, line, speaker_)); !status) {
        datagrams_.close();
        stream_.reset();
        out.problem = status.error().detail;
        return out;
      }
      ++out.sent;
    }
    return out;
  }

 private:
  Status send_one(const std::string& message) {
    if (spec_.transport == Transport::unix_socket || spec_.transport == Transport::udp) {
      TOCSIN_TRY(datagrams_.open(spec_));
      return datagrams_.send(message);
    }
    // A receiver that closes tells it at once, and what was sent after that would be lost without a word.
    if (stream_ && !stream_->check()) stream_.reset();
    if (!stream_) {
      net::ByteStream::Options how;
      how.host = spec_.host;
      how.port = spec_.port;
      how.tls = spec_.transport == Transport::tls;
      if (!spec_.ca_file.empty()) {
        auto pem = read_file(spec_.ca_file);
        if (!pem) return pem.error();
        how.ca_pem = *std::move(pem);
      }
      auto opened = net::ByteStream::open(how);
      if (!opened) return opened.error();
      stream_.emplace(*std::move(opened));
    }
    return stream_->send(std::to_string(message.size()) + " " + message);  // RFC 5425 §4.3, RFC 6587 §3.4.1
  }

  const OutputSpec spec_;
  const Speaker speaker_;
  Datagrams datagrams_;
  std::optional<net::ByteStream> stream_;
};

}  // namespace

std::unique_ptr<Sender> make_syslog_sender(OutputSpec spec, Speaker speaker) {
  return std::make_unique<SyslogSender>(std::move(spec), std::move(speaker));
}

}  // namespace tocsin::alert
