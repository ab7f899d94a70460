#include "signin/browser.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"

namespace tocsin::signin {

std::optional<std::string> cookie_in(const net::Request& request, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [field, value] : request.headers) {
    if (field != "cookie") continue;
    for (const auto part : split(value, ';')) {
      const auto pair = trim(part);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      if (found) return std::nullopt;
      found = std::string{pair.substr(equals + 1)};
    }
  }
  return found;
}

void set_cookie(net::Response& response, std::string_view name, std::string_view value, std::int64_t seconds,
                SameSite same_site) {
  response.headers.emplace_back("set-cookie",
                                std::string{name} + '=' + std::string{value} +
                                    "; Path=/; Secure; HttpOnly; Max-Age=" + std::to_string(seconds) +
                                    (same_site == SameSite::strict ? "; SameSite=Strict" : "; SameSite=Lax"));
}

void clear_cookie(net::Response& response, std::string_view name) {
  set_cookie(response, name, "", 0, SameSite::strict);
}

std::string csrf_token(std::string_view session_secret) {
  return to_base64url(sha256("tocsin csrf\n" + std::string{session_secret}));
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

bool is_from_own_page(const net::Request& request, std::string_view origin) {
  const auto site = request.header("sec-fetch-site");
  if (is_safe(request.method)) return !site || *site == "same-origin" || *site == "none";
  return request.header("origin") == origin && (!site || *site == "same-origin");
}

void harden(net::Response& response, std::string_view origin) {
  const std::string own{origin};
  const auto set = [&](std::string_view name, std::string value) {
    std::erase_if(response.headers, [&](const auto& field) { return field.first == name; });
    response.headers.emplace_back(name, std::move(value));
  };
  set("content-security-policy",
      "default-src 'none'; script-src " + own + "/signin/page.js; style-src " + own +
          "/signin/page.css; connect-src 'self'; img-src data:; form-action 'none'; "
          "base-uri 'none'; frame-ancestors 'none'");
  set("x-content-type-options", "nosniff");
  set("x-frame-options", "DENY");
  set("referrer-policy", "no-referrer");
  set("cache-control", "no-store");
  set("cross-origin-opener-policy", "same-origin");
  set("cross-origin-resource-policy", "same-origin");
}

net::Response typed_problem(unsigned status, std::string_view name, std::string_view detail) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/problem+json");
  response.headers.emplace_back("cache-control", "no-store");
  response.body = R"({"type":"urn:tocsin:problem:)" + std::string{name} + R"(","title":)" +
                  json_string(net::reason_phrase(status)) + R"(,"status":)" + std::to_string(status) +
                  R"(,"detail":)" + json_string(detail) + '}';
  return response;
}

}  // namespace tocsin::signin
