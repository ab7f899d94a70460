#pragma once

/// The keys of the views: small, in the order in which they are walked, with nothing in them that is not
/// needed.
///
///   key      = table u8 · circle · group · sequence
///   circle, sequence, owner: one byte that counts the bytes that follow, then these, most significant first
///   group    = length u8 · bytes, or 0xFF · first 20 bytes of SHA-256 when it is longer than 40
/// All keys of one group stand together and begin alike; that beginning is what the filters know.
///
/// Threads: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "stix/object.hpp"

namespace tocsin::views {

/// The numbers stand on disk. A change of any form below is a new `format_number`.
enum class Table : std::uint8_t {
  position = 0,    ///< → format u8 · frame u64: how far the log has been applied
  first = 1,       ///< circle · id → sequence · version record: the lowest version that is still there
  version = 2,     ///< circle · id · sequence → version record: all further versions and the transfers
  type = 3,        ///< circle · type · sequence →
  value = 4,       ///< circle · value kind, text · sequence →
  reference = 5,   ///< circle · target id · sequence → names of the properties, parted by NUL
  act = 6,         ///< circle · id, entry kind · sequence →
  governance = 7,  ///< frame u64, most significant first · number within the frame → circle · sequence
  voice = 8,       ///< circle · id, kind of voice · author · all ones minus sequence → what it says u8
  pattern = 9,     ///< circle · what the pattern says · sequence →
};
inline constexpr std::uint8_t format_number = 2;

/// Appends a number so that byte order is number order and no form is the beginning of another.
void append_ordered(std::string& out, std::uint64_t number);
/// Takes such a number off the front; nullopt when there is none.
std::optional<std::uint64_t> take_ordered(std::string_view& bytes);

/// The beginning that all keys of a group share.
std::string group_key(Table table, CircleId circle, std::string_view group);
/// Its length within any key of the group; the whole length for keys that have no group.
std::size_t group_size(std::string_view key);

/// An id as a group: the type and 16 bytes for "type--uuid", anything else as it is. Different ids differ.
std::string id_group(std::string_view id);
std::string value_group(const stix::Value& value);
/// What members say of an id, by the kind of voice.
std::string voice_group(std::string_view id, std::uint8_t kind);

/// A version text in half its length, and back without loss: "2016-05-12T08:17:27.000Z".
std::string pack_version(std::string_view text);
std::string unpack_version(std::string_view packed);

}  // namespace tocsin::views
