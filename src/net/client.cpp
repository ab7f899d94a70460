#include "net/client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "net/certificates.hpp"
#include "net/sigpipe.hpp"

namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t header_bytes_max = 256 << 10;
constexpr std::size_t ca_answer_bytes_max = 256 << 10;
constexpr long idle_connection_seconds_max =
    60;  // less than a server's idle deadline: no request into a closing one

void start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  TOCSIN_CHECK(started, "libcurl starts");
}

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDelete {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

curl_blob blob(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

bool is_loopback(std::string_view url) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    const auto rest = url.substr(std::min(url.size(), std::string_view{"https://"}.size()));
    if (rest.starts_with(host) &&
        (rest.size() == host.size() || rest[host.size()] == ':' || rest[host.size()] == '/'))
      return true;
  }
  return false;
}

}  // namespace

std::string_view ClientResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

struct Client::State {
  explicit State(ClientOptions client_options) : options{std::move(client_options)} {
    start_curl();
    easy.reset(curl_easy_init());
    multi.reset(curl_multi_init());
    TOCSIN_CHECK(easy && multi, "no memory for a libcurl handle");
    prepare();
  }
  ~State() {
    const WithoutSigpipe quiet;  // closing says goodbye to peers that may be gone
    easy.reset();
    multi.reset();
  }

  void prepare() {
    CURL* handle = easy.get();
    const auto set = [handle](CURLoption option, auto value) {
      TOCSIN_CHECK(curl_easy_setopt(handle, option, value) == CURLE_OK,
                   "libcurl lacks an option that is needed");
    };
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_MAXAGE_CONN, idle_connection_seconds_max);
    set(CURLOPT_NOPROGRESS, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_deadline.count()));
    set(CURLOPT_USERAGENT, "tocsin");
    set(CURLOPT_ERRORBUFFER, error_text.data());
    if (is_loopback(options.base_url) || options.may_connect) set(CURLOPT_PROXY, "");
    if (options.may_connect) {
      set(CURLOPT_OPENSOCKETFUNCTION, &State::open_socket);
      set(CURLOPT_OPENSOCKETDATA, this);
    }
    if (!options.ca_pem.empty()) {
      curl_blob roots = blob(options.ca_pem);
      set(CURLOPT_CAINFO_BLOB, &roots);
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else the system's roots would count as well
    }
    if (!options.client_certificate_pem.empty()) {
      curl_blob certificate = blob(options.client_certificate_pem);
      curl_blob key = blob(options.client_key_pem);
      set(CURLOPT_SSLCERT_BLOB, &certificate);
      set(CURLOPT_SSLCERTTYPE, "PEM");
      set(CURLOPT_SSLKEY_BLOB, &key);
      set(CURLOPT_SSLKEYTYPE, "PEM");
    }
    set(CURLOPT_HEADERFUNCTION, &State::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &State::take_body);
    set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<State*>(self)->header({bytes, size * count}) ? size * count : 0;
  }
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<State*>(self)->body({bytes, size * count}) ? size * count : 0;
  }

  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* to) {
    return static_cast<State*>(self)->is_allowed(to->addr)
               ? ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol)
               : CURL_SOCKET_BAD;
  }

  bool is_allowed(const sockaddr& to) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (to.sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in&>(to).sin_addr;
    if (to.sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(to).sin6_addr;
    if (bytes == nullptr || ::inet_ntop(to.sa_family, bytes, text.data(), text.size()) == nullptr)
      return false;
    const Status may = options.may_connect(text.data());
    if (!may) refused = may.error();
    return static_cast<bool>(may);
  }

  bool header(std::string_view line) {
    last_bytes = SteadyClock::now();
    header_bytes += line.size();
    if (header_bytes > header_bytes_max) return stop("the answer's header is too large");
    if (line.starts_with("HTTP/")) {  // a new head: that of "100 Continue" was none
      response = {};
      return true;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    response.headers.emplace_back(to_lower_ascii(line.substr(0, colon)), trim(line.substr(colon + 1)));
    return true;
  }

  bool body(std::string_view bytes) {
    last_bytes = SteadyClock::now();
    if (on_bytes != nullptr && status() == 200) {
      if ((*on_bytes)(bytes)) return true;
      ended_by_receiver = true;
      return false;
    }
    if (response.body.size() + bytes.size() > options.response_bytes_max)
      return stop("the answer is larger than " + std::to_string(options.response_bytes_max) + " bytes");
    response.body += bytes;
    return true;
  }

  bool stop(std::string why) {
    stopped_because = std::move(why);
    return false;
  }

  unsigned status() const {
    long code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
    return static_cast<unsigned>(code);
  }

  /// Fills `list`; false when out of memory.
  std::unique_ptr<curl_slist, ListDelete> header_list(const ClientRequest& request) const {
    std::unique_ptr<curl_slist, ListDelete> list;
    const auto add = [&list](const std::string& line) {
      curl_slist* longer = curl_slist_append(list.get(), line.c_str());
      TOCSIN_CHECK(longer != nullptr, "no memory for a header line");
      static_cast<void>(list.release());
      list.reset(longer);
    };
    add("Expect:");  // never wait for "100 Continue"
    bool names_type = false;
    for (const auto& [name, value] : request.headers) {
      names_type = names_type || iequals_ascii(name, "content-type");
      add(value.empty() ? name + ";" : name + ": " + value);
    }
    if (!names_type) add("Content-Type:");  // libcurl would call every body a form
    if (!options.bearer_token.empty()) add("Authorization: Bearer " + options.bearer_token);
    return list;
  }

  Result<ClientResponse> perform(const ClientRequest& request, std::optional<milliseconds> silence_max) {
    for (const auto& [name, value] : request.headers)
      if ((name + value).find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos)
        return Error{Errc::invalid_input, "a header field with a line break"};
    CURL* handle = easy.get();
    const std::string url = options.base_url + request.target;
    const auto headers = header_list(request);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     silence_max ? 0L : static_cast<long>(options.request_deadline.count()));
    const bool sends_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
    if (sends_body) {
      curl_easy_setopt(handle, CURLOPT_POST, 1L);
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    } else if (request.method != "HEAD") {
      curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST,
                     request.method == "HEAD" ? nullptr : request.method.c_str());

    response = {};
    header_bytes = 0;
    ended_by_receiver = false;
    stopped_because.clear();
    refused.reset();
    error_text[0] = '\0';
    last_bytes = SteadyClock::now();
    TOCSIN_CHECK(curl_multi_add_handle(multi.get(), handle) == CURLM_OK, "a transfer is already under way");
    const WithoutSigpipe quiet;
    const auto done = drive(silence_max);
    curl_multi_remove_handle(multi.get(), handle);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, nullptr);
    if (ended_by_receiver || (done && *done == CURLE_OK)) {
      response.status = status();
      return std::move(response);
    }
    if (!done && was_cancelled) return Error{Errc::unavailable, "cancelled"};
    if (!done)
      return Error{Errc::unavailable, options.base_url + ": nothing arrived for " +
                                          std::to_string(silence_max->count()) + " ms"};
    // Where one of several addresses was refused and another did not answer, the refusal says more.
    if (refused) return in_context(options.base_url, *refused);
    if (!stopped_because.empty()) return Error{Errc::unavailable, options.base_url + ": " + stopped_because};
    const std::string_view why = error_text[0] != '\0' ? error_text.data() : curl_easy_strerror(*done);
    return Error{Errc::unavailable, options.base_url + ": " + std::string{why}};
  }

  /// Runs the transfer to its end; nullopt when it was cancelled or silent for too long.
  std::optional<CURLcode> drive(std::optional<milliseconds> silence_max) {
    was_cancelled = false;
    for (;;) {
      if (cancelled.exchange(false) || (options.given_up && options.given_up())) {
        was_cancelled = true;
        return std::nullopt;
      }
      int running = 0;
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left))
        if (message->msg == CURLMSG_DONE) return message->data.result;
      auto wait = milliseconds{1000};
      if (silence_max) {
        const auto left_ms = std::chrono::ceil<milliseconds>(last_bytes + *silence_max - SteadyClock::now());
        if (left_ms <= milliseconds{0}) return std::nullopt;
        wait = std::min(wait, left_ms);
      }
      // cancel() sets the flag first and then wakes this wait, or the next one.
      curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
  }

  void cancel() {
    cancelled.store(true);
    curl_multi_wakeup(multi.get());
  }

  const ClientOptions options;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::unique_ptr<CURLM, MultiDelete> multi;
  std::unique_ptr<CURL, EasyDelete> easy;
  std::atomic<bool> cancelled{false};

  // Of the transfer under way.
  ClientResponse response;
  std::size_t header_bytes = 0;
  const std::function<bool(std::string_view)>* on_bytes = nullptr;
  bool ended_by_receiver = false;
  bool was_cancelled = false;
  std::string stopped_because;
  std::optional<Error> refused;  // an address that may not be connected to
  SteadyClock::time_point last_bytes;
};

Client::Client(ClientOptions options) : state_{std::make_unique<State>(std::move(options))} {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::request(const ClientRequest& request) {
  state_->on_bytes = nullptr;
  return state_->perform(request, std::nullopt);
}

Result<ClientResponse> Client::stream(const ClientRequest& request, std::chrono::milliseconds silence_max,
                                      const std::function<bool(std::string_view)>& on_bytes) {
  state_->on_bytes = &on_bytes;
  auto response = state_->perform(request, silence_max);
  state_->on_bytes = nullptr;
  return response;
}

void Client::cancel() {
  state_->cancel();
}

Result<std::string> Client::fetch_pinned_ca(const std::string& url, std::string_view pin) {
  ClientOptions options;
  options.base_url = url;
  options.request_deadline = options.connect_deadline;
  options.response_bytes_max = ca_answer_bytes_max;
  Client client{std::move(options)};
  // Only for this fetch: what comes back is believed for its pin alone.
  curl_easy_setopt(client.state_->easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(client.state_->easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  const auto response = client.request({});
  if (!response) return response.error();
  if (response->status != 200)
    return Error{Errc::unavailable, url + " answered with status " + std::to_string(response->status)};
  // Only the certificate that the pin vouches for; whatever else stood in the answer must not become trusted.
  auto certificate = first_certificate(response->body);
  if (!certificate) return Error{Errc::denied, url + " sent no certificate"};
  const auto found = public_key_pin(*certificate);
  if (!found || !equal_constant_time(*found, pin))
    return Error{Errc::denied, url + " has another certificate authority than the pinned one"};
  return certificate;
}

}  // namespace tocsin::net
