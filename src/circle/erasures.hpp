#pragma once

/// What the log says of erasing: what somebody proposed, what is due after its grace, what must leave the
/// files, and which ids may never come back.
///
/// Contract: a function of the log alone: note() gets every entry once, in log order, when it is written and
///           at a start. The tombstone of an id is keyed, so that it tells nobody which id it was.
/// Source:   design law 11 and 3a (Withdraw, delete, erase); docs/formats/acts.md §Erasing.
/// Threads:  any; note() from the sequencer (or the start) alone.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "circle/sealed.hpp"
#include "log/entry.hpp"

namespace tocsin::circle {

class Erasures {
 public:
  /// An authentication code under a key that only the hub has.
  using Mac = std::function<Hash(std::string_view)>;
  explicit Erasures(Mac mac) : mac_{std::move(mac)} {}

  struct Place {
    CircleId circle;
    Sequence sequence;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  /// A steward asked that an entry, and what speaks of its object, be erased. It waits for a second person.
  struct Proposal {
    Sequence entry;
    HolderId by;
    Timestamp time;
    std::string why;
  };
  /// A deletion whose grace time ends.
  struct Deletion {
    Timestamp due;
    std::string id;
    std::vector<Sequence> versions;  ///< empty: the whole id
  };

  /// Whether the place of such an entry is kept, so that a start can note it again.
  static bool concerns(log::Kind kind, std::string_view attributes, std::string_view bytes);
  void note(CircleId circle, Sequence sequence, Timestamp date_added, log::Kind kind, const Sealed& sealed,
            std::string_view attributes, std::string_view bytes);

  Hash tombstone(CircleId circle, std::string_view id) const;
  /// Was this id erased here?
  bool forbids(CircleId circle, std::string_view id) const;

  std::optional<Proposal> proposal(const Place& place) const;
  std::map<Sequence, Proposal> proposals(CircleId circle) const;
  /// Deletions that are due at `now`.
  std::vector<std::pair<Place, Deletion>> due(Timestamp now) const;

  /// Whether this entry's erasure is in the log and not carried out yet.
  bool leaves(const Place& place) const;
  /// All such entries.
  std::vector<Place> to_carry_out() const;
  void carried_out(const std::vector<Place>& places);

 private:
  const Mac mac_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<Place, Proposal> proposals_;
  std::map<Place, Deletion> deletions_;
  std::set<Place> to_carry_out_;
  std::set<Hash> tombstones_;
};

}  // namespace tocsin::circle
