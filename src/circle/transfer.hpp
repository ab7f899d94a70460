#pragma once

/// A steward gives an object to another owner, e.g. because the first left the circle.
///
/// Source:  design 3a (Ownership, Leaving); docs/formats/acts.md §Transfers.
/// Threads: as share.hpp.

#include <functional>
#include <string>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

struct TransferRequest {
  policy::Principal principal;
  CircleId circle;
  std::string id;
  std::string to;  ///< an active member of the circle, by name or UUID
  std::function<void(Result<log::Appended>)> done;
};
/// Errors: denied (not a steward), not_found (no such object), invalid_input (no such member of the circle),
/// conflict (it owns the object already).
Command transfer_command(TransferRequest request);

}  // namespace tocsin::circle
