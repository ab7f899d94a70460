#pragma once

/// A principal as it stands in a circle at the moment of a decision.
/// Threads: pure functions over what the directory holds now.

#include <memory>

#include "policy/directory.hpp"

namespace tocsin::circle {

struct Standing {
  policy::Principal principal;  ///< as the directory has it now, not as it was when the request came
  std::shared_ptr<const policy::Circle> circle;
  policy::Standpoint standpoint;
};

/// Errors: denied when the credentials are no longer good; not_found when the principal is not inside, with
/// the same words as for a circle that never was.
Result<Standing> standing_in(const policy::Directory& directory, const policy::Principal& principal,
                             CircleId circle, Timestamp now);

/// May the member know the entry at `sequence`? Verdicts and acts are a member's, whichever of its tokens it
/// uses: one that may only share or report must not be told otherwise than one that reads.
bool member_knows(const policy::Principal& principal, const policy::Standpoint& at, Sequence sequence,
                  const policy::MarkingClass* marking_class);

/// The active members of a circle.
std::set<MemberId> active_members(const policy::Circle& circle);

}  // namespace tocsin::circle
