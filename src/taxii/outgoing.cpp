#include "taxii/outgoing.hpp"

namespace tocsin::taxii {

Result<Outgoing::Ticket> Outgoing::enter(MemberId member, std::size_t bytes) {
  {
    const std::scoped_lock lock{mutex_};
    std::size_t& held = held_[member];
    if (held > 0 && held + bytes > each_bytes_max_)
      return Error{Errc::overloaded, "your member has asked for more pages than it takes; try again"};
    held += bytes;
  }
  return Ticket{this, [this, member, bytes](void*) {
                  const std::scoped_lock lock{mutex_};
                  const auto it = held_.find(member);
                  it->second -= bytes;
                  if (it->second == 0) held_.erase(it);
                }};
}

}  // namespace tocsin::taxii
