#include "api/acts.hpp"
#include "base/bytes.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t agreement_bytes_max = 16 << 10;
constexpr std::size_t client_key_bytes_min = 16;
constexpr std::size_t client_key_bytes_max = 128;

using policy::Scope;

struct Redemption {
  std::uint64_t invite = 0;
  std::string client_key;  ///< base64url
  std::string person;
  std::string agreement;
};

Result<Redemption> redemption_in(const Call& call) {
  auto body = body_of(call);
  if (!body) return std::move(body).error();
  auto secret = json::text(*body, "invite");
  if (!secret) return std::move(secret).error();
  auto key = json::text(*body, "client_key");
  if (!key) return std::move(key).error();
  const auto raw_key = from_base64url(*key);
  if (!raw_key || raw_key->size() < client_key_bytes_min || raw_key->size() > client_key_bytes_max)
    return Error{Errc::invalid_input, "'client_key' must be 16 to 128 bytes in base64url"};
  auto agreement = json::text(*body, "agreement");
  if (!agreement) return std::move(agreement).error();
  if (agreement->empty() || agreement->size() > agreement_bytes_max)
    return Error{Errc::invalid_input, "'agreement' must be 1 to 16384 bytes: the dated text accepted"};
  Redemption redemption{0, to_base64url(as_bytes(*raw_key)), "administrator", *std::move(agreement)};
  if (body->contains("person")) {
    auto person = name_in(*body, "person");
    if (!person) return std::move(person).error();
    redemption.person = *std::move(person);
  }
  const auto invite = call.services.secrets.invite_of(*secret);
  if (!invite) return Error{Errc::not_found, ""};
  redemption.invite = *invite;
  return redemption;
}

policy::Scopes scopes_for(const policy::Invite& invite) {
  policy::Scopes scopes = policy::scope_bit(Scope::read) | policy::scope_bit(Scope::share) |
                          policy::scope_bit(Scope::sight) | policy::scope_bit(Scope::administer);
  if (invite.steward) scopes |= policy::scope_bit(Scope::steward);
  return scopes;
}

/// The rules may have changed since the invitation.
Status still_admissible(const policy::Directory& directory, const policy::Invite& invite,
                        const policy::Member& member, Timestamp now) {
  if (invite.client_of != MemberId{}) {
    const auto through = directory.member(invite.client_of);
    if (!through || through->standing != policy::Standing::active)
      return Error{Errc::conflict, "the member whose client this invite makes is not active"};
  }
  for (const auto id : invite.circles) {
    const auto circle = directory.circle(id);
    if (circle == nullptr || !policy::admissible(member, audience_now(*circle, now)))
      return Error{Errc::conflict, "the rules of a circle of this invite have changed and do not admit you"};
  }
  return {};
}

/// The acts of the first redemption; none when the same client asks again.
Result<std::vector<circle::Act>> redeem(Secrets& secrets, const Redemption& redemption, circle::Decider& on) {
  const auto& directory = on.directory();
  const auto invite = directory.invite(redemption.invite);
  if (!invite || invite->revoked || invite->expires <= on.now()) return Error{Errc::not_found, ""};
  if (!invite->redeemed_by.empty()) {
    if (!equal_constant_time(invite->redeemed_by, redemption.client_key))
      return Error{Errc::conflict, "the invite was redeemed by another client"};
    return std::vector<circle::Act>{};
  }
  if (directory.find_member(invite->member_name))
    return Error{Errc::conflict, "a member with the name of this invite is there already"};
  policy::Member member;
  member.id = MemberId{directory.next_member()};
  member.uuid = uuid4();
  member.name = invite->member_name;
  member.kind = invite->kind;
  member.role = invite->role;
  member.sector = invite->sector;
  member.client_of = invite->client_of;
  TOCSIN_TRY(still_admissible(directory, *invite, member, on.now()));
  const std::uint64_t holder = directory.next_holder();
  const std::uint64_t token = directory.next_token();
  TOCSIN_TRY(secrets.add_token(TokenId{token}, secrets.token_for_join(invite->id, redemption.client_key)));
  std::vector<circle::Act> acts;
  acts.push_back(hub_act({{"act", "member"},
                          {"id", member.id.value()},
                          {"uuid", member.uuid},
                          {"name", member.name},
                          {"kind", policy::name(member.kind)},
                          {"role", policy::name(member.role)},
                          {"sector", member.sector},
                          {"client_of", member.client_of.value()}}));
  acts.push_back(hub_act({{"act", "holder"},
                          {"id", holder},
                          {"member", member.id.value()},
                          {"name", redemption.person},
                          {"machine", false}}));
  acts.push_back(hub_act({{"act", "token"},
                          {"id", token},
                          {"holder", holder},
                          {"scopes", names_json(policy::names_of(scopes_for(*invite)))},
                          {"expires", nullptr}}));
  acts.push_back(hub_act({{"act", "join"},
                          {"invite", invite->id},
                          {"client_key", redemption.client_key},
                          {"member", member.id.value()},
                          {"holder", holder},
                          {"agreement", redemption.agreement},
                          {"time", to_rfc3339(on.now())}}));
  for (const auto circle : invite->circles) {
    acts.push_back(membership_act(circle, {{"act", "admit"}, {"member", member.uuid}}));
    if (invite->steward)
      acts.push_back(
          membership_act(circle, {{"act", "steward"}, {"member", member.uuid}, {"holder", holder}}));
  }
  return acts;
}

/// The same for every redemption by the same client.
Result<std::string> joined(const Services& services, const Redemption& redemption) {
  const Error lost{Errc::unavailable, "the hub does not know what this invite made"};
  const auto invite = services.directory.invite(redemption.invite);
  if (!invite) return lost;
  std::string secret = services.secrets.token_for_join(invite->id, redemption.client_key);
  const auto token_id = services.secrets.token_of(secret);
  const auto token = token_id ? services.directory.token(*token_id) : std::nullopt;
  const auto holder = token ? services.directory.holder(token->holder) : std::nullopt;
  const auto member = services.directory.member(invite->member);
  if (!holder || !member) return lost;
  json::Array circles;
  for (const auto id : invite->circles)
    if (const auto circle = services.directory.circle(id))
      circles.push_back(json::Object{{"name", circle->name}, {"uuid", circle->uuid}});
  return json::dump(json::Object{{"member", member_json(*member)},
                                 {"person", holder->name},
                                 {"token", std::move(secret)},
                                 {"scopes", names_json(policy::names_of(token->scopes))},
                                 {"circles", std::move(circles)},
                                 {"url", services.public_url}});
}

}  // namespace

void join(SharedCall call) {
  auto redemption = redemption_in(*call);
  if (!redemption) return call->refuse(redemption.error());
  govern_as_hub(
      call,
      [call, redemption = *redemption](circle::Decider& on) {
        return redeem(call->services.secrets, redemption, on);
      },
      [redemption = *redemption](Call& done, const std::vector<log::Appended>&) {
        done.answer_or_refuse(201, joined(done.services, redemption));
      });
}

void me(SharedCall call) {
  const auto& principal = call->principal;
  const auto& directory = call->services.directory;
  json::Array circles;
  for (const auto& circle : directory.circles()) {
    const auto at = policy::standpoint(principal, *circle);
    if (at.inside)
      circles.push_back(
          json::Object{{"name", circle->name}, {"uuid", circle->uuid}, {"steward", at.steward}});
  }
  std::uint64_t pending = 0;
  for (const auto& asset : directory.assets())
    if (asset.verified.empty() && (principal.is_operator() || asset.member == principal.member_id()))
      ++pending;
  call->answer(200, json::dump(json::Object{
                        {"member", principal.member ? json::Value(member_json(*principal.member)) : nullptr},
                        {"person", principal.holder_name},
                        {"scopes", names_json(policy::names_of(principal.scopes))},
                        {"operator", principal.is_operator()},
                        {"circles", std::move(circles)},
                        {"assets_pending", pending}}));
}

}  // namespace tocsin::api
