#include "pattern/comparison.hpp"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "pattern/constant.hpp"
#include "pattern/like.hpp"
#include "pattern/regex.hpp"
#include "pattern/subnet.hpp"
#include "pattern/unicode.hpp"

namespace tocsin::pattern {
namespace {

using stix::Operator;
using stix::PathStep;

struct LikeText {
  std::string wanted;
};
/// A text that cannot be converted to octets: LIKE and MATCHES on a binary property are then false.
struct Inconvertible {};

/// One comparison, ready to run.
struct Test {
  stix::ObjectPath path;
  Operator op{};
  bool negated = false;
  Encoding encoding{};
  std::variant<std::vector<Constant>, LikeText, Regex, Subnet, Inconvertible> operand;

  bool holds(const json::Value& value, Budget& budget) const;

 private:
  bool holds_for_text(const json::Value& value, Budget& budget) const;
};

bool in_order(std::partial_ordering order, Operator op) {
  switch (op) {
    case Operator::not_equal:
      return order != 0;
    case Operator::less:
      return order < 0;
    case Operator::less_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_equal:
      return order >= 0;
    default:
      return order == 0;
  }
}

bool Test::holds(const json::Value& value, Budget& budget) const {
  if (op == Operator::exists) return true;
  const auto* constants = std::get_if<std::vector<Constant>>(&operand);
  if (constants == nullptr) return holds_for_text(value, budget);
  constexpr std::size_t characters_a_step = 16;
  const auto size = value.is_string() ? value.get_string().size() / characters_a_step : 0;
  return std::any_of(constants->begin(), constants->end(), [&](const Constant& constant) {
    if (!budget.take(1 + size)) return false;
    const auto order = constant.compare(value);
    return order ? in_order(*order, op) : op == Operator::not_equal;
  });
}

bool Test::holds_for_text(const json::Value& value, Budget& budget) const {
  auto text = native_text(value, encoding);
  if (!text) return false;
  if (const auto* subnet = std::get_if<Subnet>(&operand)) {
    const auto observed = encoding == Encoding::plain ? parse_subnet(*text) : std::nullopt;
    if (!observed) return false;
    return op == Operator::is_subset ? subnet->contains(*observed) : observed->contains(*subnet);
  }
  const bool octets = encoding != Encoding::plain;
  if (!octets) text = to_nfc(*text);
  if (const auto* like = std::get_if<LikeText>(&operand)) return is_like(*text, like->wanted, octets, budget);
  const auto* regex = std::get_if<Regex>(&operand);
  return regex != nullptr && budget.take(1 + text->size() * regex->steps_per_character()) &&
         regex->found_in(*text);
}

/// Walks a path from one object on and asks the test about every value at its end.
class PathWalk {
 public:
  PathWalk(const Test& test, const Observation& observation, Budget& budget)
      : test_{test}, observation_{observation}, budget_{budget} {}

  /// A comparison of nothing is false, whatever the operator; but that nothing is there is what NOT EXISTS
  /// asks.
  bool run(const json::Object& root) {
    property(root, 0);
    if (budget_.spent()) return false;
    if (test_.op == Operator::exists) return found_ != test_.negated;
    return found_ && holds_ != test_.negated;
  }

 private:
  void property(const json::Object& object, std::size_t step) {
    const auto& name = test_.path.steps[step].name;
    if (const auto* value = object.if_contains(name))
      behind(*value, step + 1, name.ends_with("_ref") || name.ends_with("_refs"));
  }

  void behind(const json::Value& value, std::size_t step, bool reference) {
    if (holds_ || !budget_.take() || value.is_null()) return;
    if (step == test_.path.steps.size()) {
      found_ = true;
      holds_ = test_.holds(value, budget_);
      return;
    }
    const auto& wanted = test_.path.steps[step];
    if (wanted.kind == PathStep::Kind::property) {
      if (value.is_object()) return property(value.get_object(), step);
      if (!reference || !value.is_string()) return;
      if (const auto* target = observation_.find(json::view(value.get_string()))) property(*target, step);
      return;
    }
    if (!value.is_array()) return;
    const auto& list = value.get_array();
    if (wanted.kind == PathStep::Kind::any)
      for (const auto& element : list) behind(element, step + 1, reference);
    else if (wanted.index < list.size())
      behind(list[static_cast<std::size_t>(wanted.index)], step + 1, reference);
  }

  const Test& test_;
  const Observation& observation_;
  Budget& budget_;
  bool found_ = false;  // a value
  bool holds_ = false;  // the comparison, of one value
};

Error at(const stix::Comparison& comparison, const Error& error) {
  return {error.code,
          "column " + std::to_string(comparison.literals.front().column.number) + ": " + error.detail};
}

Result<Test> compile_test(const stix::Comparison& comparison, std::size_t& regexes_left) {
  Test test{comparison.path, comparison.op, comparison.negated, encoding_of(comparison.path), {}};
  const bool octets = test.encoding != Encoding::plain;
  switch (comparison.op) {
    case Operator::like: {
      auto wanted = to_nfc(comparison.literals.front().text);
      if (!octets) {
        test.operand = LikeText{std::move(wanted)};
      } else if (auto converted = to_octets(wanted)) {
        test.operand = LikeText{*std::move(converted)};
      } else {
        test.operand = Inconvertible{};
      }
      break;
    }
    case Operator::matches: {
      if (regexes_left-- == 0) return at(comparison, over_limit("regexes_max", "too many MATCHES"));
      const auto& text = comparison.literals.front().text;
      const auto converted = octets ? to_octets(text) : text;
      if (!converted) {
        test.operand = Inconvertible{};
        break;
      }
      auto regex = Regex::compile(*converted, octets);
      if (!regex) return at(comparison, regex.error());
      test.operand = *std::move(regex);
      break;
    }
    case Operator::is_subset:
    case Operator::is_superset: {
      const auto subnet = parse_subnet(comparison.literals.front().text);
      if (!subnet)
        return at(comparison, {Errc::invalid_input,
                               "expected an IPv4 or IPv6 address, or one with a prefix "
                               "length, behind " +
                                   std::string{stix::name(comparison.op)}});
      test.operand = *subnet;
      break;
    }
    default: {
      std::vector<Constant> constants;
      for (const auto& literal : comparison.literals) constants.emplace_back(literal, test.encoding);
      test.operand = std::move(constants);
    }
  }
  return test;
}

}  // namespace

struct ObjectTest::Node {
  stix::ComparisonExpression::Kind kind{};
  std::optional<Test> test;
  std::vector<std::unique_ptr<Node>> parts;

  static Result<std::unique_ptr<Node>> compile(const stix::ComparisonExpression& expression,
                                               std::size_t& regexes_left) {
    auto node = std::make_unique<Node>();
    node->kind = expression.kind;
    if (expression.kind == stix::ComparisonExpression::Kind::test) {
      auto test = compile_test(expression.test, regexes_left);
      if (!test) return test.error();
      node->test = *std::move(test);
    }
    for (const auto& part : expression.parts) {
      auto compiled = compile(part, regexes_left);
      if (!compiled) return compiled.error();
      node->parts.push_back(*std::move(compiled));
    }
    return node;
  }

  bool matches(const json::Object& object, std::string_view type, const Observation& observation,
               Budget& budget) const {
    const auto part_matches = [&](const std::unique_ptr<Node>& part) {
      return part->matches(object, type, observation, budget);
    };
    switch (kind) {
      case stix::ComparisonExpression::Kind::all_of:
        return std::all_of(parts.begin(), parts.end(), part_matches);
      case stix::ComparisonExpression::Kind::any_of:
        return std::any_of(parts.begin(), parts.end(), part_matches);
      case stix::ComparisonExpression::Kind::test:
        break;
    }
    return budget.take() && test->path.type == type && PathWalk{*test, observation, budget}.run(object);
  }
};

ObjectTest::ObjectTest(std::unique_ptr<Node> root) : root_{std::move(root)} {}
ObjectTest::ObjectTest(ObjectTest&&) noexcept = default;
ObjectTest& ObjectTest::operator=(ObjectTest&&) noexcept = default;
ObjectTest::~ObjectTest() = default;

Result<ObjectTest> ObjectTest::compile(const stix::ComparisonExpression& expression,
                                       std::size_t& regexes_left) {
  auto root = Node::compile(expression, regexes_left);
  if (!root) return root.error();
  return ObjectTest{*std::move(root)};
}

bool ObjectTest::matches(const Observation& observation, Budget& budget) const {
  return std::any_of(observation.objects().begin(), observation.objects().end(), [&](const auto& entry) {
    const auto* type = entry.second->if_contains("type");
    return type != nullptr && type->is_string() &&
           root_->matches(*entry.second, json::view(type->get_string()), observation, budget);
  });
}

}  // namespace tocsin::pattern
