#include <algorithm>

#include "api/acts.hpp"
#include "net/certificates.hpp"
#include "stix/ids.hpp"

namespace tocsin::api {
namespace {

constexpr std::uint64_t days_max = 3650;
constexpr std::uint64_t certificate_days_default = 365;

using policy::Scope;
using policy::Scopes;

constexpr Scopes member_scopes = policy::scope_bit(Scope::read) | policy::scope_bit(Scope::share) |
                                 policy::scope_bit(Scope::sight) | policy::scope_bit(Scope::administer) |
                                 policy::scope_bit(Scope::steward);

struct TokenRequest {
  std::string person;
  Scopes scopes = 0;
  std::optional<std::uint64_t> days;
  std::string certificate_pem, certificate_sha256;  ///< empty: a secret is asked for
};

Result<TokenRequest> token_request_in(const Call& call) {
  auto body = body_of(call);
  if (!body) return std::move(body).error();
  TokenRequest request;
  auto person = json::text(*body, "person");
  if (!person) return std::move(person).error();
  request.person = *std::move(person);
  auto scopes = scopes_in(*body);
  if (!scopes) return std::move(scopes).error();
  request.scopes = *scopes;
  auto days = json::optional_number(*body, "days");
  if (!days) return std::move(days).error();
  if (*days && (**days < 1 || **days > days_max))
    return Error{Errc::invalid_input, "'days' must be 1 to 3650, or null for no end"};
  request.days = *days;
  auto csr = json::optional_text(*body, "request");
  if (!csr) return std::move(csr).error();
  if (!*csr) return request;
  request.days = request.days.value_or(certificate_days_default);
  // A certificate crosses the network in clear in older TLS, so it names nobody.
  auto pem = net::issue_client_certificate(call.services.secrets.client_authority(), **csr, uuid4(),
                                           std::chrono::days{*request.days});
  if (!pem) return in_context("'request'", std::move(pem).error());
  auto hash = net::certificate_sha256(*pem);
  if (!hash) return std::move(hash).error();
  request.certificate_pem = *std::move(pem);
  request.certificate_sha256 = *std::move(hash);
  return request;
}

bool may_revoke(const policy::Directory& directory, const policy::Principal& principal,
                const policy::Token& token) {
  if (token.holder == principal.holder) return true;
  const auto holder = directory.holder(token.holder);
  const auto managed = managed_by(principal);
  return holder && managed && holder->member == *managed;
}

}  // namespace

Scopes may_give(const policy::Principal& principal) {
  if (principal.is_operator())
    return policy::scope_bit(Scope::operate) | policy::scope_bit(Scope::administer);
  return principal.has(Scope::administer) ? member_scopes : principal.scopes;
}

Result<Scopes> scopes_in(const json::Object& body) {
  auto texts = json::texts(body, "scopes");
  if (!texts) return std::move(texts).error();
  Scopes scopes = 0;
  for (const auto& text : *texts) {
    const auto scope = policy::parse_scope(text);
    if (!scope)
      return Error{Errc::invalid_input,
                   "'scopes' may hold: read, share, sight, administer, steward, operate"};
    scopes |= policy::scope_bit(*scope);
  }
  if (scopes == 0) return Error{Errc::invalid_input, "'scopes' must name at least one"};
  return scopes;
}

Result<policy::Holder> holder_for(const policy::Directory& directory, const policy::Principal& principal,
                                  std::string_view person) {
  const bool manages = managed_by(principal).has_value();
  for (const auto& holder : directory.holders_of(principal.member_id()))
    if (holder.name == person && (manages || holder.id == principal.holder)) return holder;
  return Error{Errc::invalid_input, manages ? "'person' must be the name of one of your people or machines"
                                            : "without the scope 'administer' only 'person' yourself"};
}

Timestamp end_of(const policy::Directory& directory, const policy::Principal& principal,
                 std::optional<std::uint64_t> days, Timestamp now) {
  const Timestamp asked = days ? now + std::chrono::days{*days} : Timestamp{};
  const auto own = directory.token(principal.token);
  if (managed_by(principal) || !own || own->expires == Timestamp{}) return asked;
  return asked == Timestamp{} ? own->expires : std::min(asked, own->expires);
}

void list_people(SharedCall call) {
  const auto member = managed_by(call->principal);
  if (!member) return call->refuse(member.error());
  std::map<std::uint64_t, json::Object> listed;
  for (const auto& holder : call->services.directory.holders_of(*member))
    listed.emplace(
        holder.id.value(),
        json::Object{{"id", holder.id.value()}, {"name", holder.name}, {"machine", holder.machine}});
  answer_page(*call, "people", listed);
}

void add_person(SharedCall call) {
  if (const auto member = managed_by(call->principal); !member) return call->refuse(member.error());
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto name = name_in(*body, "name");
  if (!name) return call->refuse(name.error());
  const auto machine = json::optional_flag(*body, "machine");
  if (!machine) return call->refuse(machine.error());
  auto id = std::make_shared<std::uint64_t>(0);
  govern(
      call,
      [id, name = *name, machine = machine->value_or(false)](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto member = managed_by(principal);
        if (!member) return std::move(member).error();
        for (const auto& holder : on.directory().holders_of(*member))
          if (holder.name == name)
            return Error{Errc::conflict, "there is a person or machine with this name"};
        *id = on.directory().next_holder();
        return std::vector{hub_act({{"act", "holder"},
                                    {"id", *id},
                                    {"member", member->value()},
                                    {"name", name},
                                    {"machine", machine}})};
      },
      [id, name = *name](Call& done, const std::vector<log::Appended>&) {
        done.answer(201, json::dump(json::Object{{"id", *id}, {"name", name}}));
      });
}

void list_tokens(SharedCall call) {
  const auto& directory = call->services.directory;
  const auto& principal = call->principal;
  const bool all = managed_by(principal).has_value();
  std::map<std::uint64_t, json::Object> listed;
  for (const auto& token : directory.tokens_of(principal.member_id())) {
    if (!all && token.holder != principal.holder) continue;
    const auto holder = directory.holder(token.holder);
    listed.emplace(
        token.id.value(),
        json::Object{{"id", token.id.value()},
                     {"person", holder ? holder->name : ""},
                     {"scopes", names_json(policy::names_of(token.scopes))},
                     {"expires", time_json(token.expires)},
                     {"revoked", token.revoked},
                     {"certificate_sha256",
                      token.certificate_sha256.empty() ? nullptr : json::Value(token.certificate_sha256)},
                     {"sign_in", token.sign_in},
                     {"current", token.id == principal.token}});
  }
  answer_page(*call, "tokens", listed);
}

void create_token(SharedCall call) {
  auto request = token_request_in(*call);
  if (!request) return call->refuse(request.error());
  struct Made {
    std::uint64_t id = 0;
    Timestamp expires;
    std::string secret;
  };
  auto made = std::make_shared<Made>();
  govern(
      call,
      [made, request = *request, &secrets = call->services.secrets](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto holder = holder_for(on.directory(), principal, request.person);
        if (!holder) return std::move(holder).error();
        if ((request.scopes & ~may_give(principal)) != 0)
          return Error{Errc::denied, "this token may not give one of these scopes"};
        made->id = on.directory().next_token();
        made->expires = end_of(on.directory(), principal, request.days, on.now());
        if (request.certificate_pem.empty()) {
          made->secret = Secrets::make_secret();
          TOCSIN_TRY(secrets.add_token(TokenId{made->id}, made->secret));
        }
        return std::vector{hub_act({{"act", "token"},
                                    {"id", made->id},
                                    {"holder", holder->id.value()},
                                    {"scopes", names_json(policy::names_of(request.scopes))},
                                    {"expires", time_json(made->expires)},
                                    {"certificate_sha256", request.certificate_sha256}})};
      },
      [made, pem = request->certificate_pem](Call& done, const std::vector<log::Appended>&) {
        json::Object out{{"id", made->id}, {"expires", time_json(made->expires)}};
        if (pem.empty())
          out["token"] = made->secret;
        else
          out["certificate"] = pem;
        done.answer(201, json::dump(out));
      });
}

void revoke_token(SharedCall call) {
  const auto id = number_in_path(*call);
  if (!id) return call->refuse(id.error());
  govern(
      call,
      [id = *id](circle::Decider& on,
                 const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        const auto token = on.directory().token(TokenId{id});
        if (!token || !may_revoke(on.directory(), principal, *token)) return Error{Errc::not_found, ""};
        if (token->revoked) return Error{Errc::conflict, "the token was revoked already"};
        return std::vector{hub_act({{"act", "token-revoked"}, {"id", id}})};
      },
      answer_sequence);
}

void register_identity(SharedCall call) {
  if (const auto member = administered_by(call->principal); !member) return call->refuse(member.error());
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto id = json::text(*body, "stix_id");
  if (!id) return call->refuse(id.error());
  if (stix::type_of_id(*id) != "identity" || stix::form_of_id(*id) == stix::IdForm::bad)
    return call->refuse(Error{Errc::invalid_input, "'stix_id' must be the id of a STIX identity"});
  govern(
      call,
      [id = *id](circle::Decider& on,
                 const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto member = administered_by(principal);
        if (!member) return std::move(member).error();
        if (on.directory().member_of_identity(id))
          return Error{Errc::conflict, "this identity is registered already"};
        return std::vector{hub_act({{"act", "identity"}, {"member", member->id.value()}, {"stix_id", id}})};
      },
      [id = *id](Call& done, const std::vector<log::Appended>& appended) {
        done.answer(
            201, json::dump(json::Object{{"stix_id", id}, {"sequence", appended.front().sequence.value()}}));
      });
}

}  // namespace tocsin::api
