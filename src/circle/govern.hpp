#pragma once

/// Acts that change who may do what: members, people, tokens, circles, rules. Each is an entry, visible to
/// whom it concerns, and takes effect when it is durable. Source:  docs/formats/acts.md. Threads: as
/// share.hpp.

#include <functional>
#include <string>
#include <vector>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

/// One act: an entry of the hub log (circle 0, kind hub), or of a circle (kind rules, membership or
/// decision).
struct Act {
  CircleId circle;
  log::Kind kind = log::Kind::hub;
  std::string bytes;
  MemberId about{};  ///< then only this member and the stewards read it
};

/// `make` runs on the sequencer's thread under the principal's rights as they are then; it checks them and
/// returns the acts of this command, which stand or fall together. `principal` is unset for the hub's own
/// acts (first start, joining by invite).
using MakeActs = std::function<Result<std::vector<Act>>(Decider&, const policy::Principal&)>;
Command govern_command(policy::Principal principal, MakeActs make,
                       std::function<void(Result<std::vector<log::Appended>>)> done);
/// The hub itself acts.
Command hub_command(std::function<Result<std::vector<Act>>(Decider&)> make,
                    std::function<void(Result<std::vector<log::Appended>>)> done);

}  // namespace tocsin::circle
