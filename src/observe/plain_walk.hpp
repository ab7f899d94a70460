#pragma once

/// Walks the lines that logs mostly consist of: one flat JSON object in ASCII, without escapes and without
/// white space between its parts.
///
/// Of such a line the quotes alone tell where everything stands, so one pass over its bytes is enough.
/// Whatever else a line is (nested, in other scripts, broken), the walk says that it cannot tell, and the
/// general walk decides. What it does tell is what the general walk would.
/// Threads: one thread at a time.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "observe/foresight.hpp"

namespace tocsin::observe {

class PlainWalk {
 public:
  struct Value {
    Fields::NodeId field;
    std::string_view text;
  };
  /// The values of the fields that the format knows, in their order in the line, when it is a plain line.
  /// `line` is followed by `padding_bytes` readable bytes. `names` has begun a record.
  bool walk(std::string_view line, Fields::NodeId from, Foresight& names);
  std::span<const Value> values() const { return {values_.data(), count_}; }

 private:
  static constexpr std::size_t line_bytes_max = 4096;

  bool find_quotes(std::string_view line);
  bool take(Fields::NodeId field, const char* begin, const char* end);

  std::array<std::uint16_t, line_bytes_max + 64> quotes_;  // not filled in advance: it is written before read
  std::size_t quote_count_ = 0;
  std::array<Value, 128> values_;
  std::size_t count_ = 0;
};

}  // namespace tocsin::observe
