#pragma once

/// One indicator as bytes: what a segment stores, copies when segments are merged, and reads on a hit.
///
/// Layout (numbers are LEB128 unless said):
///   circle, sequence, confidence + 1 or 0 (1 byte), id size, id, name size, name, note size, note,
///   alternatives, per alternative: atoms * 2, + 1 when start and stop follow (8 bytes each), then
///   per atom: path (1 byte), values, per value: form (1 byte), size, bytes.
/// The first atom of an alternative is its anchor: only the anchor's values are keys of the hash table; the
/// others are compared when the anchor was seen. So a rule that joins an address with port 443 costs nothing
/// on records that merely have the port.
///
/// An indicator whose pattern is evaluated has an alternative with the pattern's text, and one for each exact
/// condition that wakes it. No time lies in these: they begin behind their end.

#include <cstdint>
#include <cstring>
#include <memory>
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
  std::shared_ptr<const Rule> rule{};  ///< of a pattern, when it is at hand; else made anew from its text
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
  std::int64_t fixed() {
    std::int64_t value = 0;
    std::memcpy(&value, at_, sizeof(value));
    at_ += sizeof(value);
    return value;
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
  std::string_view id, name, note;
  const char* alternatives;  ///< where the number of alternatives stands
};
Head read_head(const char* bytes);

/// The text of the pattern that is evaluated; empty when exact values decide.
std::string_view pattern_text(const char* alternatives);

/// How many records a value of this path is likely to sit in, from 1.
int commonness(stix::Path path);

/// The same indicator in another circle.
std::string with_circle(std::string_view bytes, CircleId circle);
/// Changes in place what the domain names in it stand for.
void take_domains(std::string& bytes, DomainMatch domains);
/// The same sizes and forms without a word of what was said: id, name, note and values are zeros.
std::string blanked(std::string_view bytes);
/// True when all that the readers above and below would read lies in `bytes`, and they end with it. For bytes
/// that come from a disk.
bool is_well_formed(std::string_view bytes);
/// True when a posting may point there: a value of the anchor, or an alternative, within `bytes`.
bool is_value(std::string_view bytes, std::size_t offset);
bool is_alternative(std::string_view bytes, std::size_t offset);

/// One alternative of a compiled indicator, standing before its first atom.
struct Alternative {
  explicit Alternative(const char* at) : cursor{at} {
    const auto packed = cursor.number();
    atoms = packed / 2;
    if (packed % 2 == 0) return;
    start = cursor.fixed();
    stop = cursor.fixed();
  }
  /// True when the anchor says all there is to say.
  bool is_anchor_only() const { return atoms == 1 && start == INT64_MIN && stop == INT64_MAX; }
  /// True when its values wake a pattern and decide nothing.
  bool is_trigger() const { return start > stop; }

  Cursor cursor;
  std::uint64_t atoms = 0;
  std::int64_t start = INT64_MIN, stop = INT64_MAX;  ///< microseconds since 1970; open when at the ends
};

/// Calls `visit(path, form, bytes of the key, at the value, at the alternative)` for every key of a compiled
/// indicator, that is for each value of each anchor.
template <class Visit>
void for_each_key(const char* alternatives, Visit&& visit) {
  Cursor cursor{alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    const char* at = cursor.at();
    const Alternative alternative{at};
    cursor = alternative.cursor;
    for (std::uint64_t atom = 0; atom < alternative.atoms; ++atom) {
      const auto path = static_cast<stix::Path>(cursor.byte());
      for (auto values = cursor.number(); values > 0; --values) {
        const char* value = cursor.at();
        const auto form = static_cast<Form>(cursor.byte());
        const auto bytes = cursor.text();
        if (atom == 0 && form != Form::pattern) visit(path, form, bytes, value, at);
      }
    }
  }
}

/// True when the observation's time fits and all atoms behind the anchor are fulfilled by values of `object`.
bool others_fulfilled(const char* alternative, const stix::Observation& observation, std::uint8_t object);

}  // namespace tocsin::match
