#pragma once

/// A collection as one principal sees it: which entries it may know, and which versions of an object there
/// are for it. Everything that one request reads of a circle goes through here, within a budget.
///
/// Contract: what is withdrawn or erased is not there, nor is what the principal may not see; `last` is the
///           newest version among the rest (design 3a, Pages). Two entries of the same version (it was shared
///           again, with more readers) count as one, the later.
/// Errors:   corrupt, unavailable (log or views).
/// Threads:  one request, one thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circle/sight.hpp"
#include "serve/services.hpp"
#include "taxii/query.hpp"

namespace tocsin::taxii {

struct ObjectVersion {
  Sequence sequence;
  std::string version;  ///< modified, else created, else the date it was added (§4.3.1)
  Timestamp date_added;
};

class Reader {
 public:
  /// Sees the circle as it is at `head`.
  Reader(const serve::Services& services, circle::Sight& sight, Sequence head);

  Sequence head() const { return head_; }
  CircleId circle() const { return circle_; }
  const serve::Services& services() const { return services_; }

  bool sees(Sequence sequence, const log::Row& row) const;
  /// What decides, beside the log, which entries are seen. Empty: too much to say.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Every version that is there for the principal, from oldest to newest. Valid until the next call.
  Result<const std::vector<ObjectVersion>*> versions(const std::string& id);
  /// Those of them that the filter takes.
  Result<std::vector<ObjectVersion>> matching(const std::string& id, const VersionFilter& filter);

  /// Counts work; false once the request has had its share.
  bool spend(std::size_t units);

 private:
  void look_at_classes();
  Result<std::vector<ObjectVersion>> find_versions(const std::string& id);

  const serve::Services& services_;
  circle::Sight& sight_;
  const CircleId circle_;
  const Sequence head_;
  std::string fingerprint_;
  std::size_t spent_ = 0;
  std::string versions_of_;  // the id that was asked for last
  std::vector<ObjectVersion> versions_;
};

/// What one look-up costs, beside a row that is walked past.
inline constexpr std::size_t look_up_units = 50;

}  // namespace tocsin::taxii
