#pragma once

/// A blocked Bloom filter: says "certainly not here" with one memory access.
///
/// Units:   2 bytes a key; about one key in a hundred that is absent passes all the same.
/// Threads: filled by one thread, then read by many. The words are held by whoever made them.

#include <cstdint>
#include <span>
#include <vector>

namespace tocsin::match {

class Filter {
 public:
  Filter() = default;
  explicit Filter(std::span<const std::uint64_t> words) : words_{words} {}

  static std::size_t words_for(std::size_t keys) { return keys / 4 + 1; }
  static void add(std::vector<std::uint64_t>& words, std::uint64_t hash) {
    words[word_of(words.size(), hash)] |= bits_of(hash);
  }
  bool may_hold(std::uint64_t hash) const {
    const auto bits = bits_of(hash);
    return (words_[word_of(words_.size(), hash)] & bits) == bits;
  }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&words_[word_of(words_.size(), hash)]); }
  std::span<const std::uint64_t> words() const { return words_; }

 private:
  // The upper half of the hash chooses the word, the lower half five of its bits.
  static std::size_t word_of(std::size_t words, std::uint64_t hash) { return (hash >> 32) * words >> 32; }
  static std::uint64_t bits_of(std::uint64_t hash) {
    const auto bit = [&](unsigned shift) { return std::uint64_t{1} << (hash >> shift & 63); };
    return bit(0) | bit(6) | bit(12) | bit(18) | bit(24);
  }

  std::span<const std::uint64_t> words_;
};

}  // namespace tocsin::match
