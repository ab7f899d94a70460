#pragma once

/// What a pattern and its evaluation may cost. A bomb ends with an error that names the limit, never a stall.
/// Units:   one step is one look: at a character, a value, a candidate, a moment.
/// Threads: a Budget belongs to one.

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace tocsin::pattern {

struct Limits {
  std::size_t regexes_max = 200;           ///< MATCHES in one pattern
  std::size_t bindings_max = 1'000;        ///< observations sought apart, REPEATS of groups written out
  std::size_t observations_max = 100'000;  ///< held by one matcher
  std::uint64_t steps_max = 100'000'000;   ///< to test one observation, and to search once: about a second
};

/// "the limit NAME: WHAT"
inline Error over_limit(const char* name, const std::string& what) {
  return {Errc::overloaded, "the limit " + std::string{name} + ": " + what};
}

class Budget {
 public:
  explicit Budget(std::uint64_t steps) : given_{steps}, left_{steps} {}

  /// False once all is spent, and ever after.
  bool take(std::uint64_t steps = 1) {
    if (steps > left_) spent_ = true;
    left_ = spent_ ? 0 : left_ - steps;
    return !spent_;
  }
  bool spent() const { return spent_; }
  Error error() const {
    return over_limit("steps_max", "not decided within " + std::to_string(given_) + " steps");
  }

 private:
  std::uint64_t given_, left_;
  bool spent_ = false;
};

}  // namespace tocsin::pattern
