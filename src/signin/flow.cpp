#include <spdlog/spdlog.h>

#include <algorithm>

#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "signin/browser.hpp"
#include "signin/server.hpp"

namespace tocsin::signin {
namespace {

using serve::SharedCall;

constexpr std::int64_t flow_seconds = 300;

std::string random_text() {
  return to_base64url(random_bytes_32());
}

/// A page of its own: the cookie of a session is strict, and would not come along with a redirect that
/// another site began. `text` is ours, never the provider's.
net::Response result_page(unsigned status, std::string_view text, bool go_on) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/html; charset=utf-8");
  response.body =
      R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in – Tocsin</title>)"
      R"(<meta name="viewport" content="width=device-width, initial-scale=1">)" +
      std::string{go_on ? R"(<meta http-equiv="refresh" content="0;url=/signin">)" : ""} +
      R"(<link rel="icon" href="data:,"><link rel="stylesheet" href="/signin/page.css"></head><body>)"
      R"(<main><header><h1>Tocsin</h1></header><p id="status" role="status" class=")" +
      (go_on ? "done" : "problem") + R"(">)" + std::string{text} +
      R"(</p><p><a href="/signin">Go on</a></p></main></body></html>)";
  return response;
}

net::Response not_linked() {
  return result_page(
      403,
      "Nobody here is linked to this account. Sign in with your passkey and link it, or ask your "
      "administrator.",
      false);
}

std::string hash_of(std::string_view secret) {
  return std::string{as_text(sha256(secret))};
}

}  // namespace

Provider* Server::provider(std::string_view name) const {
  const auto it = std::find_if(providers_.begin(), providers_.end(),
                               [&](const auto& each) { return each->options().name == name; });
  return it == providers_.end() ? nullptr : it->get();
}

void Server::begin_provider(const SharedCall& call) {
  if (auto refused = check_stranger(*call)) return answer(*call, *std::move(refused));
  send_to_provider(call, {});
}

void Server::link_provider(const SharedCall& call) {
  auto checked = session_for(call->request, Needs::fresh);
  if (auto* refused = std::get_if<net::Response>(&checked)) return answer(*call, std::move(*refused));
  send_to_provider(call, std::get<Admitted>(checked).session.key);
}

void Server::send_to_provider(const SharedCall& call, std::string session) {
  auto* const at = provider(call->parameters.front());
  if (at == nullptr) return call->refuse(Error{Errc::not_found, ""});
  // Tabs of one browser share the cookie, so that the first does not lose its way when a second begins.
  auto browser = cookie_in(call->request, flow_cookie).value_or("");
  if (browser.size() != 43) browser = random_text();
  Flow flow{at,
            {random_text(), random_text(), random_text(), party_.origin + "/signin/callback"},
            hash_of(browser),
            std::move(session)};
  const auto submitted = at->submit([this, call, browser, flow](Provider& provider) {
    const auto location = provider.location(flow.at_provider);
    if (!location) {
      spdlog::warn("sign-in at {}: {}", provider.options().name, printable(location.error().detail));
      return answer(*call, serve::problem(503, "the provider does not answer; try again later"));
    }
    if (const auto put = flows_.put(flow.at_provider.state, flow); !put)
      return answer(*call, serve::problem(503, put.error().detail));
    net::Response response;
    response.headers.emplace_back("content-type", "application/json");
    response.body = json::dump(json::Object{{"location", *location}});
    // Lax: it must come along when the provider sends the browser back.
    set_cookie(response, flow_cookie, browser, flow_seconds, SameSite::lax);
    answer(*call, std::move(response));
  });
  if (!submitted) answer(*call, serve::problem(503, submitted.error().detail));
}

void Server::finish_provider(const SharedCall& call) {
  const auto& request = call->request;
  const auto again = [&] {
    return result_page(400, "This did not begin here, or took too long. Start again.", false);
  };
  const auto state = request.parameter("state");
  const auto browser = cookie_in(request, flow_cookie);
  if (!state || !browser) return answer(*call, again());
  // Looked at before it is taken: who knows a state alone cannot put an end to the flow of another browser.
  auto flow = flows_.take_if(std::string{*state}, [&](const Flow& each) {
    return equal_constant_time(each.browser, hash_of(*browser));
  });
  if (!flow) return answer(*call, again());
  const auto code = request.parameter("code");
  if (!code) return answer(*call, result_page(403, "The provider did not sign you in.", false));
  const auto submitted =
      flow->provider->submit([this, call, flow = *flow, code = std::string{*code}](Provider& at) {
        const auto iss = call->request.parameter("iss");
        const auto subject = at.answers_as(iss)
                                 ? at.subject(code, flow.at_provider)
                                 : Result<std::string>{Error{Errc::denied, "an answer of another issuer"}};
        if (!subject) {
          spdlog::warn("sign-in at {}: {}", at.options().name, printable(subject.error().detail));
          const bool down = subject.error().code == Errc::unavailable;
          return answer(*call, result_page(down ? 503 : 403,
                                           down ? "The provider does not answer. Try again later."
                                                : "What the provider said does not hold. Start again.",
                                           false));
        }
        answer(*call, flow.session.empty() ? provider_sign_in(*call, at.options().issuer, *subject)
                                           : provider_link(flow.session, at.options().issuer, *subject));
      });
  if (!submitted) answer(*call, result_page(503, "Too many are signing in. Try again.", false));
}

net::Response Server::provider_sign_in(const serve::Call& call, const std::string& issuer,
                                       const std::string& subject) {
  const auto identity = accounts_->identity(issuer, subject);
  if (!identity || !directory_.principal(identity->owner.token, options_.clock->now())) return not_linked();
  const auto secret = accounts_->open_session(identity->owner, issuer + '\n' + subject, false, {},
                                              call.request.header("user-agent").value_or(""));
  if (!secret) return result_page(503, "The hub cannot keep a session now. Try again later.", false);
  attempts_.give_back(origin_of(call));
  auto response = result_page(200, "You are signed in.", true);
  set_cookie(response, session_cookie, *secret, std::chrono::seconds{session_life}.count(), SameSite::strict);
  return response;
}

net::Response Server::provider_link(const std::string& session_key, const std::string& issuer,
                                    const std::string& subject) {
  const auto session = accounts_->session(session_key);
  if (!session || !directory_.principal(session->owner.token, options_.clock->now()))
    return result_page(403, "The session that began this is over. Sign in again.", false);
  const auto added = accounts_->add_identity({issuer, subject, session->owner, {}});
  if (!added && added.error().code == Errc::conflict)
    return result_page(409, "This account is linked to somebody else.", false);
  if (!added) return result_page(503, "The hub cannot write now. Try again later.", false);
  return result_page(200, "The account is linked.", true);
}

void Server::add_identity(const SharedCall& call) {
  const auto body = api::body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto name = json::text(*body, "provider");
  if (!name) return call->refuse(name.error());
  const auto subject = json::text(*body, "subject");
  if (!subject) return call->refuse(subject.error());
  // A person's own word is no proof of whose account it is; an administrator vouches for it.
  if (const auto manages = api::managed_by(call->principal); !manages) return call->refuse(manages.error());
  const auto* const at = provider(*name);
  if (at == nullptr) return call->refuse(Error{Errc::invalid_input, "'provider' is none of this hub's"});
  if (subject->empty() || subject->size() > 255 || printable(*subject) != *subject)
    return call->refuse(Error{Errc::invalid_input, "'subject' must be 1 to 255 bytes of visible text"});
  with_owner(call, [this, issuer = at->options().issuer, subject = *subject](serve::Call& done, Owner owner) {
    const Identity identity{issuer, subject, owner, {}};
    if (const auto added = accounts_->add_identity(identity); !added) return done.refuse(added.error());
    answer(done, 201, json::Object{{"id", identity.number()}, {"token_id", owner.token.value()}});
  });
}

}  // namespace tocsin::signin
