#pragma once

/// The limit that scans are measured against: the fields taken out of the lines, and nothing done with them.
/// Apart from the benchmark, so that the compiler makes the same of it whatever stands there.

#include <cstddef>
#include <string_view>

namespace tocsin::bench {

/// Calls `each_line` with every line of a text that ends in a line feed.
template <class EachLine>
void walk(std::string_view text, EachLine&& each_line) {
  for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    each_line(text.substr(begin, end - begin));
  }
}

/// Takes out what readers of Zeek's logs do. `text` is padded as they need it.
std::size_t extract_all(std::string_view text);

}  // namespace tocsin::bench
