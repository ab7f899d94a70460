#include "screen/brakes.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "stix/atoms.hpp"
#include "stix/pattern.hpp"

namespace tocsin::screen {
namespace {

using stix::Value;
using Concern = std::function<bool(const Value&)>;

/// What a part of a pattern names, as one of the two brakes sees it.
enum class Names { nothing, concerned, unconcerned };

Names any_of(Names a, Names b) {
  if (a == Names::concerned || b == Names::concerned) return Names::concerned;
  return a == Names::unconcerned ? a : b;
}

Names all_of(Names a, Names b) {
  if (a == Names::unconcerned || b == Names::unconcerned) return Names::unconcerned;
  return a == Names::concerned ? a : b;
}

Names names_in(const stix::ComparisonExpression& expression, const Concern& concern) {
  using Kind = stix::ComparisonExpression::Kind;
  if (expression.kind == Kind::test) {
    const auto op = expression.test.op;
    if (!expression.test.negated && (op == stix::Operator::like || op == stix::Operator::matches))
      return Names::unconcerned;
    if (stix::path_of(stix::print(expression.test.path)) == stix::Path::network_protocols)
      return Names::nothing;
    stix::ObservationExpression alone;
    alone.comparison = expression;
    Names names = Names::nothing;
    for (const Value& value : stix::values_of(alone))
      names = any_of(names, concern(value) ? Names::concerned : Names::unconcerned);
    return names;
  }
  Names names = Names::nothing;
  for (const auto& part : expression.parts) {
    const Names more = names_in(part, concern);
    names = expression.kind == Kind::any_of ? any_of(names, more) : all_of(names, more);
  }
  return names;
}

Names names_in(const stix::ObservationExpression& expression, const Concern& concern) {
  using Kind = stix::ObservationExpression::Kind;
  if (expression.kind == Kind::single) return names_in(expression.comparison, concern);
  Names names = Names::nothing;
  for (const auto& part : expression.parts) {
    const Names more = names_in(part, concern);
    names = expression.kind == Kind::any_of ? any_of(names, more) : all_of(names, more);
  }
  return names;
}

bool is_observable(std::string_view type) {
  constexpr std::array<std::string_view, 10> types{"ipv4-addr",
                                                   "ipv6-addr",
                                                   "domain-name",
                                                   "url",
                                                   "email-addr",
                                                   "mac-addr",
                                                   "file",
                                                   "mutex",
                                                   "windows-registry-key",
                                                   "x509-certificate"};
  return std::ranges::find(types, type) != types.end();
}

bool is_held(const stix::Object& object, const Concern& concern) {
  if (object.type == "indicator" && object.pattern_type == "stix") {
    const auto pattern = stix::parse_pattern(object.pattern);
    if (pattern) return names_in(*pattern, concern) == Names::concerned;
  } else if (!is_observable(object.type)) {
    return false;
  }
  return std::ranges::any_of(object.values, concern);
}

}  // namespace

std::optional<Held> brake(const stix::Object& object, const WarningLists& lists, const Assets& assets,
                          MemberId sharer) {
  Held held;
  std::string found;
  const auto owned = [&](const Value& value) {
    auto owners = assets.owners(value);
    std::erase(owners, sharer);
    if (owners.empty()) return false;
    found = value.text;
    held.owners.insert(held.owners.end(), owners.begin(), owners.end());
    return true;
  };
  if (is_held(object, owned)) {
    std::ranges::sort(held.owners);
    held.owners.erase(std::unique(held.owners.begin(), held.owners.end()), held.owners.end());
    held.rule = "asset";
    held.reason = found + " belongs to another member, who is told; a steward may let it pass";
    return held;
  }
  const auto listed = [&](const Value& value) {
    const auto on = lists.check(value);
    if (on.empty()) return false;
    found = value.text + " is on the warning list \"" + on.front()->name + '"';
    if (on.size() > 1) found += " and " + std::to_string(on.size() - 1) + " more";
    return true;
  };
  if (!is_held(object, listed)) return std::nullopt;
  return Held{"warning-list", found + "; a steward may let it pass", {}};
}

}  // namespace tocsin::screen
