#pragma once

/// One indicator as bytes: what a segment stores, copies when segments are merged, and reads on a hit.
///
/// Layout (numbers are LEB128 unless said):
///   circle, sequence, confidence + 1 or 0 (1 byte), id size, id, name size, name,
///   alternatives, per alternative: atoms, per atom: path (1 byte), values,
///   per value: form (1 byte), size, bytes.
/// The first atom of an alternative is its anchor: only the anchor's values are keys of the hash table; the
/// others are compared when the anchor was seen. So a rule that joins an address with port 443 costs nothing
/// on records that merely have the port.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "match/indicator.hpp"
#include "match/key.hpp"

namespace tocsin::match {

constexpr std::size_t indicator_values_max = 100'000;

struct Compiled {
  std::uint32_t from_second = 0;            ///< seconds since 1970; matches from this one on
  std::uint32_t until_second = UINT32_MAX;  ///< does not match from this one on; the largest means never
  std::string bytes;
};

/// Errors: invalid_input when there is nothing to match, a network cannot be read, a comparison asks for a
/// subset where no addresses are, or there are more than `indicator_values_max` values.
Result<Compiled> compile(const Indicator& indicator);

/// Second of `time`, held between the first and the last that the records can carry.
std::uint32_t to_second(Timestamp time);

/// Reads along bytes that `compile` wrote; they are ours, so nothing is checked.
class Cursor {
 public:
  explicit Cursor(const char* at) : at_{at} {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(*at_++); }
  std::string_view text() {
    const auto size = static_cast<std::size_t>(number());
    const std::string_view out{at_, size};
    at_ += size;
    return out;
  }
  const char* at() const { return at_; }

 private:
  const char* at_;
};

/// The front of a compiled indicator.
struct Head {
  CircleId circle;
  Sequence sequence;
  std::optional<std::uint8_t> confidence;
  std::string_view id, name;
  const char* alternatives;  ///< where the number of alternatives stands
};
Head read_head(const char* bytes);

/// Calls `visit(path, form, bytes of the key, at the value, at the alternative, number of atoms in it)` for
/// every key of a compiled indicator, and returns the end of its bytes.
template <class Visit>
const char* for_each_key(const char* alternatives, Visit&& visit) {
  Cursor cursor{alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    const char* alternative = cursor.at();
    const auto atoms = cursor.number();
    for (std::uint64_t atom = 0; atom < atoms; ++atom) {
      const auto path = static_cast<stix::Path>(cursor.byte());
      for (auto values = cursor.number(); values > 0; --values) {
        const char* value = cursor.at();
        const auto form = static_cast<Form>(cursor.byte());
        const auto bytes = cursor.text();
        if (atom == 0) visit(path, form, bytes, value, alternative, atoms);
      }
    }
  }
  return cursor.at();
}

/// True when all atoms behind the anchor are fulfilled by values of `object` in the observation.
bool others_fulfilled(const char* alternative, const stix::Observation& observation, std::uint8_t object);

}  // namespace tocsin::match
