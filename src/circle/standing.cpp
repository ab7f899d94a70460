#include "circle/standing.hpp"

namespace tocsin::circle {

Result<Standing> standing_in(const policy::Directory& directory, const policy::Principal& principal,
                             CircleId circle, Timestamp now) {
  auto current = directory.principal(principal.token, now);
  if (!current) return std::move(current).error();
  Standing standing{*std::move(current), directory.circle(circle), {}};
  if (standing.circle != nullptr)
    standing.standpoint = policy::standpoint(standing.principal, *standing.circle);
  if (!standing.standpoint.inside) return Error{Errc::not_found, "there is no such circle"};
  return standing;
}

bool member_knows(const policy::Principal& principal, const policy::Standpoint& at, Sequence sequence,
                  const policy::MarkingClass* marking_class) {
  if (marking_class == nullptr || sequence <= at.visible_after) return false;
  policy::Principal member = principal;
  member.scopes |= policy::scope_bit(policy::Scope::read);
  return policy::sees(member, at, *marking_class);
}

std::set<MemberId> active_members(const policy::Circle& circle) {
  std::set<MemberId> members;
  for (const auto& [id, membership] : circle.roster)
    if (membership.standing == policy::Standing::active) members.insert(id);
  return members;
}

}  // namespace tocsin::circle
