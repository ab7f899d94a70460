#pragma once

/// What is held back although it is well formed: an indicator that would block what everybody uses, or what
/// belongs to another member. A steward may let it pass.
///
/// Looked at are indicators with a STIX pattern and observables that name values. An alternative of a pattern
/// is harmless to others as long as it asks for one value more that is neither listed nor owned:
/// `[domain = listed]` is held, `[domain = listed AND url = unlisted]` is not, `[domain = listed] OR
/// [domain = unlisted]` is held for its first half. Each value counts as everything that it may be read as
/// (readings.hpp). Comparisons that name no value (LIKE, MATCHES, !=, <, EXISTS, ports) are tried on ordinary
/// records (probes.hpp): what matches one counts as listed; else LIKE and MATCHES count as unlisted values,
/// the others as none. A rule in another language is held when all the values in its text are listed.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "screen/assets.hpp"
#include "screen/warning_lists.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {

struct Held {
  std::string rule;    ///< "asset" or "warning-list"
  std::string reason;  ///< a sentence for the sharer: names the value and the list, but never an owner
  std::vector<MemberId> owners;  ///< of the asset: they are told
};

/// The sharer's own assets do not hold what it shares.
std::optional<Held> brake(const stix::Object& object, const WarningLists& lists, const Assets& assets,
                          MemberId sharer);

}  // namespace tocsin::screen
