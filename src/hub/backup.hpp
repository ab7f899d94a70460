#pragma once

/// Copies of a hub, and the way back.
///
/// Contract: what was acknowledged before back_up() began is in the copy; each copy is read and checked whole
///           before it counts. The hub may run meanwhile. Views are left out, they are made anew from the
///           log; so is what sensors have confirmed, which they will say again.
/// Errors:   unavailable (disk), conflict (the target is in use), corrupt (the source, or the copy, is
/// damaged). Threads:  one.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::hub {

struct BackupReport {
  std::uint64_t entries = 0;
  std::uint64_t circles = 0;       ///< with at least one entry; the hub log counts
  std::uint64_t bytes = 0;         ///< of the log
  std::uint64_t frame = 0;         ///< the last one in the copy
  Timestamp newest{};              ///< date of its last entry
  std::uint64_t erased_again = 0;  ///< restore: erasures that the backup did not know of
};

/// Copies the log and the keys of the hub in `data` into the new or empty folder `to`.
Result<BackupReport> back_up(const std::string& data, const std::string& to);

/// Makes the new or empty folder `data` a hub again from `backup`. `newer`: another copy, or the old folder
/// itself; what it has erased since is erased again. Empty: none.
Result<BackupReport> restore(const std::string& backup, const std::string& data, const std::string& newer);

}  // namespace tocsin::hub
