#pragma once

/// How many objects each member has shared in the last hour, for circles that limit it.
///
/// Contract: a function of the log and the clock: what was logged within the hour is counted again after a
///           restart. Objects that a steward released count as their author's then.
/// Threads:  the sequencer's.

#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "circle/classes.hpp"
#include "log/log.hpp"

namespace tocsin::circle {

class Flood {
 public:
  Flood(const log::Log& log, const Classes& classes) : log_{log}, classes_{classes} {}

  /// What passes from a member of this standing in an hour; none: any number.
  static std::optional<std::uint32_t> limit(const policy::Rules& rules, const policy::Membership& membership,
                                            Timestamp now);

  /// Has the member shared as many objects within the last hour as pass?
  Result<bool> is_over(const policy::Circle& circle, MemberId member, Timestamp now);
  /// Objects of the member within the hour before `now`, those of `note` included.
  Result<std::uint64_t> count(CircleId circle, MemberId member, Timestamp now);
  /// One more.
  void note(CircleId circle, MemberId member, Timestamp now);
  void clear() { windows_.clear(); }

 private:
  /// Counts by the minute, oldest first.
  using Window = std::deque<std::pair<std::int64_t, std::uint64_t>>;
  Result<Window> load(CircleId circle, MemberId member, Timestamp now) const;

  const log::Log& log_;
  const Classes& classes_;
  std::map<std::pair<CircleId, MemberId>, Window> windows_;
};

}  // namespace tocsin::circle
