#pragma once

/// A blocked Bloom filter: says "certainly not here" with one memory access.
///
/// Units:   2 bytes a key; about one key in a hundred that is absent passes all the same.
/// Threads: filled by one thread, then read by many.

#include <cstdint>
#include <vector>

namespace tocsin::match {

class Filter {
 public:
  Filter() = default;
  explicit Filter(std::size_t keys) : words_(keys / 4 + 1) {}

  void add(std::uint64_t hash) { words_[word_of(hash)] |= bits_of(hash); }
  bool may_hold(std::uint64_t hash) const {
    const auto bits = bits_of(hash);
    return (words_[word_of(hash)] & bits) == bits;
  }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&words_[word_of(hash)]); }
  std::size_t bytes() const { return words_.size() * sizeof(words_[0]); }

 private:
  // The upper half of the hash chooses the word, the lower half five of its bits.
  std::size_t word_of(std::uint64_t hash) const { return (hash >> 32) * words_.size() >> 32; }
  static std::uint64_t bits_of(std::uint64_t hash) {
    const auto bit = [&](unsigned shift) { return std::uint64_t{1} << (hash >> shift & 63); };
    return bit(0) | bit(6) | bit(12) | bit(18) | bit(24);
  }

  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(1);
};

}  // namespace tocsin::match
