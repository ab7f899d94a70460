#include "net/byte_stream.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <array>

#include "base/check.hpp"
#include "net/sigpipe.hpp"

namespace tocsin::net {

struct ByteStream::State {
  State() = default;
  ~State() {
    const WithoutSigpipe quiet;  // TLS says goodbye to peers that may be gone
    if (easy != nullptr) curl_easy_cleanup(easy);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Error failed(std::string_view why) const { return {Errc::unavailable, peer + ": " + std::string{why}}; }

  CURL* easy = nullptr;
  std::string peer;
  std::chrono::milliseconds send_deadline{};
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

ByteStream::ByteStream(std::unique_ptr<State> state) : state_{std::move(state)} {}
ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;

Result<ByteStream> ByteStream::open(const Options& options) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  auto state = std::make_unique<State>();
  state->easy = curl_easy_init();
  TOCSIN_CHECK(started && state->easy != nullptr, "libcurl starts");
  const bool v6 = options.host.find(':') != std::string::npos;
  state->peer = (v6 ? "[" + options.host + "]" : options.host) + ":" + options.port;
  state->send_deadline = options.send_deadline;
  const auto set = [&](CURLoption option, auto value) {
    TOCSIN_CHECK(curl_easy_setopt(state->easy, option, value) == CURLE_OK,
                 "libcurl lacks an option that is needed");
  };
  // The scheme only chooses between TCP and TLS: with CONNECT_ONLY nothing of HTTP is spoken.
  const std::string url = (options.tls ? "https://" : "http://") + state->peer + "/";
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_ENABLE_ALPN, 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_deadline.count()));
  set(CURLOPT_ERRORBUFFER, state->error_text.data());
  if (!options.ca_pem.empty()) {
    curl_blob roots{const_cast<char*>(options.ca_pem.data()), options.ca_pem.size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &roots);
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else the system's roots would count as well
  }
  const WithoutSigpipe quiet;
  if (const auto done = curl_easy_perform(state->easy); done != CURLE_OK)
    return state->failed(state->error_text[0] != '\0' ? state->error_text.data() : curl_easy_strerror(done));
  return ByteStream{std::move(state)};
}

Status ByteStream::send(std::string_view bytes) {
  auto& state = *state_;
  const WithoutSigpipe quiet;
  const auto end = std::chrono::steady_clock::now() + state.send_deadline;
  while (!bytes.empty()) {
    std::size_t sent = 0;
    const auto done = curl_easy_send(state.easy, bytes.data(), bytes.size(), &sent);
    if (done == CURLE_OK) {
      bytes.remove_prefix(sent);
      continue;
    }
    if (done != CURLE_AGAIN) return state.failed(curl_easy_strerror(done));
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(state.easy, CURLINFO_ACTIVESOCKET, &socket);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd ready{socket, POLLOUT, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) return state.failed("it takes nothing");
  }
  return {};
}

Status ByteStream::check() {
  auto& state = *state_;
  const WithoutSigpipe quiet;
  std::array<char, 512> unused{};
  for (;;) {
    std::size_t count = 0;
    const auto done = curl_easy_recv(state.easy, unused.data(), unused.size(), &count);
    if (done == CURLE_AGAIN) return {};
    if (done != CURLE_OK || count == 0) return state.failed("it has hung up");
  }
}

}  // namespace tocsin::net
