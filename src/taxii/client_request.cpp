#include "taxii/client_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <thread>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "net/server.hpp"
#include "taxii/client_answer.hpp"

namespace tocsin::taxii::client {
namespace {

constexpr unsigned redirects_max = 3;

/// The standard's own first; then what servers take that know no versions, or only "anything".
constexpr std::array<std::string_view, 3> accepted{"application/taxii+json;version=2.1",
                                                   "application/taxii+json", "*/*"};

bool is_put_off(unsigned status, Repeat repeat) {
  if (status == 429 || status == 503) return true;
  return repeat == Repeat::always && (status == 502 || status == 504);  // of a proxy that lost an answer
}
bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

Errc code_of(unsigned status) {
  if (status == 401 || status == 403) return Errc::denied;
  if (status == 404 || status == 410) return Errc::not_found;
  if (status == 429) return Errc::overloaded;
  return status >= 500 ? Errc::unavailable : Errc::invalid_input;
}

/// Why an answer of this media type cannot be read; empty when it can. Versions are often left out.
std::string_view unreadable(std::string_view content_type) {
  const auto parts = split(content_type, ';');
  const auto type = to_lower_ascii(trim(parts.front()));
  if (type == "application/vnd.oasis.taxii+json" || type == "application/vnd.oasis.stix+json")
    return "speaks TAXII 2.0, and 2.1 is needed";
  for (const auto part : parts)
    if (const auto text = to_lower_ascii(trim(part)); text.starts_with("version=") && text != "version=2.1" &&
                                                      text != "version=\"2.1\"" && type != "application/json")
      return "answers with another version than 2.1";
  const bool known = type.empty() || type == "application/taxii+json" || type == "application/json" ||
                     type == "application/stix+json";
  return known ? "" : "answers with what is no TAXII: is this URL one of TAXII?";
}

net::ClientOptions client_options(const std::string& origin, const Access& access, const Limits& limits) {
  net::ClientOptions options;
  options.base_url = origin;
  options.ca_pem = access.ca_pem;
  options.bearer_token = access.bearer_token;
  options.client_certificate_pem = access.client_certificate_pem;
  options.client_key_pem = access.client_key_pem;
  options.may_connect = access.may_connect;
  options.given_up = access.given_up;
  options.connect_deadline = limits.connect_deadline;
  options.request_deadline = limits.request_deadline;
  options.response_bytes_max = limits.page_bytes_max;
  return options;
}

}  // namespace

Wait sleeping() {
  return [](std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    return true;
  };
}

std::optional<std::chrono::seconds> read_retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc{} && end == value.data() + value.size()) return std::chrono::seconds{seconds};
  std::tm date{};
  const std::string text{value};
  const char* rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const auto at = std::chrono::system_clock::from_time_t(::timegm(&date));
  return std::max(std::chrono::seconds{0}, std::chrono::ceil<std::chrono::seconds>(at - now));
}

Asker::Asker(std::string origin, const Access& access, Limits limits, Wait wait)
    : origin_{std::move(origin)},
      limits_{limits},
      wait_{wait ? std::move(wait) : sleeping()},
      client_{client_options(origin_, access, limits)} {
  if (access.bearer_token.empty() && !(access.user.empty() && access.password.empty()))
    authorization_ = "Basic " + to_base64(as_bytes(access.user + ":" + access.password));
}

Result<net::ClientResponse> Asker::get(const std::string& target, Repeat repeat) {
  std::string asked = target;
  for (unsigned redirects = 0;; ++redirects) {
    auto response = patiently(asked, repeat);
    if (!response) return response;
    if (response->status == 200) {
      const auto type = response->header("content-type");
      if (const auto why = unreadable(type); !why.empty())
        return Error{Errc::invalid_input, url(asked) + ": the server " + std::string{why} +
                                              " (Content-Type: " + std::string{type} + ")"};
      return response;
    }
    if (!is_redirect(response->status)) return refused(asked, *response);
    const auto from = parse_url(url(asked));
    if (!from) return from.error();
    const auto to = resolve(*from, response->header("location"));
    if (!to) return in_context(url(asked) + " redirects", to.error());
    if (to->origin != origin_)
      return Error{Errc::denied,
                   url(asked) + " redirects to " + to->text() +
                       ": credentials do not follow to another server; give its URL if it is right"};
    if (redirects == redirects_max) return Error{Errc::invalid_input, url(asked) + " redirects without end"};
    asked = to->target();
  }
}

Result<net::ClientResponse> Asker::patiently(const std::string& target, Repeat repeat) {
  unsigned put_off = 0, broken = 0;
  for (;;) {
    auto response = once(target);
    if (!response) {
      if (response.error().code != Errc::unavailable || repeat != Repeat::always ||
          ++broken >= limits_.broken_tries_max)
        return with_url(target, response.error());
      TOCSIN_TRY(wait_after(target, broken, {}, response.error().detail));
      continue;
    }
    if (response->status == 406 && accept_ + 1 < accepted.size()) {
      ++accept_;  // for good: it will say the same the next time
      continue;
    }
    if (!is_put_off(response->status, repeat) || ++put_off >= limits_.tries_max) return response;
    TOCSIN_TRY(wait_after(target, put_off, response->header("retry-after"),
                          "status " + std::to_string(response->status)));
  }
}

Result<net::ClientResponse> Asker::once(const std::string& target) {
  net::ClientRequest request;
  request.target = target;
  request.headers.emplace_back("Accept", accepted[accept_]);
  if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
  return client_.request(request);
}

Error Asker::with_url(const std::string& target, Error error) const {
  if (const auto begin = origin_ + ": "; error.detail.starts_with(begin)) error.detail.erase(0, begin.size());
  return in_context(url(target), std::move(error));
}

Status Asker::wait_after(const std::string& target, unsigned tries, std::string_view retry_after,
                         std::string_view why) {
  auto time = std::min(limits_.wait_first * (1U << std::min(tries - 1, 16U)), limits_.wait_max);
  if (const auto asked = read_retry_after(retry_after, std::chrono::system_clock::now())) {
    if (*asked > limits_.wait_max)
      return Error{Errc::overloaded, url(target) + ": the server (" + std::string{why} +
                                         ") asks to wait for " + std::to_string(asked->count()) +
                                         " s: try again then"};
    time = *asked;
  }
  if (!wait_(time))
    return Error{Errc::unavailable, url(target) + ": stopped while waiting, " + std::string{why}};
  return {};
}

Error Asker::refused(const std::string& target, const net::ClientResponse& response) const {
  auto detail = url(target) + ": the server answers " + std::to_string(response.status) + " " +
                std::string{net::reason_phrase(response.status)};
  if (const auto said = read_error(response.body); !said.empty()) detail += ": " + said;
  if (response.status == 406) detail += " (it takes none of the media types of TAXII 2.1 §1.6.8)";
  return {code_of(response.status), detail};
}

}  // namespace tocsin::taxii::client
