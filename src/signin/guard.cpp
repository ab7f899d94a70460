#include "base/text.hpp"
#include "signin/browser.hpp"
#include "signin/everyday.hpp"
#include "signin/server.hpp"

namespace tocsin::signin {
namespace {

/// Without "Basic": a browser would ask for a password in a window of its own.
net::Response over() {
  auto response = typed_problem(401, "session-over", "the session is over: sign in again");
  response.headers.emplace_back("www-authenticate", "Bearer realm=\"tocsin\"");
  clear_cookie(response, session_cookie);
  return response;
}

}  // namespace

Server::SessionOr Server::session_for(const net::Request& request, Needs needs) const {
  const auto secret = cookie_in(request, session_cookie);
  auto session = secret ? accounts_->use_session(*secret) : std::nullopt;
  if (!session) return over();
  auto principal = directory_.principal(session->owner.token, options_.clock->now());
  if (!principal) {
    // Ended in memory even when the disk fails, and the token is refused at every use.
    static_cast<void>(accounts_->end_session(session->key));
    return over();
  }
  if (!is_from_own_page(request, party_.origin))
    return typed_problem(403, "csrf", "a session acts only from pages of " + party_.origin);
  if (!is_safe(request.method) &&
      !equal_constant_time(request.header(csrf_header).value_or(""), csrf_token(*secret)))
    return typed_problem(403, "csrf",
                         "a session's unsafe requests carry " + std::string{csrf_header} +
                             " with the token that GET /signin/session gives");
  if (needs == Needs::fresh && !session->is_fresh(options_.clock->now()))
    return typed_problem(403, "fresh-assertion",
                         "this act needs an assertion of your passkey not older than 5 minutes: "
                         "POST /signin/assert/begin, then /signin/assert");
  return Admitted{*std::move(session), *std::move(principal)};
}

std::optional<serve::Sessions::Admission> Server::admit(const net::Request& request,
                                                        std::string_view route) const {
  if (!cookie_in(request, session_cookie)) return std::nullopt;
  if (route == token_only)
    return Admission{std::nullopt,
                     serve::problem(403, "a stream needs a token: a session does not carry it")};
  const bool fresh = !is_safe(request.method) && !is_everyday(request.method, route);
  auto checked = session_for(request, fresh ? Needs::fresh : Needs::session);
  if (auto* refused = std::get_if<net::Response>(&checked))
    return Admission{std::nullopt, std::move(*refused)};
  return Admission{std::get<Admitted>(std::move(checked)).principal, {}};
}

std::string Server::origin_of(const serve::Call& call) {
  return serve::origin_of(call.request, call.services.gate.proxies);
}

std::optional<net::Response> Server::check_stranger(const serve::Call& call) {
  if (!is_from_own_page(call.request, party_.origin))
    return typed_problem(403, "csrf", "this is asked from a page of " + party_.origin);
  if (const auto wait = attempts_.take(origin_of(call))) {
    auto response = serve::problem(429, "too many tries from this address; wait a little");
    response.headers.emplace_back("retry-after", std::to_string(wait->count()));
    return response;
  }
  return std::nullopt;
}

Status Server::sweep() {
  const auto now = options_.clock->now();
  return accounts_->sweep([&](TokenId id) {
    const auto token = directory_.token(id);
    if (!token || token->revoked) return Accounts::Standing::gone;
    return directory_.principal(id, now) ? Accounts::Standing::good : Accounts::Standing::not_now;
  });
}

}  // namespace tocsin::signin
