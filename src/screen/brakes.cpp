#include "screen/brakes.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "pattern/comparison.hpp"
#include "screen/probes.hpp"
#include "screen/readings.hpp"
#include "stix/atoms.hpp"
#include "stix/pattern.hpp"

namespace tocsin::screen {
namespace {

using stix::Value;
using Concern = std::function<bool(const Value&)>;

/// What trying parts of a pattern that name no value may cost in all: about 20 ms.
constexpr std::uint64_t steps_max = 2'000'000;

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

bool is_concerned(const Value& value, const Concern& concern) {
  return std::ranges::any_of(readings(value), concern);
}

/// How one of the two brakes looks at a pattern.
class Look {
 public:
  /// `ordinary`: records that a pattern must not match; null: none.
  Look(const Concern& concern, const pattern::Observation* ordinary)
      : concern_{concern}, ordinary_{ordinary} {}

  Names at(const stix::ObservationExpression& expression) {
    using Kind = stix::ObservationExpression::Kind;
    if (expression.kind == Kind::single) {
      whole_ = &expression;
      named_.reset();
      return at(expression.comparison);
    }
    Names names = Names::nothing;
    for (const auto& part : expression.parts) {
      const Names more = at(part);
      names = expression.kind == Kind::any_of ? any_of(names, more) : all_of(names, more);
    }
    return names;
  }

  /// The part that was tried and matched what it must not; empty: none.
  const std::string& tried() const { return tried_; }

 private:
  Names at(const stix::ComparisonExpression& expression) {
    using Kind = stix::ComparisonExpression::Kind;
    if (expression.kind == Kind::test) return at_test(expression);
    Names names = Names::nothing;
    for (const auto& part : expression.parts) {
      const Names more = at(part);
      names = expression.kind == Kind::any_of ? any_of(names, more) : all_of(names, more);
    }
    return names;
  }

  Names at_test(const stix::ComparisonExpression& expression) {
    const auto& test = expression.test;
    const bool positive = test.op == stix::Operator::equal || test.op == stix::Operator::in ||
                          test.op == stix::Operator::is_subset;
    if (positive && !test.negated && stix::path_of(stix::print(test.path)) != stix::Path::network_protocols) {
      Names names = Names::nothing;
      stix::ObservationExpression alone;
      alone.comparison = expression;
      for (const Value& value : stix::values_of(alone))
        names = any_of(names, is_concerned(value, concern_) ? Names::concerned : Names::unconcerned);
      if (names != Names::nothing) return names;
    }
    if (matches_ordinary(expression)) return Names::concerned;
    const bool shape = test.op == stix::Operator::like || test.op == stix::Operator::matches;
    return shape && !test.negated ? Names::unconcerned : Names::nothing;
  }

  bool matches_ordinary(const stix::ComparisonExpression& expression) {
    auto compiled = pattern::ObjectTest::compile(expression, regexes_left_);
    if (!compiled) return compiled.error().code == Errc::overloaded;
    bool matched = compiled->matches(named().record(), budget_);
    if (!matched && ordinary_ != nullptr) matched = compiled->matches(*ordinary_, budget_);
    if (!matched && !budget_.spent()) return false;
    if (tried_.empty()) tried_ = stix::print(expression.test);
    return true;  // what cannot be decided within bounds is for a person to decide
  }

  /// What the pattern itself says it concerns, a LIKE beside it must not set free.
  const Probes& named() {
    if (named_) return *named_;
    named_.emplace();
    stix::ObservationExpression alone;
    alone.comparison = whole_->comparison;
    for (const Value& value : stix::values_of(alone))
      if (is_concerned(value, concern_)) named_->add(value.text);
    return *named_;
  }

  const Concern& concern_;
  const pattern::Observation* ordinary_;
  const stix::ObservationExpression* whole_ = nullptr;  // the one at hand
  std::optional<Probes> named_;
  pattern::Budget budget_{steps_max};
  std::size_t regexes_left_ = pattern::Limits{}.regexes_max;
  std::string tried_;
};

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

/// The addresses, names and hashes in a rule of another language, each as it is.
std::vector<Value> values_in_rule(std::string_view rule) {
  constexpr std::size_t values_most = 10'000;
  constexpr std::string_view part_of_value =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/-_";
  std::vector<Value> out;
  while (out.size() < values_most) {
    const auto begin = rule.find_first_of(part_of_value);
    if (begin == std::string_view::npos) break;
    rule.remove_prefix(begin);
    const auto word = rule.substr(0, rule.find_first_not_of(part_of_value));
    rule.remove_prefix(word.size());
    auto value = stix::recognise_value(word);
    if (value.kind != stix::ValueKind::file_name) out.push_back(std::move(value));
  }
  return out;
}

struct Found {
  bool held = false;
  std::string tried;  ///< the part that made it so, when that named no value
};

/// What both brakes look at, read once.
struct Subject {
  std::optional<stix::ObservationExpression> tree;  ///< of a pattern that names more than one plain value
  std::vector<Value> values;                        ///< where there is no tree
  bool needs_all = false;                           ///< held only when every value is concerned
};

Subject subject_of(const stix::Object& object) {
  if (object.type != "indicator")
    return {{}, is_observable(object.type) ? object.values : std::vector<Value>{}};
  if (object.pattern_type != "stix") return {{}, values_in_rule(object.pattern), true};
  if (const auto plain = stix::plain_pattern(object.pattern);
      plain && plain->path != stix::Path::network_protocols)
    return {{}, {stix::value_of(*plain)}};
  auto tree = stix::parse_pattern(object.pattern);
  return tree ? Subject{*std::move(tree), {}} : Subject{{}, object.values};
}

Found is_held(const Subject& subject, const Concern& concern, const pattern::Observation* ordinary) {
  if (subject.tree) {
    Look look{concern, ordinary};
    if (look.at(*subject.tree) != Names::concerned) return {};
    return {true, look.tried()};
  }
  const auto concerned = [&](const Value& value) { return is_concerned(value, concern); };
  return {subject.needs_all ? !subject.values.empty() && std::ranges::all_of(subject.values, concerned)
                            : std::ranges::any_of(subject.values, concerned),
          {}};
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
  const auto subject = subject_of(object);
  if (is_held(subject, owned, nullptr).held && !held.owners.empty()) {
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
  const auto by_list = is_held(subject, listed, &lists.probes().record());
  if (!by_list.held) return std::nullopt;
  if (found.empty() || !by_list.tried.empty())
    found = by_list.tried.substr(0, 200) + " would match what is on warning lists";
  return Held{"warning-list", found + "; a steward may let it pass", {}};
}

}  // namespace tocsin::screen
