#pragma once

/// How many bytes of pages one member's readers may hold that they have asked for and not yet taken, so that
/// slow or hostile ones cost the others nothing.
///
/// Contract: bytes count from enter() until the ticket is destroyed. A page that is larger than all that a
///           member may hold passes alone.
/// Errors:   overloaded; the same request passes later.
/// Threads:  any.

#include <map>
#include <memory>
#include <mutex>

#include "base/id.hpp"
#include "base/result.hpp"

namespace tocsin::taxii {

class Outgoing {
 public:
  explicit Outgoing(std::size_t each_bytes_max) : each_bytes_max_{each_bytes_max} {}

  using Ticket = std::shared_ptr<void>;
  Result<Ticket> enter(MemberId member, std::size_t bytes);

 private:
  const std::size_t each_bytes_max_;
  std::mutex mutex_;
  std::map<MemberId, std::size_t> held_;  // guarded by mutex_
};

}  // namespace tocsin::taxii
