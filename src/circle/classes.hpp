#pragma once

/// The marking classes of every circle, by the number that rows carry.
///
/// Contract: numbers are given in log order, so a replay gives the same. A class is added before its first
/// entry is
///           readable and never changes.
/// Threads:  any; intern() and restore() from the sequencer (or the start) alone.

#include <deque>
#include <map>
#include <shared_mutex>
#include <string>

#include "policy/types.hpp"

namespace tocsin::circle {

class Classes {
 public:
  struct Interned {
    std::uint32_t number;
    bool is_new;
  };
  Interned intern(CircleId circle, const policy::MarkingClass& marking_class);
  /// At start: the class that the entry with this number introduced.
  void restore(CircleId circle, std::uint32_t number, policy::MarkingClass marking_class);
  /// The class of a row. Errors: corrupt when no entry introduced it.
  Result<policy::MarkingClass> at(CircleId circle, std::uint32_t number) const;
  /// The same, borrowed: classes are never moved or dropped. Null when there is none.
  const policy::MarkingClass* find(CircleId circle, std::uint32_t number) const;

 private:
  struct Table {
    std::map<std::uint32_t, policy::MarkingClass> by_number;  // nodes stay where they are
    std::map<std::string, std::uint32_t> by_content;
  };
  mutable std::shared_mutex mutex_;
  std::map<CircleId, Table> tables_;  // guarded by mutex_
};

}  // namespace tocsin::circle
