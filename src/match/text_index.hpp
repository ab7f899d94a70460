#pragma once

/// Many regular expressions searched for in one pass over a value: LIKE and MATCHES of all patterns.
///
/// Contract: says which expressions are found in a text of ASCII. What the engine (vectorscan) does not take
///           is listed, and is then for the caller to look for by other means.
/// Errors:   none; an expression that cannot be compiled is refused, never lost.
/// Threads:  built once, read by many; a `TextScratch` belongs to one thread.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/rule.hpp"

struct hs_database;
struct hs_scratch;

namespace tocsin::match {

class TextIndex;

/// Of the shortest text in which the expression is found; 0 when the engine does not take it.
std::size_t least_characters(const std::string& expression);

/// Working memory of one thread's searches.
class TextScratch {
 public:
  TextScratch() = default;
  TextScratch(const TextScratch&) = delete;
  TextScratch& operator=(const TextScratch&) = delete;
  ~TextScratch();

 private:
  friend class TextIndex;
  hs_scratch* scratch_ = nullptr;
  std::vector<std::uint64_t> made_for_;  // numbers of indexes
};

class TextIndex {
 public:
  /// `owner` comes back when the expression is found.
  struct Entry {
    const TextTrigger* trigger;
    std::uint32_t owner;
  };
  /// Owners of expressions that it does not take are added to `refused`.
  static std::shared_ptr<const TextIndex> build(std::span<const Entry> entries,
                                                std::vector<std::uint32_t>& refused);
  TextIndex() = default;
  TextIndex(const TextIndex&) = delete;
  TextIndex& operator=(const TextIndex&) = delete;
  ~TextIndex();

  const Paths& paths() const { return paths_; }
  /// Of all expressions for a path.
  const std::vector<std::uint32_t>& owners(stix::Path path) const {
    return owners_[static_cast<std::size_t>(path)];
  }
  /// Adds the owners of all expressions for `path` that are found in `text`, perhaps several times. False
  /// when it cannot tell: no memory for the scratch.
  bool search(stix::Path path, std::string_view text, TextScratch& scratch,
              std::vector<std::uint32_t>& owners) const;
  std::size_t bytes() const;

 private:
  std::uint64_t number_ = 0;  // of this index, from 1, for scratches
  Paths paths_;
  std::array<hs_database*, Paths{}.size()> databases_{};
  std::array<std::vector<std::uint32_t>, Paths{}.size()> owners_;
};

}  // namespace tocsin::match
