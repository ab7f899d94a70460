#pragma once

/// The receiver's own word on how far a source is believed, in place of what an indicator says of itself.
///
/// Source:  "circle:NAME=0…100" or "author:NAME=0…100", the scale of STIX 2.1 Appendix A; or a letter of
///          source reliability, A to F, with the weight that the hub gives it (docs/score.md). An author, who
///          is known only where an indicator was shared by name, counts before the circle.
/// Errors:  invalid_input, naming the text. Threads: values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::sensor {

/// A whole number from 0 to 100.
Result<std::uint8_t> parse_percent(std::string_view what, std::string_view text);

/// The same, or a letter: A 100, B 80, C 60, D 40, E 20, F 50.
Result<std::uint8_t> parse_trust(std::string_view what, std::string_view text);

/// A whole number from 1 on.
Result<std::uint64_t> parse_count(std::string_view what, std::string_view text);

class Trust {
 public:
  static Result<Trust> parse(const std::vector<std::string>& rules);
  std::optional<std::uint8_t> of(std::string_view circle, std::string_view author) const;

 private:
  std::map<std::string, std::uint8_t, std::less<>> circles_, authors_;
};

}  // namespace tocsin::sensor
