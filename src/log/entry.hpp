#pragma once

/// One fact in a circle's log, and the commitment that fixes it.
///
/// Source:  docs/formats/log.md (bytes on disk, commitment, test vectors).
/// Units:   `date_added` in microseconds, strictly increasing and unique per circle; sequences from 1.
/// Threads: values and pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

namespace tocsin::log {

/// What an entry says. The numbers stand on disk and never change their meaning.
enum class Kind : std::uint8_t {
  object = 1,      ///< a STIX object was shared; bytes: the object
  withdrawal = 2,  ///< an object was recalled; bytes: JSON {id, why}
  sighting = 3,    ///< an indicator was seen; bytes: JSON (docs/formats/push.md)
  held = 4,        ///< an object waits for its author or a steward; bytes: JSON {reason, rule, object}
  decision = 5,    ///< a steward released or dismissed what was held; bytes: JSON {sequence, act, why}
  erasure = 6,     ///< an entry's bytes are gone; bytes: JSON {sequence}
  transfer = 7,    ///< an object has another owner; bytes: JSON {id, owner}
  rules = 8,       ///< the circle's rules changed; bytes: JSON (policy)
  membership = 9,  ///< who belongs to the circle changed; bytes: JSON {act, member, …}
  message = 10,    ///< a question to an unnamed author or a request to release, and its answer; bytes: JSON
  hub = 16,  ///< an act of the hub log (circle 0): members, people, tokens, circles; bytes: JSON {act, …}
};

using Salt = std::array<std::byte, 16>;

/// How an entry changes the row of an earlier entry of the same circle, or its own (a version that is old as
/// it comes).
struct RowChange {
  Sequence sequence{};              ///< of the row that changes
  std::uint32_t marking_class = 0;  ///< its class from now on
  bool superseded = false;          ///< a newer version of its object is current
  bool withdrawn = false;           ///< its object was withdrawn, revoked or erased
  friend bool operator==(const RowChange&, const RowChange&) = default;
};

/// What the sequencer hands to the log.
struct Draft {
  CircleId circle{};
  Kind kind = Kind::object;
  std::uint32_t marking_class = 0;  ///< index in the circle's table of marking classes (hub)
  MemberId author{};                ///< 0: the hub
  std::string attributes{};         ///< public: compact JSON that every reader of the entry gets and can hash
  std::string sealed{};             ///< what only the hub reads (hub/sealed.hpp); opaque to the log
  std::string bytes{};              ///< the content
  std::vector<RowChange> changes{};  ///< applied to the sidecar together with this entry
  /// SHA-256(bytes), when the caller has it already. Hashing is most of what an append costs beside the disk,
  /// and many threads can do it before the one writer comes.
  std::optional<Hash> bytes_hash{};
};

/// An entry as it stands in the log.
struct Entry {
  CircleId circle{};
  Sequence sequence{};
  Timestamp date_added{};
  Kind kind = Kind::object;
  std::uint32_t marking_class = 0;
  Hash previous{};  ///< the commitment of the entry before it in the same circle; zero for the first
  Hash commitment{};
  Salt salt{};         ///< opens `commitment` to whoever may read the entry
  Salt author_salt{};  ///< never leaves the hub
  MemberId author{};
  std::string attributes{};
  std::string sealed{};
  std::string bytes{};
  std::vector<RowChange> changes{};
  bool erased = false;  ///< salts, author, attributes, sealed and bytes are gone; the rest still holds
};

/// A = SHA-256("tocsin author v1" ‖ author salt ‖ author as u64), little-endian.
Hash author_commitment(const Salt& author_salt, MemberId author);

/// c = SHA-256("tocsin entry v1" ‖ salt ‖ circle u64 ‖ sequence u64 ‖ date_added i64 ‖ kind u8 ‖ previous ‖
///             SHA-256(bytes) ‖ SHA-256(attributes) ‖ A)
Hash entry_commitment(const Salt& salt, CircleId circle, Sequence sequence, Timestamp date_added, Kind kind,
                      const Hash& previous, std::string_view bytes, std::string_view attributes,
                      const Hash& author_commitment);
/// The same from the hashes of bytes and attributes.
Hash entry_commitment(const Salt& salt, CircleId circle, Sequence sequence, Timestamp date_added, Kind kind,
                      const Hash& previous, const Hash& bytes_hash, const Hash& attributes_hash,
                      const Hash& author_commitment);

}  // namespace tocsin::log
