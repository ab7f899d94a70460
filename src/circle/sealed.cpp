#include "circle/sealed.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace tocsin::circle {
namespace {
constexpr std::uint8_t version = 1;
constexpr std::uint8_t version_with_tombstone = 2;
}  // namespace

std::string encode(const Sealed& sealed) {
  std::string out;
  append_number(out, sealed.tombstone ? version_with_tombstone : version);
  append_number(out, sealed.holder.value());
  append_number(out, sealed.owner.value());
  if (sealed.tombstone) out += as_text(*sealed.tombstone);
  if (sealed.introduces) out += policy::to_json(*sealed.introduces);
  return out;
}

Result<Sealed> decode_sealed(std::string_view bytes) {
  ByteReader reader{bytes};
  const auto seen = reader.number<std::uint8_t>();
  const HolderId holder{reader.number<std::uint64_t>()};
  const MemberId owner{reader.number<std::uint64_t>()};
  if (!reader.ok() || (seen != version && seen != version_with_tombstone))
    return Error{Errc::corrupt, "sealed part of unknown version"};
  Sealed sealed{holder, owner};
  if (seen == version_with_tombstone) {
    const auto tombstone = as_bytes(reader.run(sizeof(Hash)));
    if (!reader.ok()) return Error{Errc::corrupt, "sealed part that ends in its tombstone"};
    std::copy(tombstone.begin(), tombstone.end(), sealed.tombstone.emplace().begin());
  }
  if (reader.left() > 0) {
    auto marking_class = policy::parse_marking_class(reader.run(reader.left()));
    if (!marking_class) return Error{Errc::corrupt, "sealed part: " + marking_class.error().detail};
    sealed.introduces = *std::move(marking_class);
  }
  return sealed;
}

}  // namespace tocsin::circle
