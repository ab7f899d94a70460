#include "serve/dispatch.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace tocsin::serve {
namespace {

constexpr std::string_view not_found_detail = "there is no such thing here, or none that you may know of";

/// Matches a path against a template and collects what stands at the {names}.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  parameters.clear();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].empty() && wanted[i].front() == '{') {
      if (given[i].empty()) return false;
      parameters.emplace_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> secret_in(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto scheme = authorization.substr(0, space);
  const auto rest = trim(authorization.substr(space + 1));
  if (iequals_ascii(scheme, "bearer")) return std::string{rest};
  if (!iequals_ascii(scheme, "basic")) return std::nullopt;
  const auto decoded = from_base64(rest);
  if (!decoded) return std::nullopt;
  // Any user name: the token alone says who asks.
  const auto colon = decoded->find(':');
  return colon == std::string::npos ? std::nullopt : std::optional<std::string>{decoded->substr(colon + 1)};
}

net::Response unauthorised(const Interface& interface, const net::Request& request) {
  auto response = interface.refusal(
      401, "valid credentials are needed: a bearer token, or Basic with the token as password");
  response.headers.emplace_back("www-authenticate", "Bearer realm=\"tocsin\"");
  // A browser would answer its own page's script by asking the person for a password.
  const auto mode = request.header("sec-fetch-mode");
  if (!mode || *mode == "navigate")
    response.headers.emplace_back("www-authenticate", "Basic realm=\"tocsin\", charset=\"UTF-8\"");
  return response;
}

net::Response wrong_method(const Interface& interface, const std::string& allowed) {
  auto response = interface.refusal(405, "this path is asked with: " + allowed);
  response.headers.emplace_back("allow", allowed);
  return response;
}

/// What the cookie of a session says, where it counts and no other credentials came. A token or certificate
/// is shown on purpose, a cookie comes along by itself: the former decides.
std::optional<Sessions::Admission> session_of(const Services& services, const Interface& interface,
                                              const net::Request& request, const Route* route) {
  if (!interface.takes_sessions || services.sessions == nullptr || request.header("authorization") ||
      !request.client_certificate_sha256.empty())
    return std::nullopt;
  return services.sessions->admit(request, route == nullptr ? std::string_view{} : route->path);
}

/// Counts the answer on its way out.
void send(const Services& services, net::Responder& responder, net::Response response) {
  services.metrics.responses_by_class[std::min(response.status / 100, 5U)].fetch_add(
      1, std::memory_order_relaxed);
  responder.send(std::move(response));
}

net::Response refusal(const Interface& interface, const Error& error) {
  // One text for all that is hidden or absent; details of our own bytes stay in our own log.
  if (error.code == Errc::not_found) return interface.refusal(404, not_found_detail);
  if (error.code == Errc::corrupt)
    return interface.refusal(500, "the hub found damage in its own files; its operator is told");
  auto response = interface.refusal(status_of(error.code), error.detail);
  if (response.status == 429 || response.status == 503) response.headers.emplace_back("retry-after", "1");
  return response;
}

/// Why a request must wait, or nothing. Members pay for themselves, so that nobody behind the same address,
/// or with the same proxy, can keep them out; what has no valid credentials counts for its address.
std::optional<net::Response> too_often(const Services& services, const Interface& interface,
                                       const net::Request& request, const policy::Principal* principal) {
  const auto wait =
      principal == nullptr
          ? services.gate.addresses.take(origin_of(request, services.gate.proxies), request.received)
          : services.gate.members.take(std::to_string(principal->member_id().value()), request.received);
  if (!wait) return std::nullopt;
  auto& counter =
      principal == nullptr ? services.metrics.too_often_addresses : services.metrics.too_often_members;
  counter.fetch_add(1, std::memory_order_relaxed);
  auto response =
      interface.refusal(429, std::string{principal == nullptr ? "this address" : "your member"} +
                                 " asks more often in a minute than this hub allows; try again in " +
                                 std::to_string(wait->count()) + " s");
  response.headers.emplace_back("retry-after", std::to_string(wait->count()));
  return response;
}

}  // namespace

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::invalid_input:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::denied:
      return 403;
    case Errc::conflict:
      return 409;
    case Errc::overloaded:
      return 429;
    case Errc::corrupt:
      return 500;
    case Errc::unavailable:
      return 503;
  }
  return 500;
}

net::Response problem(unsigned status, std::string_view detail) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/problem+json");
  response.body = R"({"type":"about:blank","title":)" + json_string(net::reason_phrase(status)) +
                  R"(,"status":)" + std::to_string(status) + R"(,"detail":)" + json_string(detail) + '}';
  return response;
}

void Call::answer(unsigned status, std::string json) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/json");
  response.headers.emplace_back("cache-control", "no-store");
  response.body = std::move(json);
  answer(std::move(response));
}

void Call::answer(net::Response response) {
  send(services, responder, std::move(response));
}

void Call::refuse(const Error& error) {
  send(services, responder, refusal(interface, error));
}

void Call::answer_or_refuse(unsigned status, Result<std::string> json) {
  if (json)
    answer(status, *std::move(json));
  else
    refuse(json.error());
}

Result<policy::Principal> authenticate(const Services& services, const net::Request& request) {
  const Error refused{Errc::denied, "the credentials are not valid"};
  if (const auto header = request.header("authorization")) {
    const auto secret = secret_in(*header);
    if (!secret) return refused;
    const auto token = services.secrets.token_of(*secret);
    if (!token) return refused;
    return services.directory.principal(*token, services.clock.now());
  }
  if (!request.client_certificate_sha256.empty()) {
    const auto token = services.directory.token_of_certificate(request.client_certificate_sha256);
    if (!token) return refused;
    return services.directory.principal(*token, services.clock.now());
  }
  return refused;
}

void dispatch(const Services& services, std::span<const Interface> interfaces, net::Request request,
              net::Responder responder) {
  const std::string with_slash = request.path.ends_with('/') ? request.path : request.path + '/';
  const std::string& plain = request.path;
  const auto path_for = [&](const Interface& candidate) -> std::string_view {
    return std::string_view{candidate.slash_is_optional ? with_slash : plain};
  };
  const auto found = std::find_if(interfaces.begin(), interfaces.end() - 1, [&](const Interface& candidate) {
    return path_for(candidate).starts_with(candidate.prefix);
  });
  const Interface& interface = *found;
  if (interface.check != nullptr)
    if (auto answer = interface.check(request)) {
      send(services, responder, *std::move(answer));
      return;
    }
  std::vector<std::string> parameters;
  const Route* route = nullptr;
  std::string allowed;
  for (const auto& candidate : interface.routes) {
    if (!matches(candidate.path, path_for(interface), parameters)) continue;
    const bool head = request.method == "HEAD" && candidate.method == "GET" && !interface.names_methods;
    if (candidate.method == request.method || head) {
      route = &candidate;
      break;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string{candidate.method};
  }
  policy::Principal principal;
  if (route == nullptr || route->access != Access::open) {
    auto session = session_of(services, interface, request, route);
    if (session && !session->principal) {
      if (auto refused = too_often(services, interface, request, nullptr))
        send(services, responder, *std::move(refused));
      else
        send(services, responder, std::move(session->refusal));
      return;
    }
    auto who =
        session ? Result<policy::Principal>{*std::move(session->principal)} : authenticate(services, request);
    if (auto refused = too_often(services, interface, request, who ? &*who : nullptr)) {
      send(services, responder, *std::move(refused));
      return;
    }
    if (!who) {
      send(services, responder, unauthorised(interface, request));
      return;
    }
    principal = *std::move(who);
  } else if (auto refused = too_often(services, interface, request, nullptr)) {
    send(services, responder, *std::move(refused));
    return;
  }
  if (route == nullptr && interface.names_methods && !allowed.empty()) {
    send(services, responder, wrong_method(interface, allowed));
    return;
  }
  if (route == nullptr) {
    // Below a circle a wrong method must not tell that the circle is there: 404 as for everything unknown.
    send(services, responder, refusal(interface, Error{Errc::not_found, ""}));
    return;
  }
  UnderWay::Ticket ticket;
  if (principal.member && request.method != "GET" && request.method != "HEAD") {
    auto entered = services.writes_under_way.enter(principal.member_id(), "requests that write");
    if (!entered) {
      send(services, responder, refusal(interface, entered.error()));
      return;
    }
    ticket = *std::move(entered);
  }
  auto call =
      std::make_shared<Call>(Call{services, interface, std::move(request), std::move(parameters),
                                  std::move(principal), std::move(ticket), nullptr, std::move(responder)});
  if (route->access == Access::circle) {
    const auto circle = services.directory.find_circle(call->parameters.front());
    if (circle != nullptr)
      call->sight = std::make_unique<circle::Sight>(services.directory, services.classes, services.clock,
                                                    call->principal, circle->id);
    if (circle == nullptr || !call->sight->inside()) {
      call->refuse(Error{Errc::not_found, ""});
      return;
    }
  }
  route->handler(std::move(call));
}

}  // namespace tocsin::serve
