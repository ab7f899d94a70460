#pragma once

/// What was seen since the last run was made: distinct values in memory, as they were observed.
///
/// Path:    `add` finds a value by its hash and counts; `seal` turns all of them into a run, by the keys that
///          they are kept under.
/// Limits:  a number of values, and of bytes: each costs about 80 and itself.
/// Threads: belongs to one at a time.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "history/trace.hpp"

namespace tocsin::history {

/// One observed value. `tag` says of what kind; it is a part of what makes a value distinct.
struct Observed {
  std::uint8_t tag = 0;
  std::uint32_t second = 0;  ///< since 1970
  std::string_view text;
  std::uint64_t offset_bytes = 0;
};

/// The key under which a value is kept.
using KeyOf = std::function<std::string(std::uint8_t tag, std::string_view text)>;

class Table {
 public:
  explicit Table(std::size_t entries_max, std::size_t bytes_max = 64 << 20);

  /// `file` stays where it is for as long as the table is used. Values that find no room are not taken: how
  /// many of the first were is returned.
  std::size_t add(std::span<const Observed> values, std::string_view file);
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }

  /// The bytes of a run.
  Result<std::string> seal(const KeyOf& key_of) const;

 private:
  struct Entry {  // in the arena, before its text
    std::uint64_t count, last_offset_bytes;
    std::uint32_t first_second, last_second, size;
    std::uint16_t first_file, last_file;
    std::uint8_t tag;
  };
  struct Slot {
    std::uint64_t hash;   // 0: free
    std::uint64_t entry;  // offset in the arena
  };
  std::uint16_t number_of(std::string_view file);
  Slot* slot_of(std::uint64_t hash, std::uint8_t tag, std::string_view text);
  void grow();

  std::size_t entries_max_, bytes_max_, count_ = 0;
  std::uint64_t seed_;
  std::vector<Slot> slots_;
  std::string arena_;
  std::vector<std::string_view> files_;
  std::vector<std::uint64_t> hashes_;  // of what is being added
};

}  // namespace tocsin::history
