#pragma once

/// What stands inside [ ]: comparisons of one object, and of what it refers to, with constants.
///
/// Source:  STIX 2.1 §9.5 (all start at the same object), §9.6 (comparisons), §9.7 (paths). docs/patterns.md
/// has
///          what the text leaves open.
/// Errors:  invalid_input with the column of the constant: a regular expression or a network that cannot be
///          used. overloaded names a limit.
/// Threads: a compiled one is never changed; `matches` may be called from any.

#include <memory>

#include "pattern/limits.hpp"
#include "pattern/observation.hpp"
#include "stix/pattern.hpp"

namespace tocsin::pattern {

class ObjectTest {
 public:
  /// `regexes_left` counts down over the whole pattern.
  static Result<ObjectTest> compile(const stix::ComparisonExpression& expression, std::size_t& regexes_left);
  ObjectTest(ObjectTest&&) noexcept;
  ObjectTest& operator=(ObjectTest&&) noexcept;
  ~ObjectTest();

  /// True when one object of the observation fulfils it. False as well when the budget is spent.
  bool matches(const Observation& observation, Budget& budget) const;

 private:
  struct Node;
  explicit ObjectTest(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace tocsin::pattern
