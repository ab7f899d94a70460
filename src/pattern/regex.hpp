#pragma once

/// MATCHES: regular expressions in the syntax of PCRE, on an engine whose time grows with the text alone.
///
/// Contract: search, not match; '.' takes every character. What the two engines read differently is
///           rewritten: $ and \Z before a last line end, \s with the vertical tab, \h, \v, \e, (?<name>.
/// Errors:   invalid_input names what the engine refuses: references back, looking around, atomic groups,
///           possessive repeats, conditions, recursion, repeats above 1,000, what is too large.
/// Source:   STIX 2.1 §9.6.1; pcre2pattern(3); RE2's syntax.
/// Threads:  const calls from any.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace tocsin::pattern {

/// Written for RE2.
std::string to_re2(std::string_view pcre, bool octets);

class Regex {
 public:
  /// `octets`: both sides are octets, no Unicode. Else `pcre` is brought to NFC.
  static Result<Regex> compile(std::string_view pcre, bool octets);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool found_in(std::string_view subject) const;
  /// What one character of a subject may cost at worst.
  std::uint64_t steps_per_character() const { return steps_per_character_; }

 private:
  explicit Regex(std::unique_ptr<re2::RE2> engine);
  std::unique_ptr<re2::RE2> engine_;
  std::uint64_t steps_per_character_ = 1;
};

}  // namespace tocsin::pattern
