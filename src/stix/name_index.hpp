#pragma once

/// A fixed set of names, found without comparing with more than one of them.
///
/// Contract: the names outlive the index; at most 200 of them, all different in their size, or in eight bytes
///           at one end or in the middle.
/// Threads:  constant once built.

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.hpp"

namespace tocsin::stix {

class NameIndex {
 public:
  static constexpr std::size_t none = 0xff;

  explicit NameIndex(std::vector<std::string_view> names) : names_{std::move(names)} {
    TOCSIN_CHECK(names_.size() <= 200, "an index of names is small");
    for (const auto name : names_) samples_.emplace_back(name);
    // Some odd factor spreads the names without two in one cell; nearly always one of the first few hundred.
    for (factor_ = 0x9e3779b97f4a7c15ULL; !spread(); factor_ += 0x2545f4914f6cdd1eULL) {
      TOCSIN_CHECK(++tries_ < 4000, "names of a table differ in what is looked at");
      if (tries_ % 500 == 0) --shift_;
    }
  }

  /// The place of `name` in the list; `none` when it is not there. A right guess saves half the time.
  [[gnu::always_inline]] std::size_t find(std::string_view name, std::size_t guess = none) const {
    const Sample sample{name};
    const std::size_t at =
        guess < samples_.size() && samples_[guess] == sample ? guess : cells_[cell_of(sample)];
    if (at == none || !(samples_[at] == sample)) return none;
    // Up to 24 bytes the sample is the whole name.
    return name.size() <= 24 || names_[at] == name ? at : none;
  }

 private:
  /// The size and eight bytes from either end and the middle; of a name of fewer bytes, all of them.
  struct Sample {
    explicit Sample(std::string_view name) : size{name.size()} {
      if (size >= 8) {
        first = load<std::uint64_t>(name.data());
        last = load<std::uint64_t>(name.data() + size - 8);
        middle = load<std::uint64_t>(name.data() + size / 2 - 4);
      } else if (size >= 4) {
        first = load<std::uint32_t>(name.data());
        last = load<std::uint32_t>(name.data() + size - 4);
      } else {
        for (const char c : name) first = first << 8U | static_cast<unsigned char>(c);
      }
    }
    friend bool operator==(const Sample&, const Sample&) = default;
    template <typename Number>
    static Number load(const char* from) {
      Number number;
      std::memcpy(&number, from, sizeof number);
      return number;
    }
    std::uint64_t size, first = 0, last = 0, middle = 0;
  };

  std::size_t cell_of(const Sample& sample) const {
    const auto mixed = (sample.first ^ (sample.last << 29U | sample.last >> 35U) ^
                        (sample.middle << 13U | sample.middle >> 51U)) +
                       sample.size;
    return static_cast<std::size_t>((mixed * factor_) >> shift_);
  }

  bool spread() {
    cells_.assign(std::size_t{1} << (64U - shift_), static_cast<std::uint8_t>(none));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      auto& cell = cells_[cell_of(samples_[i])];
      if (cell != none) return false;
      cell = static_cast<std::uint8_t>(i);
    }
    return true;
  }

  std::vector<std::string_view> names_;
  std::vector<Sample> samples_;
  std::vector<std::uint8_t> cells_;
  std::uint64_t factor_ = 0;
  unsigned shift_ = 64 - 7;
  unsigned tries_ = 0;
};

}  // namespace tocsin::stix
