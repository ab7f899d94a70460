#pragma once

/// Numbers with one meaning each.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tocsin {

/// A number with one meaning. Meanings never mix, and the number leaves only through value().
template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(std::uint64_t value) : value_{value} {}
  constexpr std::uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  std::uint64_t value_ = 0;
};

using Sequence =
    Id<struct SequenceTag>;             ///< place in a circle's log: from 1, no gaps; 0 is "before the first"
using CircleId = Id<struct CircleTag>;  ///< circle 0 is the hub log, never served as a collection
using MemberId = Id<struct MemberTag>;  ///< from 1; 0 is "no member" (the hub itself)
using HolderId = Id<struct HolderTag>;  ///< a person or machine of a member: from 1
using TokenId = Id<struct TokenTag>;    ///< from 1

}  // namespace tocsin

template <class Tag>
struct std::hash<tocsin::Id<Tag>> {
  std::size_t operator()(tocsin::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>{}(id.value()); }
};
