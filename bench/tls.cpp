#include "tls.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "measure.hpp"

namespace tocsin::bench {
namespace {

int connected_socket(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    give_up("port " + std::to_string(port) + " does not answer");
  return socket;
}

void send_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

TlsContext client_context() {
  TlsContext context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  if (!context) give_up("no TLS");
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

TlsContext server_context(const std::string& certificate_pem, const std::string& key_pem) {
  TlsContext context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  const std::unique_ptr<BIO, int (*)(BIO*)> certificate_text{
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())), BIO_free};
  const std::unique_ptr<BIO, int (*)(BIO*)> key_text{
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), BIO_free};
  const std::unique_ptr<X509, void (*)(X509*)> certificate{
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr), X509_free};
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
  if (!context || SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    give_up("the bare server has no certificate");
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

TlsConnection::TlsConnection(const TlsContext& context, std::uint16_t port)
    : socket_{connected_socket(port)}, tls_{SSL_new(context.get())} {
  send_at_once(socket_);
  if (SSL_set_fd(tls_, socket_) != 1 || SSL_connect(tls_) != 1) give_up("the TLS handshake failed");
}

TlsConnection::TlsConnection(const TlsContext& context, int accepted_socket)
    : socket_{accepted_socket}, tls_{SSL_new(context.get())} {
  send_at_once(socket_);
  if (SSL_set_fd(tls_, socket_) != 1 || SSL_accept(tls_) != 1) give_up("the TLS handshake failed");
}

TlsConnection::~TlsConnection() {
  SSL_free(tls_);
  ::close(socket_);
}

void TlsConnection::do_not_wait() {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

void TlsConnection::wait_for(short events) const {
  pollfd poll{socket_, events, 0};
  if (::poll(&poll, 1, 60'000) != 1) give_up("a connection hung for a minute");
}

void TlsConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int written = SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int why = SSL_get_error(tls_, written);
    if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ) give_up("a connection broke");
    wait_for(why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN);
  }
}

bool TlsConnection::read(std::string& out) {
  thread_local std::array<char, 64 << 10> buffer;
  bool any = false;
  for (;;) {
    const int size = SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()));
    if (size > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(size));
      any = true;
      // A blocking reader must not ask again: nothing more may come. Others ask until there is nothing.
      if ((::fcntl(socket_, F_GETFL) & O_NONBLOCK) == 0) return true;
      continue;
    }
    const int why = SSL_get_error(tls_, size);
    if (why == SSL_ERROR_WANT_READ) return true;
    return any;
  }
}

std::optional<Answer> take_answer(std::string& received) {
  const auto head_end = received.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  const std::string_view head{received.data(), head_end};
  Answer answer;
  std::size_t length = 0;
  if (head.size() < 12 || std::from_chars(head.data() + 9, head.data() + 12, answer.status).ec != std::errc{})
    give_up("this is no HTTP answer");
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    constexpr std::string_view name = "content-length:";
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size() && same; ++i) same = (line[i] | 0x20) == (name[i] | 0x20);
    if (!same) continue;
    const auto digits = line.substr(line.find_first_not_of(' ', name.size()));
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
  }
  if (received.size() < head_end + 4 + length) return std::nullopt;
  answer.body = received.substr(head_end + 4, length);
  received.erase(0, head_end + 4 + length);
  return answer;
}

Answer ask(TlsConnection& connection, std::string_view request) {
  connection.write(request);
  std::string received;
  for (;;) {
    if (!connection.read(received)) give_up("the hub closed a connection");
    if (auto answer = take_answer(received)) return *std::move(answer);
  }
}

std::string get_request(std::string_view target, std::string_view token, std::string_view accept) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         std::string{token} + "\r\nAccept: " + std::string{accept} + "\r\n\r\n";
}

std::string post_request(std::string_view target, std::string_view token, std::string_view body) {
  return "POST " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         std::string{token} +
         "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

void must_accept(const Answer& answer, std::size_t count) {
  if (answer.status != 200 || !answer.body.starts_with("{\"accepted\":" + std::to_string(count) + ','))
    give_up("the hub did not accept all: " + std::to_string(answer.status) + ' ' +
            answer.body.substr(0, 400));
}

}  // namespace tocsin::bench
