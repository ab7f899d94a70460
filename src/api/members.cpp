#include <algorithm>

#include "api/acts.hpp"
#include "net/certificates.hpp"

namespace tocsin::api {
namespace {

constexpr std::chrono::days invite_life{7};
constexpr std::size_t sector_bytes_max = 64;

using policy::MemberKind;
using policy::Standing;

/// Operators, and stewards of every circle that the invite names, may make, see and revoke it.
bool may_handle(const policy::Directory& directory, const policy::Principal& principal,
                const policy::Invite& invite) {
  if (principal.is_operator()) return true;
  return !invite.circles.empty() &&
         std::all_of(invite.circles.begin(), invite.circles.end(),
                     [&](CircleId circle) { return keeps(directory, principal, circle); });
}

/// An invite as the body asks for it; its circles and its host as `asks` may know them.
Result<policy::Invite> invite_in(const json::Object& body, const policy::Directory& directory,
                                 const policy::Principal& asks) {
  policy::Invite invite;
  auto name = name_in(body, "name");
  if (!name) return std::move(name).error();
  invite.member_name = *std::move(name);
  auto kind = json::text(body, "kind");
  if (!kind) return std::move(kind).error();
  const auto known_kind = policy::parse_member_kind(*kind);
  if (!known_kind)
    return Error{Errc::invalid_input, "'kind' must be one of: company, government, association, researcher"};
  invite.kind = *known_kind;
  auto role = json::optional_text(body, "role");
  if (!role) return std::move(role).error();
  const auto known_role = policy::parse_government_role(role->value_or("none"));
  if (!known_role)
    return Error{Errc::invalid_input,
                 "'role' must be one of: none, cert, regulator, law-enforcement, intelligence"};
  invite.role = *known_role;
  if ((invite.kind == MemberKind::government) != (invite.role != policy::GovernmentRole::none))
    return Error{Errc::invalid_input, "'role' belongs to the kind 'government', which must have one"};
  auto sector = json::optional_text(body, "sector");
  if (!sector) return std::move(sector).error();
  invite.sector = sector->value_or("");
  if (!invite.sector.empty()) {
    const auto checked = name_in(body, "sector");
    if (!checked) return checked.error();
    if (invite.sector.size() > sector_bytes_max)
      return Error{Errc::invalid_input, "'sector' is longer than 64 bytes"};
  }
  auto steward = json::optional_flag(body, "steward");
  if (!steward) return std::move(steward).error();
  invite.steward = steward->value_or(false);
  auto circles = json::texts(body, "circles");
  if (!circles) return std::move(circles).error();
  for (const auto& text : *circles) {
    const auto circle = directory.find_circle(text);
    if (circle == nullptr || !(asks.is_operator() || is_inside(asks, *circle)))
      return Error{Errc::not_found, ""};
    if (std::find(invite.circles.begin(), invite.circles.end(), circle->id) == invite.circles.end())
      invite.circles.push_back(circle->id);
  }
  auto host = json::optional_text(body, "client_of");
  if (!host) return std::move(host).error();
  if (*host) {
    const auto member = directory.find_member(**host);
    // Through its host a client reads all of that member's circles, so stewards may name their own only.
    if (!member || !(asks.is_operator() || asks.member_id() == member->id))
      return Error{Errc::invalid_input, "'client_of' must be a member of the hub; stewards name their own"};
    if (member->standing != Standing::active || member->client_of != MemberId{})
      return Error{Errc::invalid_input, "'client_of' must be active and not itself a client"};
    invite.client_of = member->id;
  }
  if (invite.steward && invite.circles.empty())
    return Error{Errc::invalid_input, "'steward' needs the circles to keep"};
  return invite;
}

Status admitted_by_rules(const policy::Directory& directory, const policy::Invite& invite, Timestamp now) {
  policy::Member member;
  member.kind = invite.kind;
  member.role = invite.role;
  member.sector = invite.sector;
  for (const auto id : invite.circles) {
    const auto circle = directory.circle(id);
    if (circle == nullptr) return Error{Errc::not_found, ""};
    if (!policy::admissible(member, audience_now(*circle, now)))
      return Error{Errc::invalid_input, "the rules of '" + circle->name +
                                            "', as they are now, do not admit a member of this kind, role "
                                            "and sector"};
  }
  return {};
}

json::Object invite_json(const policy::Directory& directory, const policy::Invite& invite, Timestamp now) {
  json::Array circles;
  for (const auto id : invite.circles)
    if (const auto circle = directory.circle(id)) circles.emplace_back(circle->name);
  const auto host = directory.member(invite.client_of);
  const auto member = directory.member(invite.member);
  const std::string_view state = !invite.redeemed_by.empty() ? "redeemed"
                                 : invite.revoked            ? "revoked"
                                 : invite.expires <= now     ? "expired"
                                                             : "open";
  return {{"id", invite.id},
          {"name", invite.member_name},
          {"kind", policy::name(invite.kind)},
          {"role", policy::name(invite.role)},
          {"sector", invite.sector},
          {"circles", std::move(circles)},
          {"steward", invite.steward},
          {"client_of", host ? json::Value(host->uuid) : nullptr},
          {"expires", to_rfc3339(invite.expires)},
          {"state", state},
          {"member", member ? json::Value(member_json(*member)) : nullptr}};
}

json::Object invite_fields(const policy::Invite& invite) {
  json::Array circles;
  for (const auto circle : invite.circles) circles.emplace_back(static_cast<std::int64_t>(circle.value()));
  return {{"act", "invite"},
          {"id", invite.id},
          {"name", invite.member_name},
          {"kind", policy::name(invite.kind)},
          {"role", policy::name(invite.role)},
          {"sector", invite.sector},
          {"circles", std::move(circles)},
          {"steward", invite.steward},
          {"client_of", invite.client_of.value()},
          {"expires", to_rfc3339(invite.expires)}};
}

bool shares_a_circle(const policy::Directory& directory, const policy::Principal& principal, MemberId other) {
  for (const auto& circle : directory.circles()) {
    const auto it = circle->roster.find(other);
    if (it != circle->roster.end() && it->second.standing != Standing::removed &&
        is_inside(principal, *circle))
      return true;
  }
  return false;
}

}  // namespace

void list_members(SharedCall call) {
  const auto& directory = call->services.directory;
  std::map<std::string, json::Object> listed;
  for (const auto& member : directory.members())
    if (call->principal.is_operator() || member.id == call->principal.member_id() ||
        shares_a_circle(directory, call->principal, member.id))
      listed.emplace(member.name, member_json(member));
  answer_page(*call, "members", listed);
}

void change_standing(SharedCall call) {
  const Error denied{Errc::denied, "only an operator of the hub changes a member's standing"};
  if (!call->principal.is_operator()) return call->refuse(denied);
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto standing = json::text(*body, "standing");
  if (!standing) return call->refuse(standing.error());
  if (*standing != "active" && *standing != "suspended" && *standing != "removed")
    return call->refuse(Error{Errc::invalid_input, "'standing' must be one of: active, suspended, removed"});
  const auto why = why_in(*body);
  if (!why) return call->refuse(why.error());
  govern(
      call,
      [denied, name = call->parameters.front(), standing = *standing, why = *why](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        if (!principal.is_operator()) return denied;
        const auto member = on.directory().find_member(name);
        if (!member) return Error{Errc::not_found, ""};
        if (member->standing == Standing::removed)
          return Error{Errc::conflict, "the member was removed, which is final; invite it anew"};
        if (policy::name(member->standing) == standing)
          return Error{Errc::conflict, "that is the member's standing already"};
        return std::vector{hub_act(
            {{"act", "standing"}, {"member", member->id.value()}, {"standing", standing}, {"why", why}})};
      },
      answer_sequence);
}

void list_invites(SharedCall call) {
  const auto& services = call->services;
  if (!call->principal.is_operator() && !call->principal.has(policy::Scope::steward))
    return call->refuse(Error{Errc::denied, "only operators and stewards handle invites"});
  std::map<std::uint64_t, json::Object> listed;
  for (const auto& invite : services.directory.invites())
    if (may_handle(services.directory, call->principal, invite))
      listed.emplace(invite.id, invite_json(services.directory, invite, services.clock.now()));
  answer_page(*call, "invites", listed);
}

void create_invite(SharedCall call) {
  if (!call->principal.is_operator() && !call->principal.has(policy::Scope::steward))
    return call->refuse(Error{Errc::denied, "only operators and stewards handle invites"});
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  struct Made {
    std::uint64_t id = 0;
    std::string secret = Secrets::make_secret();
    Timestamp expires;
  };
  auto made = std::make_shared<Made>();
  govern(
      call,
      [made, body = *body, &secrets = call->services.secrets](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        const auto& directory = on.directory();
        auto invite = invite_in(body, directory, principal);
        if (!invite) return std::move(invite).error();
        if (!may_handle(directory, principal, *invite))
          return Error{Errc::denied, "only operators, or stewards of all the circles named, may invite"};
        if (directory.find_member(invite->member_name))
          return Error{Errc::conflict, "there is a member with this name"};
        TOCSIN_TRY(admitted_by_rules(directory, *invite, on.now()));
        invite->id = made->id = directory.next_invite();
        invite->expires = made->expires = on.now() + invite_life;
        TOCSIN_TRY(secrets.add_invite(invite->id, made->secret));
        return std::vector{hub_act(invite_fields(*invite))};
      },
      [made](Call& done, const std::vector<log::Appended>&) {
        done.answer(201, json::dump(json::Object{{"id", made->id},
                                                 {"invite_url", done.services.public_url + "/join#invite=" +
                                                                    made->secret + "&" + done.services.trust},
                                                 {"expires", to_rfc3339(made->expires)}}));
      });
}

void revoke_invite(SharedCall call) {
  const auto id = number_in_path(*call);
  if (!id) return call->refuse(id.error());
  govern(
      call,
      [id = *id](circle::Decider& on,
                 const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        const auto invite = on.directory().invite(id);
        if (!invite || !may_handle(on.directory(), principal, *invite)) return Error{Errc::not_found, ""};
        if (invite->revoked || !invite->redeemed_by.empty())
          return Error{Errc::conflict, invite->revoked ? "the invite was revoked already"
                                                       : "the invite was redeemed; suspend the member"};
        return std::vector{hub_act({{"act", "invite-revoked"}, {"id", id}})};
      },
      answer_sequence);
}

}  // namespace tocsin::api
