#pragma once

/// The hub's screen on the way in, for every route that takes objects.
///
/// A circle's rules say whether it is on, what it has beyond the hub's policy, and what government does not
/// read. Errors:  invalid_input, for a policy that cannot be read. Threads: any.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "policy/types.hpp"
#include "screen/gate.hpp"
#include "stix/object.hpp"

namespace tocsin::serve {

class Screening {
 public:
  /// `hub_policy`: what differs from the built-in one, for all circles; empty: nothing.
  static Result<std::unique_ptr<Screening>> make(std::string hub_policy);

  /// Whether the rules' policies can be read.
  Status check(const policy::Rules& rules) const;

  /// Refuses what the circle does not take. Returns, by place, what government is not to read; empty:
  /// nothing.
  std::vector<bool> apply(const policy::Rules& rules, const policy::Member& sharer,
                          std::vector<stix::Parsed>& objects) const;

 private:
  explicit Screening(std::string hub_policy) : hub_policy_{std::move(hub_policy)} {}
  Result<std::shared_ptr<const screen::Gate>> gate(const std::string& circle_policy) const;

  const std::string hub_policy_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const screen::Gate>>
      gates_;  // by circle policy; guarded by mutex_
};

}  // namespace tocsin::serve
