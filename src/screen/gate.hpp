#pragma once

/// The hub's own look at what a member shares. What a careful member's screen would have changed or kept is
/// refused, never stored; the sharer is told where and by which rule, and nobody is told the value.
///
/// Objects that somebody else made pass: the hub knows no member's own names. Source: docs/screen.md (The
/// hub). Threads: constant once built.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "screen/screen.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {

class Gate {
 public:
  /// Of `arriving_policy` and what the hub's file and the circle's change in it. Errors: invalid_input.
  static Result<Gate> make(std::string_view hub_toml = {}, std::string_view circle_toml = {});
  explicit Gate(Policy policy);

  /// Turns the objects that do not pass into refusals with the rule `screen:NAME`. `identities`: the sharer's
  /// registered ones; with none, what names any creator counts as somebody else's.
  void refuse(std::vector<stix::Parsed>& objects, std::span<const std::string> identities) const;
  /// Whether each passes; what is no object does.
  std::vector<bool> passing(std::span<const stix::Parsed> objects,
                            std::span<const std::string> identities) const;

  const std::string& policy_hash() const { return policy_->hash; }

 private:
  std::vector<Decision> decide(std::span<const stix::Parsed> objects,
                               std::span<const std::string> identities) const;

  std::shared_ptr<const Policy> policy_;
};

}  // namespace tocsin::screen
