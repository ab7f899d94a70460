#pragma once

/// What government principals read, written down before the first byte leaves, in a log of its own.
///
/// Contract: admit() returns only once a lease that covers the read is durable. A lease covers one circle,
/// member, route
///           and filter for 60 seconds; `to` 0 leaves the range open (a live stream).
/// Source:   design law 7 and 3a (Government reads).
/// Errors:   unavailable: the read must then be refused.
/// Threads:  any.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "log/log.hpp"
#include "policy/directory.hpp"

namespace tocsin::circle {

struct Read {
  std::string route;  ///< e.g. "stream", "objects", "search"
  std::string
      filter;  ///< what was asked, without content: "type=indicator"; a searched value stands as its SHA-256
  Sequence from, to;
};

/// What one government member read of a circle in one hour.
struct AccessDigest {
  Timestamp hour;
  MemberId member;
  std::map<std::string, std::uint64_t> leases_by_route;
  Sequence first, last;  ///< the range over all; last 0: open
};

class Accesses {
 public:
  static Result<std::unique_ptr<Accesses>> open(const std::string& folder, const Clock& clock);

  /// Does nothing for principals that are not government.
  Status admit(const policy::Principal& principal, CircleId circle, const Read& read);

  /// Of one circle, newest hour first, at most `most`.
  Result<std::vector<AccessDigest>> digests(CircleId circle, std::size_t most) const;

 private:
  Accesses(std::unique_ptr<log::Log> log, const Clock& clock) : log_{std::move(log)}, clock_{clock} {}

  struct Lease {
    Timestamp until;
    Sequence from, to;
  };
  const std::unique_ptr<log::Log> log_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::tuple<CircleId, MemberId, std::string, std::string>, Lease> leases_;  // guarded by mutex_
};

}  // namespace tocsin::circle
