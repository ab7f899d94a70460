#pragma once

/// Erasing: a steward proposes, a second person confirms, and then the content is gone from every file.
///
/// Contract: an object goes with all its versions and all that names it: transfers, withdrawals, sightings,
///           messages, what was held. Any other entry goes alone. Each becomes an entry of kind erasure that
///           names only a sequence; the Eraser then carries it out.
/// Source:   design law 11; docs/formats/acts.md §Erasing.
/// Threads:  as share.hpp.

#include <functional>
#include <string>
#include <vector>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

/// The entries that hold this object or name its id, as far as the views have got. In no order.
Result<std::vector<Sequence>> entries_about(const views::Views& views, CircleId circle, std::string_view id);

struct ProposeErasure {
  policy::Principal principal;
  CircleId circle;
  Sequence entry;   ///< of the object (any version), or another entry to erase
  std::string id;   ///< or the object by its id; `entry` is then 0
  std::string why;  ///< required; read by the circle's stewards and the object's owner
  std::function<void(Result<log::Appended>)> done;
};
/// Errors: denied (not a steward), not_found, conflict (erased already), invalid_input (no reason).
Command propose_erasure_command(ProposeErasure request);

struct ConfirmErasure {
  policy::Principal principal;  ///< another person: a steward, or of the member that owns the object
  CircleId circle;
  Sequence proposal;
  std::function<void(Result<std::vector<Sequence>>)> done;  ///< the entries that are to be erased
};
/// Errors: denied, not_found, conflict (done meanwhile).
Command confirm_erasure_command(ConfirmErasure request);

/// A deletion whose grace time is over. `done` gets the same.
Command due_erasure_command(Erasures::Place place, Erasures::Deletion deletion,
                            std::function<void(Result<std::vector<Sequence>>)> done);

/// After a restore: an entry that a newer copy of this log has erased, with the commitment it has there.
/// Errors: not_found when this log has no such entry, or another one at its place.
Command repeat_erasure_command(Erasures::Place place, Hash commitment,
                               std::function<void(Result<std::vector<Sequence>>)> done);

}  // namespace tocsin::circle
