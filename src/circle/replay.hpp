#pragma once

/// Entries back into state: what a start does for the entries that the views lack, and a rebuild for all.
///
/// Contract: gives exactly what the sequencer gave when it wrote the entry, from the entry alone.
/// Errors:   corrupt when an entry of ours cannot be read.
/// Threads:  one, before anything else runs.

#include "circle/classes.hpp"
#include "circle/erasures.hpp"
#include "circle/follower.hpp"
#include "log/log.hpp"
#include "policy/directory.hpp"
#include "views/views.hpp"

namespace tocsin::circle {

/// Does the entry change the directory? Those of kind hub, rules and membership, and decisions on a member.
bool is_governance(log::Kind kind, std::string_view bytes);

/// Applies such an entry to the directory; does nothing for others.
Status apply_governance(policy::Directory& directory, CircleId circle, Sequence sequence,
                        Timestamp date_added, log::Kind kind, std::string_view bytes);

/// The id that an act speaks of; empty for entries that speak of none.
std::string subject_of(const log::Entry& entry);

/// What an entry that is not erased changes in the views; `object` of it is set when it is handed on.
Result<OwnedChange> change_of(const log::Entry& entry, log::Position position, stix::Parser& parser);

/// Brings directory, classes and erasures to the views' position, then everything to the log's end. Resets
/// views that are ahead of the log (it was restored from a backup) or that cannot be read.
Status catch_up(const log::Log& log, std::unique_ptr<views::Views>& views,
                const views::Views::Options& options, policy::Directory& directory, Classes& classes,
                Erasures& erasures);

}  // namespace tocsin::circle
