#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "signin/browser.hpp"
#include "signin/server.hpp"

namespace tocsin::signin {
namespace {

using serve::SharedCall;

constexpr std::uint64_t browser_timeout_ms = 300'000;
constexpr std::string_view refused_detail = "this was not accepted; start again";

/// One for whatever was wrong: a stranger learns nothing of who exists.
net::Response not_accepted() {
  return typed_problem(401, "not-accepted", refused_detail);
}

Result<std::string> bytes_of(const json::Object& body, std::string_view key) {
  auto text = json::text(body, key);
  if (!text) return text;
  auto bytes = from_base64url(*text);
  if (!bytes) return Error{Errc::invalid_input, "'" + std::string{key} + "' must be base64url"};
  return bytes;
}

json::Array ids_of(const std::vector<Passkey>& passkeys) {
  json::Array ids;
  for (const auto& passkey : passkeys) ids.emplace_back(to_base64url(as_bytes(passkey.id)));
  return ids;
}

std::string_view browser_of(const net::Request& request) {
  return request.header("user-agent").value_or("");
}

/// Stands in for a passkey that does not exist, so that its check takes as long: the generator of P-256.
Passkey nobody() {
  Passkey passkey;
  passkey.algorithm = -7;
  passkey.public_key = *from_hex(
      "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  return passkey;
}

}  // namespace

void Server::ask(const SharedCall& call, Asked asked, json::Object options) {
  if (party_.id.empty())
    return answer(*call, serve::problem(409,
                                        "passkeys belong to a name: the hub is reached by an address, see "
                                        "--public-url"));
  const auto random = random_bytes_32();
  const std::string challenge{as_text(random)};
  if (const auto put = asked_.put(challenge, std::move(asked)); !put) {
    auto response = serve::problem(503, put.error().detail);
    response.headers.emplace_back("retry-after", "10");
    return answer(*call, std::move(response));
  }
  options["challenge"] = to_base64url(random);
  options["rp_id"] = party_.id;
  options["timeout_ms"] = browser_timeout_ms;
  answer(*call, 200, options);
}

std::optional<Server::Asked> Server::asked_in(std::string_view client_data, Ceremony ceremony,
                                              Asked::For purpose) {
  const auto challenge = challenge_in(client_data, ceremony, party_);
  auto asked = challenge ? asked_.take(*challenge) : std::nullopt;
  return asked && asked->purpose == purpose ? std::move(asked) : std::nullopt;
}

Result<Passkey> Server::check_assertion(const json::Object& body, std::string_view client_data) {
  const auto id = bytes_of(body, "id");
  if (!id) return id.error();
  const auto data = bytes_of(body, "authenticator_data");
  if (!data) return data.error();
  const auto signature = bytes_of(body, "signature");
  if (!signature) return signature.error();
  const auto known = accounts_->passkey(*id);
  const Passkey passkey = known.value_or(nobody());
  const auto counter =
      verify({client_data, *data, *signature}, passkey.algorithm, passkey.public_key, party_);
  if (!counter) return counter.error();
  if (!known) return Error{Errc::denied, "an unknown passkey"};
  TOCSIN_TRY(accounts_->count(*id, *counter));
  return passkey;
}

void Server::begin_sign_in(const SharedCall& call) {
  if (auto refused = check_stranger(*call)) return answer(*call, *std::move(refused));
  ask(call, {}, {});
}

void Server::sign_in(const SharedCall& call) {
  if (auto refused = check_stranger(*call)) return answer(*call, *std::move(refused));
  const auto body = api::body_of(*call);
  const auto client_data = body ? bytes_of(*body, "client_data") : body.error();
  if (!client_data || !asked_in(*client_data, Ceremony::get, Asked::For::sign_in))
    return answer(*call, not_accepted());
  const auto passkey = check_assertion(*body, *client_data);
  const auto now = options_.clock->now();
  if (!passkey || !directory_.principal(passkey->owner.token, now)) return answer(*call, not_accepted());
  const auto secret =
      accounts_->open_session(passkey->owner, passkey->id, true, now, browser_of(call->request));
  if (!secret) return answer(*call, serve::problem(503, secret.error().detail));
  attempts_.give_back(origin_of(*call));
  attempts_.give_back(origin_of(*call));
  answer(*call, 200, json::Object{{"signed_in", true}}, *secret);
}

void Server::begin_assertion(const SharedCall& call) {
  auto checked = session_for(call->request, Needs::session);
  if (auto* refused = std::get_if<net::Response>(&checked)) return answer(*call, std::move(*refused));
  const auto& session = std::get<Admitted>(checked).session;
  const auto passkeys = accounts_->passkeys_of(session.owner.holder);
  if (passkeys.empty())
    return answer(*call, serve::problem(409, "you have no passkey yet: ask your administrator for a link"));
  ask(call, {Asked::For::assertion, session.key, {}}, {{"allow", ids_of(passkeys)}});
}

void Server::take_assertion(const SharedCall& call) {
  auto checked = session_for(call->request, Needs::session);
  if (auto* refused = std::get_if<net::Response>(&checked)) return answer(*call, std::move(*refused));
  const auto& session = std::get<Admitted>(checked).session;
  const auto body = api::body_of(*call);
  const auto client_data = body ? bytes_of(*body, "client_data") : body.error();
  const auto asked =
      client_data ? asked_in(*client_data, Ceremony::get, Asked::For::assertion) : std::nullopt;
  if (!asked || asked->session != session.key) return answer(*call, not_accepted());
  const auto passkey = check_assertion(*body, *client_data);
  if (!passkey || passkey->owner.holder != session.owner.holder) return answer(*call, not_accepted());
  if (const auto noted = accounts_->assert_session(session.key); !noted)
    return answer(*call, serve::problem(503, noted.error().detail));
  answer(*call, 200, json::Object{{"fresh_until", to_rfc3339(options_.clock->now() + assertion_life)}});
}

Result<Owner> Server::enroller(const serve::Call& call, const Asked& asked) {
  if (!asked.link.empty()) return accounts_->use_link(asked.link);
  auto checked = session_for(call.request, Needs::session);
  if (std::holds_alternative<net::Response>(checked)) return Error{Errc::denied, "no session"};
  const auto& session = std::get<Admitted>(checked).session;
  if (session.key != asked.session) return Error{Errc::denied, "another session"};
  return session.owner;
}

void Server::begin_enrolment(const SharedCall& call) {
  const auto body = api::body_of(*call);
  if (!body) return answer(*call, serve::problem(400, body.error().detail));
  const std::string link = json::text_or(*body, "link");
  std::optional<Owner> owner;
  Asked asked{Asked::For::enrolment, {}, link};
  if (link.empty()) {
    auto checked = session_for(call->request, Needs::fresh);
    if (auto* refused = std::get_if<net::Response>(&checked)) return answer(*call, std::move(*refused));
    asked.session = std::get<Admitted>(checked).session.key;
    owner = std::get<Admitted>(checked).session.owner;
  } else {
    if (auto refused = check_stranger(*call)) return answer(*call, *std::move(refused));
    owner = accounts_->link(link);
  }
  const auto principal = owner ? directory_.principal(owner->token, options_.clock->now())
                               : Result<policy::Principal>{Error{Errc::denied, ""}};
  if (!principal) return answer(*call, not_accepted());
  // The user handle names nobody to whoever reads an authenticator (WebAuthn §14.6.1).
  const auto handle = call->services.secrets.mac("passkey\n" + std::to_string(owner->holder.value()));
  const std::string member = principal->member ? principal->member->name : "operators";
  json::Array offered;
  for (const int algorithm : algorithms) offered.emplace_back(algorithm);
  ask(call, std::move(asked),
      {{"user", json::Object{{"id", to_base64url(handle)},
                             {"name", principal->holder_name + " (" + member + ")"},
                             {"display_name", principal->holder_name}}},
       {"algorithms", std::move(offered)},
       {"exclude", ids_of(accounts_->passkeys_of(owner->holder))}});
}

void Server::enrol(const SharedCall& call) {
  if (auto refused = check_stranger(*call)) return answer(*call, *std::move(refused));
  const auto body = api::body_of(*call);
  const auto client_data = body ? bytes_of(*body, "client_data") : body.error();
  const auto object = body ? bytes_of(*body, "attestation_object") : body.error();
  if (!client_data || !object) return answer(*call, not_accepted());
  const auto asked = asked_in(*client_data, Ceremony::create, Asked::For::enrolment);
  if (!asked) return answer(*call, not_accepted());
  const auto made = passkey_in(*object, party_);
  if (!made) return answer(*call, not_accepted());
  const auto named = body->contains("name") ? api::name_in(*body, "name") : Result<std::string>{"passkey"};
  if (!named) return answer(*call, serve::problem(400, named.error().detail));
  const auto owner = enroller(*call, *asked);
  const auto now = options_.clock->now();
  if (!owner || !directory_.principal(owner->token, now)) return answer(*call, not_accepted());
  const Passkey passkey{made->id, *owner, *named, made->algorithm, made->public_key, made->counter,
                        {},       {},     {}};
  if (const auto added = accounts_->add_passkey(passkey); !added)
    return answer(*call, serve::problem(serve::status_of(added.error().code), added.error().detail));
  attempts_.give_back(origin_of(*call));
  if (asked->link.empty()) return answer(*call, 201, json::Object{{"name", *named}});
  // The link was the proof of who it is; an administrator's act still waits for an assertion.
  const auto secret = accounts_->open_session(*owner, made->id, true, {}, browser_of(call->request));
  if (!secret) return answer(*call, serve::problem(503, secret.error().detail));
  attempts_.give_back(origin_of(*call));
  answer(*call, 201, json::Object{{"name", *named}}, *secret);
}

}  // namespace tocsin::signin
