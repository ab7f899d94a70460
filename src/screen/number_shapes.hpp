#pragma once

/// Numbers that are written in groups: cards, social security, telephones.
///
/// A telephone number has no check digit. With a plus, or grouped as in North America, it counts by itself;
/// any other grouping counts beside a word such as "call" or "fax" within 40 bytes.
/// Threads: pure function.

#include <cstddef>
#include <string_view>
#include <vector>

#include "screen/checksums.hpp"
#include "screen/detectors.hpp"

namespace tocsin::screen {

struct NumberShapes {
  struct One {
    std::size_t begin, end;
    Kind kind;
  };
  std::vector<One> found;
  std::size_t until = 0;  ///< all digits before it were looked at
};

/// `begin` is at a digit, or at the "+" or "(" in front of one.
NumberShapes number_shapes(std::string_view text, std::size_t begin);

}  // namespace tocsin::screen
