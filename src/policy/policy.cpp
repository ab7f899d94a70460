#include "policy/policy.hpp"

#include <algorithm>

namespace tocsin::policy {
namespace {

const Membership* membership_in(const Circle& circle, const std::optional<Member>& member) {
  if (!member || member->standing != Standing::active) return nullptr;
  const auto it = circle.roster.find(member->id);
  return it == circle.roster.end() || it->second.standing != Standing::active ? nullptr : &it->second;
}

bool listens_for_government(const Member& member, const Audience& audience) {
  return member.kind != MemberKind::government ||
         (audience.government_roles >> static_cast<unsigned>(member.role) & 1U) != 0;
}

/// TLP 2.0: what a member's client may read of what the member may read.
bool passes_to_clients(stix::Tlp level) {
  return level <= stix::Tlp::amber;
}

}  // namespace

bool admissible(const Member& member, const Audience& audience) {
  return (audience.kinds >> static_cast<unsigned>(member.kind) & 1U) != 0 &&
         listens_for_government(member, audience) &&
         (audience.sectors.empty() || member.sector.empty() || audience.sectors.contains(member.sector) ||
          member.kind == MemberKind::government);
}

Standpoint standpoint(const Principal& principal, const Circle& circle) {
  Standpoint at;
  const Membership* membership = membership_in(circle, principal.member);
  if (membership == nullptr && principal.member && principal.member->standing == Standing::active) {
    membership = membership_in(circle, principal.client_of);
    at.as_client = membership != nullptr;
  }
  if (membership == nullptr) return at;
  at.inside = true;
  at.steward = !at.as_client && principal.has(Scope::steward) && circle.stewards.contains(principal.holder);
  if (!circle.rules.empty() && !circle.current_rules().newcomers_see_history)
    at.visible_after = membership->since_sequence;
  return at;
}

bool sees(const Principal& principal, const Standpoint& at, const MarkingClass& entry) {
  using Shape = MarkingClass::Shape;
  if (!at.inside || !principal.member || !principal.has(Scope::read)) return false;
  const Member& member = *principal.member;
  const bool own = entry.author.value() != 0 && entry.author == member.id;
  switch (entry.shape) {
    case Shape::governance:
      return true;
    case Shape::held:
      return own || at.steward;
    case Shape::direct:
      return own || entry.recipients.contains(member.id);
    case Shape::sighting:
      if (principal.is_government() && !own && !entry.sightings_to_government) return false;
      break;
    case Shape::content:
      break;
  }
  if (own) return true;
  // A client reads through its member, so the audience is asked about both.
  if (at.as_client && (!passes_to_clients(entry.tlp) || !principal.client_of ||
                       !admissible(*principal.client_of, entry.audience)))
    return false;
  if (!admissible(member, entry.audience)) return false;
  if (entry.tlp == stix::Tlp::red && entry.recipients.empty()) return false;
  if (!entry.recipients.empty()) return !at.as_client && entry.recipients.contains(member.id);
  return true;
}

Status may_share(const Principal& principal, const Circle& circle, const Standpoint& at, stix::Tlp tlp,
                 const std::set<MemberId>& recipients) {
  if (!at.inside || !principal.member) return Error{Errc::not_found, "no such circle"};
  if (at.as_client)
    return Error{Errc::denied, "a client reads through its member; it shares through it, too"};
  if (!principal.has(Scope::share)) return Error{Errc::denied, "this token has not the scope 'share'"};
  if (tlp > circle.current_rules().tlp_max)
    return Error{Errc::invalid_input, "TLP:" + std::string{stix::name(tlp)} +
                                          " is above the circle's ceiling, TLP:" +
                                          std::string{stix::name(circle.current_rules().tlp_max)}};
  if (tlp == stix::Tlp::red && recipients.empty())
    return Error{Errc::invalid_input, "TLP:RED names its recipients (--to)"};
  for (const auto member : recipients)
    if (!circle.roster.contains(member))
      return Error{Errc::invalid_input, "a recipient is no member of the circle"};
  return {};
}

bool keeps_all_readers(const MarkingClass& before, const MarkingClass& after) {
  if (after.tlp > before.tlp) return false;
  if ((before.audience.kinds & ~after.audience.kinds) != 0) return false;
  if ((before.audience.government_roles & ~after.audience.government_roles) != 0) return false;
  if (!after.audience.sectors.empty() && before.audience.sectors != after.audience.sectors) return false;
  if (after.recipients.empty()) return true;
  return !before.recipients.empty() && std::includes(after.recipients.begin(), after.recipients.end(),
                                                     before.recipients.begin(), before.recipients.end());
}

bool wider(const MarkingClass& from, const std::set<MemberId>& from_members, stix::Tlp tlp,
           const std::set<MemberId>& to_members, const std::set<MemberId>& recipients) {
  if (tlp < from.tlp) return true;
  const std::set<MemberId>& before = from.recipients.empty() ? from_members : from.recipients;
  const std::set<MemberId>& after = recipients.empty() ? to_members : recipients;
  return !std::includes(before.begin(), before.end(), after.begin(), after.end());
}

}  // namespace tocsin::policy
