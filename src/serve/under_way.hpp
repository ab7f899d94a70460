#pragma once

/// How much of the hub one member may hold at a time, so that one that is slow or hostile costs the others
/// nothing.
///
/// Contract: a ticket counts from enter() until it is destroyed.
/// Errors:   overloaded when the member holds all it may; the same request passes later.
/// Threads:  any.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "base/id.hpp"
#include "base/result.hpp"

namespace tocsin::serve {

class UnderWay {
 public:
  /// Of each member. The sequencer's queue holds 4096 commands, so that four such members leave room for
  /// others.
  static constexpr std::size_t writes_max = 1024;
  static constexpr std::size_t streams_max = 4096;

  explicit UnderWay(std::size_t each_max) : each_max_{each_max} {}

  using Ticket = std::shared_ptr<void>;
  /// `what` names the limit to the caller, e.g. "requests that write".
  Result<Ticket> enter(MemberId member, std::string_view what) {
    {
      const std::scoped_lock lock{mutex_};
      std::size_t& held = held_[member];
      if (held >= each_max_)
        return Error{Errc::overloaded, "your member has " + std::to_string(held) + " " + std::string{what} +
                                           " under way, which is all that one may have; try again"};
      ++held;
    }
    return Ticket{this, [this, member](void*) { leave(member); }};
  }

 private:
  void leave(MemberId member) {
    const std::scoped_lock lock{mutex_};
    if (--held_[member] == 0) held_.erase(member);
  }

  const std::size_t each_max_;
  std::mutex mutex_;
  std::map<MemberId, std::size_t> held_;  // guarded by mutex_
};

}  // namespace tocsin::serve
