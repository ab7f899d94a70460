#include "circle/sealed.hpp"

#include "base/bytes.hpp"

namespace tocsin::circle {
namespace {
constexpr std::uint8_t version = 1;
}

std::string encode(const Sealed& sealed) {
  std::string out;
  append_number(out, version);
  append_number(out, sealed.holder.value());
  append_number(out, sealed.owner.value());
  if (sealed.introduces) out += policy::to_json(*sealed.introduces);
  return out;
}

Result<Sealed> decode_sealed(std::string_view bytes) {
  ByteReader reader{bytes};
  const auto seen = reader.number<std::uint8_t>();
  const HolderId holder{reader.number<std::uint64_t>()};
  const MemberId owner{reader.number<std::uint64_t>()};
  if (!reader.ok() || seen != version) return Error{Errc::corrupt, "sealed part of unknown version"};
  Sealed sealed{holder, owner, std::nullopt};
  if (reader.left() > 0) {
    auto marking_class = policy::parse_marking_class(reader.run(reader.left()));
    if (!marking_class) return Error{Errc::corrupt, "sealed part: " + marking_class.error().detail};
    sealed.introduces = *std::move(marking_class);
  }
  return sealed;
}

}  // namespace tocsin::circle
