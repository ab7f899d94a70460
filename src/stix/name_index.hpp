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
    // Some odd factor spreads the names without two in one cell; nearly always one of the first few hundred.
    for (factor_ = 0x9e3779b97f4a7c15ULL; !spread(); factor_ += 0x2545f4914f6cdd1eULL) {
      TOCSIN_CHECK(++tries_ < 4000, "names of a table differ in what is looked at");
      if (tries_ % 500 == 0) --shift_;
    }
  }

  /// The place of `name` in the list; `none` when it is not there.
  std::size_t find(std::string_view name) const {
    const std::size_t at = cells_[cell_of(name)];
    return at != none && names_[at] == name ? at : none;
  }
  std::size_t size() const { return names_.size(); }

 private:
  std::size_t cell_of(std::string_view name) const {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t middle = 0;
    if (name.size() >= 8) {
      std::memcpy(&first, name.data(), 8);
      std::memcpy(&last, name.data() + name.size() - 8, 8);
      std::memcpy(&middle, name.data() + name.size() / 2 - 4, 8);
    } else if (name.size() >= 4) {
      std::memcpy(&first, name.data(), 4);
      std::memcpy(&last, name.data() + name.size() - 4, 4);
    } else {
      for (const char c : name) first = first << 8U | static_cast<unsigned char>(c);
    }
    const auto mixed = (first ^ (last << 29U | last >> 35U) ^ (middle << 13U | middle >> 51U)) + name.size();
    return static_cast<std::size_t>((mixed * factor_) >> shift_);
  }

  bool spread() {
    cells_.assign(std::size_t{1} << (64U - shift_), static_cast<std::uint8_t>(none));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      auto& cell = cells_[cell_of(names_[i])];
      if (cell != none) return false;
      cell = static_cast<std::uint8_t>(i);
    }
    return true;
  }

  std::vector<std::string_view> names_;
  std::vector<std::uint8_t> cells_;
  std::uint64_t factor_ = 0;
  unsigned shift_ = 64 - 7;
  unsigned tries_ = 0;
};

}  // namespace tocsin::stix
