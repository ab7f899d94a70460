#pragma once

/// What one principal sees of one circle: rows in, yes or no out, asked of `policy` once per marking class.
///
/// Contract: answers hold for the rights version they were asked under; call refresh() before each page or
/// pull. Threads:  one thread at a time.

#include <memory>
#include <optional>
#include <vector>

#include "circle/classes.hpp"
#include "log/log.hpp"
#include "policy/directory.hpp"

namespace tocsin::circle {

class Sight {
 public:
  Sight(const policy::Directory& directory, const Classes& classes, const Clock& clock,
        policy::Principal principal, CircleId circle);

  /// Looks again at who the principal is and where it stands. True when anything may have changed.
  bool refresh();

  /// When the credentials end by themselves; nullopt: never.
  std::optional<Timestamp> expires() const { return expires_; }

  /// Inside the circle at all: if not, the circle does not exist for it.
  bool inside() const { return standpoint_.inside; }
  const policy::Standpoint& standpoint() const { return standpoint_; }
  const policy::Principal& principal() const { return principal_; }
  /// The circle as it was at the last refresh. Null when it never existed.
  const std::shared_ptr<const policy::Circle>& circle() const { return circle_; }

  /// May it know the content of this entry? Erased entries have none.
  bool sees(Sequence sequence, const log::Row& row);

 private:
  bool sees_class(std::uint32_t number);

  const policy::Directory& directory_;
  const Classes& classes_;
  const Clock& clock_;
  policy::Principal principal_;
  CircleId circle_id_;
  std::shared_ptr<const policy::Circle> circle_;
  policy::Standpoint standpoint_;
  std::optional<Timestamp> expires_;
  std::uint64_t rights_version_ = 0;
  std::vector<signed char> answers_;  // per class: -1 not asked, 0 no, 1 yes
};

}  // namespace tocsin::circle
