#pragma once

/// The bytes of one frame: a header, then for each entry a head that stays and a block that can be erased.
///
/// Source:  docs/formats/log.md §Frame.
/// Errors:  a parser says no; the caller knows the file and the offset.
/// Threads: pure functions and values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/entry.hpp"

namespace tocsin::log {

constexpr std::uint16_t format_version = 1;
constexpr std::uint64_t frame_bytes_max = 64ULL << 20;
constexpr std::size_t frame_header_bytes = 48;
constexpr std::size_t entry_head_bytes = 120;  ///< of an entry that changes no row
constexpr std::size_t block_fixed_bytes = 64;  ///< of a block without content

/// The checksum of all our files: XXH3-64, and 1 where that gives 0, so that zeros never verify.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed);

struct FrameHeader {
  std::uint16_t version = format_version;
  std::uint32_t entries = 0;
  std::uint64_t number = 0;  ///< from 1, no gaps over all segments
  std::uint64_t length = 0;  ///< of the whole frame, this header included
  std::uint64_t log_id = 0;  ///< drawn when the log began; bytes of members cannot pass for a frame of it
};

/// The magic with which every frame begins.
std::string_view frame_magic();

/// Reads the first 48 bytes of a frame. Nothing when they are no intact header.
std::optional<FrameHeader> parse_frame_header(std::string_view bytes);

/// What stays of an entry for ever.
struct EntryHead {
  CircleId circle{};
  Sequence sequence{};
  Timestamp date_added{};
  std::uint64_t frame = 0;
  std::uint32_t index = 0;  ///< in its frame
  std::uint32_t block_length = 0;
  std::uint32_t marking_class = 0;
  Kind kind = Kind::object;
  Hash previous{};
  Hash commitment{};
  std::vector<RowChange> changes{};  ///< they outlive an erasure: rows made anew must be the same
  std::uint64_t check = 0;

  std::uint64_t head_length() const;
  std::uint64_t length() const { return head_length() + block_length; }
};

std::optional<EntryHead> parse_entry_head(std::string_view bytes, std::uint64_t log_id);

/// What can be erased of an entry. Views into the bytes it was parsed from.
struct Block {
  enum class State : std::uint8_t { whole, erased, bad };
  State state = State::bad;
  Salt salt{};
  Salt author_salt{};
  MemberId author{};
  std::string_view attributes{};
  std::string_view sealed{};
  std::string_view bytes{};
  std::vector<RowChange> changes{};
};

Block parse_block(std::string_view bytes, const EntryHead& head);

/// The entry that a head and its block make. The block is not bad.
Entry make_entry(const EntryHead& head, const Block& block);

struct FrameEntry {
  EntryHead head{};
  std::uint64_t offset = 0;  ///< of the head, in the frame
  Block block{};
};

/// All entries of a whole frame. Nothing when any head or block is damaged; an erased block is no damage.
std::optional<std::vector<FrameEntry>> parse_frame(std::string_view bytes, const FrameHeader& header);

/// How long the head and the block of a draft become.
std::uint64_t head_bytes(const Draft& draft);
std::uint64_t block_bytes(const Draft& draft);

/// Builds one frame: add() for each entry in order. The header says beforehand how many and how long.
class FrameWriter {
 public:
  explicit FrameWriter(const FrameHeader& header);
  /// Fills in the head's frame, index, block length, changes and check. Returns the head's offset in the
  /// frame.
  std::uint64_t add(EntryHead& head, const Draft& draft, const Salt& salt, const Salt& author_salt);
  const std::string& bytes() const { return out_; }

 private:
  FrameHeader header_;
  std::uint32_t added_ = 0;
  std::string out_;
};

}  // namespace tocsin::log
