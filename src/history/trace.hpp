#pragma once

/// What is known of one value: when it was first and last seen, how often, and where.
///
/// Units:   seconds since 1970; offsets in bytes. Threads: values. The names lie in what the trace came from.

#include <cstdint>
#include <string_view>

namespace tocsin::history {

struct Trace {
  std::uint32_t first_second = 0, last_second = 0;
  std::uint64_t count = 0;
  std::string_view first_file, last_file;
  std::uint64_t last_offset_bytes = 0;  ///< of the line in `last_file`

  /// The order of calls does not matter, but for which of two equally late places is named.
  void add(const Trace& more) {
    if (count == 0 || more.first_second < first_second) {
      first_second = more.first_second;
      first_file = more.first_file;
    }
    if (count == 0 || more.last_second >= last_second) {
      last_second = more.last_second;
      last_file = more.last_file;
      last_offset_bytes = more.last_offset_bytes;
    }
    count += more.count;
  }
};

}  // namespace tocsin::history
