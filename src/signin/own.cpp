#include <algorithm>

#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "signin/browser.hpp"
#include "signin/server.hpp"

namespace tocsin::signin {
namespace {

using serve::SharedCall;

/// The person's live sign-in token with these scopes and this end.
std::optional<policy::Token> sign_in_token(const policy::Directory& directory, const policy::Holder& holder,
                                           policy::Scopes scopes, Timestamp expires) {
  for (auto& token : directory.tokens_of(holder.member))
    if (token.sign_in && !token.revoked && token.holder == holder.id && token.scopes == scopes &&
        token.expires == expires)
      return token;
  return std::nullopt;
}

struct Wanted {
  std::string person;
  policy::Scopes scopes = policy::scope_bit(policy::Scope::read);
};

Result<Wanted> wanted_in(const serve::Call& call) {
  const auto body = api::body_of(call);
  if (!body) return body.error();
  Wanted wanted;
  auto person = json::text(*body, "person");
  if (!person) return std::move(person).error();
  wanted.person = *std::move(person);
  if (body->contains("scopes")) {
    const auto scopes = api::scopes_in(*body);
    if (!scopes) return scopes.error();
    wanted.scopes = *scopes;
  } else if (call.principal.is_operator()) {
    wanted.scopes = policy::scope_bit(policy::Scope::operate);
  }
  return wanted;
}

/// Whom a sign-in is for, if the principal may give it these scopes.
Result<policy::Holder> holder_for(const policy::Directory& directory, const policy::Principal& principal,
                                  const Wanted& wanted) {
  auto holder = api::holder_for(directory, principal, wanted.person);
  if (!holder) return holder;
  if (holder->machine) return Error{Errc::invalid_input, "a machine has tokens and certificates, no passkey"};
  if ((wanted.scopes & ~api::may_give(principal)) != 0)
    return Error{Errc::denied, "you may not give one of these scopes"};
  return holder;
}

}  // namespace

void Server::with_owner(const SharedCall& call, std::function<void(serve::Call&, Owner)> then) {
  const auto wanted = wanted_in(*call);
  if (!wanted) return call->refuse(wanted.error());
  const auto holder = holder_for(directory_, call->principal, *wanted);
  if (!holder) return call->refuse(holder.error());
  const auto expires = api::end_of(directory_, call->principal, std::nullopt, options_.clock->now());
  if (const auto token = sign_in_token(directory_, *holder, wanted->scopes, expires))
    return then(*call, {holder->id, token->id});
  auto made = std::make_shared<Owner>();
  api::govern(
      call,
      [made, wanted = *wanted](circle::Decider& on,
                               const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto found = holder_for(on.directory(), principal, wanted);
        if (!found) return std::move(found).error();
        *made = {found->id, TokenId{on.directory().next_token()}};
        return std::vector{api::hub_act(
            {{"act", "token"},
             {"id", made->token.value()},
             {"holder", found->id.value()},
             {"scopes", api::names_json(policy::names_of(wanted.scopes))},
             {"expires", api::time_json(api::end_of(on.directory(), principal, std::nullopt, on.now()))},
             {"sign_in", true}})};
      },
      [made, then = std::move(then)](serve::Call& done, const std::vector<log::Appended>&) {
        then(done, *made);
      });
}

void Server::make_link(const SharedCall& call) {
  with_owner(call, [this](serve::Call& done, Owner owner) {
    const auto secret = accounts_->make_link(owner);
    if (!secret) return done.refuse(secret.error());
    // Behind '#': a browser sends it to nobody, so it stands in no log.
    answer(done, 201,
           json::Object{{"url", options_.public_url + "/signin#link=" + *secret},
                        {"expires", to_rfc3339(options_.clock->now() + link_life)},
                        {"token_id", owner.token.value()}});
  });
}

void Server::sign_out(const SharedCall& call) {
  auto checked = session_for(call->request, Needs::session);
  if (auto* refused = std::get_if<net::Response>(&checked)) return answer(*call, std::move(*refused));
  if (const auto ended = accounts_->end_session(std::get<Admitted>(checked).session.key); !ended)
    return answer(*call, serve::problem(503, ended.error().detail));
  net::Response response;
  response.status = 204;
  clear_cookie(response, session_cookie);
  answer(*call, std::move(response));
}

void Server::list_sessions(const SharedCall& call) const {
  const auto secret = cookie_in(call->request, session_cookie);
  const auto own = secret ? accounts_->use_session(*secret) : std::nullopt;
  json::Array listed;
  for (const auto& session : accounts_->sessions_of(call->principal.holder))
    listed.emplace_back(json::Object{{"id", session.number()},
                                     {"by", session.by_passkey ? "passkey" : "provider"},
                                     {"browser", session.browser},
                                     {"since", to_rfc3339(session.made)},
                                     {"used", to_rfc3339(session.seen)},
                                     {"current", own && own->key == session.key}});
  answer(*call, 200, json::Object{{"sessions", std::move(listed)}});
}

void Server::end_session(const SharedCall& call) {
  const auto sessions = accounts_->sessions_of(call->principal.holder);
  const auto it = std::find_if(sessions.begin(), sessions.end(), [&](const Session& session) {
    return session.number() == call->parameters.front();
  });
  if (it == sessions.end()) return call->refuse(Error{Errc::not_found, ""});
  if (const auto ended = accounts_->end_session(it->key); !ended) return call->refuse(ended.error());
  net::Response response;
  response.status = 204;
  answer(*call, std::move(response));
}

void Server::list_passkeys(const SharedCall& call) const {
  json::Array listed;
  for (const auto& passkey : accounts_->passkeys_of(call->principal.holder))
    listed.emplace_back(json::Object{{"id", to_base64url(as_bytes(passkey.id))},
                                     {"name", passkey.name},
                                     {"since", to_rfc3339(passkey.made)},
                                     {"used", api::time_json(passkey.used)},
                                     {"counter_went_back", api::time_json(passkey.went_back)}});
  answer(*call, 200, json::Object{{"passkeys", std::move(listed)}});
}

void Server::list_identities(const SharedCall& call) const {
  json::Array listed;
  for (const auto& identity : accounts_->identities_of(call->principal.holder))
    listed.emplace_back(json::Object{{"id", identity.number()},
                                     {"issuer", identity.issuer},
                                     {"subject", identity.subject},
                                     {"since", to_rfc3339(identity.made)}});
  answer(*call, 200, json::Object{{"identities", std::move(listed)}});
}

void Server::remove_identity(const SharedCall& call) {
  if (const auto removed = accounts_->remove_identity(call->parameters.front(), call->principal.holder);
      !removed)
    return call->refuse(removed.error());
  net::Response response;
  response.status = 204;
  answer(*call, std::move(response));
}

void Server::remove_passkey(const SharedCall& call) {
  const auto id = from_base64url(call->parameters.front());
  const Status removed =
      id ? accounts_->remove_passkey(*id, call->principal.holder) : Status{Error{Errc::not_found, ""}};
  if (!removed) return call->refuse(removed.error());
  net::Response response;
  response.status = 204;
  answer(*call, std::move(response));
}

}  // namespace tocsin::signin
