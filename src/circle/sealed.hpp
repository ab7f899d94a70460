#pragma once

/// What only the hub reads of an entry: who shared it by which hands, the marking class when it is new, and
/// the tombstone of what was erased.
///
/// Source:  docs/formats/log.md (field `sealed`).
/// Errors:  corrupt when the bytes are none of ours.
/// Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "policy/types.hpp"

namespace tocsin::circle {

struct Sealed {
  HolderId holder;  ///< the person or machine of the author
  MemberId owner;   ///< who owns the object from this entry on; 0 where the entry is about none
  std::optional<policy::MarkingClass> introduces{};  ///< the class that this entry is the first of
  std::optional<Hash> tombstone{};                   ///< of the id that this erasure ends (erasures.hpp)
};

std::string encode(const Sealed& sealed);
Result<Sealed> decode_sealed(std::string_view bytes);

}  // namespace tocsin::circle
