#pragma once

/// Erasing a block in place, so that a crash in the middle never looks like damage: a note says beforehand
/// which block will be zero, and open() finishes what the note says.
///
/// Source:  docs/formats/log.md §Erasure.
/// Threads: one at a time.

#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "log/frame.hpp"

namespace tocsin::log {

struct ErasureNote {
  std::uint64_t log_id = 0;
  CircleId circle{};
  Sequence sequence{};
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;  ///< of the entry's head
  std::uint64_t length = 0;  ///< of head and block
};

/// Durable when it returns.
Status write_erasure_note(FileSystem& files, const std::string& folder, const ErasureNote& note);
/// Nothing when there is none, or when it was torn: then its erasure had not begun.
Result<std::optional<ErasureNote>> read_erasure_note(FileSystem& files, const std::string& folder);
Status forget_erasure_note(FileSystem& files, const std::string& folder);

/// Zeroes the block behind the head at `offset` and syncs.
Status erase_block(File& segment, std::uint64_t offset, const EntryHead& head);

}  // namespace tocsin::log
