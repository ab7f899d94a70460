#pragma once

/// Says of most keys that a run does not hold that it does not, without a look at its blocks.
///
/// Units:   10 bits a key in words of 64, five of them asked; a few absent keys in a hundred pass.
/// Threads: filled by one, then read by many.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin::history {

/// The word of a key among `words`, and the bits that it sets there.
struct FilterPlace {
  std::size_t word;
  std::uint64_t bits;

  static std::size_t words_for(std::uint64_t keys) { return static_cast<std::size_t>(keys * 10 / 64 + 1); }
  FilterPlace(std::uint64_t hash, std::size_t words)
      : word{static_cast<std::size_t>((hash >> 32) * words >> 32)}, bits{0} {
    for (unsigned shift = 0; shift < 30; shift += 6) bits |= std::uint64_t{1} << (hash >> shift & 63);
  }
};

/// Words that lie in a file, at any place.
inline bool may_hold(std::string_view words, std::uint64_t hash) {
  const FilterPlace place{hash, words.size() / 8};
  std::uint64_t word = 0;
  std::memcpy(&word, words.data() + place.word * 8, 8);
  return (word & place.bits) == place.bits;
}

}  // namespace tocsin::history
