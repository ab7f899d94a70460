#pragma once

/// Numbers that a state gave to a person, as its people write them.
///
/// A number that its form shows, or a word beside it, is sure. Of bare digits one in eleven, or fewer, has
/// the right check digit by chance: what has nothing else is unsure. Source:  the check digits as each
/// country publishes them; which it is, the table in national_numbers.cpp says. Threads: pure function.

#include <cstddef>
#include <optional>
#include <string_view>

namespace tocsin::screen {

constexpr std::size_t national_number_max = 16;  ///< bytes, separators left out

struct NationalNumber {
  std::size_t end = 0;
  bool sure = false;
};

/// `begin` is where a word begins: a letter or a digit.
std::optional<NationalNumber> national_number(std::string_view text, std::size_t begin);

}  // namespace tocsin::screen
