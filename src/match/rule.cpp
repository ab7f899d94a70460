#include "match/rule.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "match/address.hpp"
#include "match/compiled.hpp"
#include "match/key.hpp"
#include "match/text_index.hpp"
#include "pattern/constant.hpp"
#include "pattern/regex.hpp"
#include "stix/atoms.hpp"

namespace tocsin::match {
namespace {

using stix::Comparison;
using stix::ComparisonExpression;
using stix::Literal;
using stix::ObjectPath;
using stix::ObservationExpression;
using stix::Operator;
using stix::Path;
using stix::PathStep;

constexpr int weak_cost = 40;                           // as common as a port
constexpr std::size_t telling_characters_min = 3;       // fewer of them stand in many texts
constexpr std::uint64_t steps_per_character_max = 500;  // larger expressions are not for the search over all

ObjectPath without_indexes(ObjectPath path) {
  for (auto& step : path.steps)
    if (step.kind == PathStep::Kind::index) step = {PathStep::Kind::any, {}, 0};
  return path;
}

bool starts_with(const std::vector<PathStep>& steps, const std::vector<PathStep>& front) {
  return front.size() <= steps.size() && std::equal(front.begin(), front.end(), steps.begin());
}

ObjectPath parts_of(Path path) {
  auto tree = stix::parse_pattern("[" + std::string{stix::name(path)} + " = 'x']");
  return std::move(tree->comparison.test.path);
}

/// Known paths of objects of that type that begin with these steps.
Paths known_below(const ObjectPath& front) {
  static const auto known = [] {
    std::vector<ObjectPath> all;
    for (std::size_t i = 0; i < Paths{}.size(); ++i) all.push_back(parts_of(static_cast<Path>(i)));
    return all;
  }();
  Paths out;
  for (std::size_t i = 0; i < known.size(); ++i)
    out[i] = known[i].type == front.type && starts_with(known[i].steps, front.steps);
  return out;
}

/// Values on these paths are brought to one case by those who read them.
bool is_folded(Path path) {
  std::string buffer;
  return !fold(path, "A", buffer).starts_with('A');
}

void to_record_form(Comparison& test) {
  const auto path = stix::path_of(stix::print(test.path));
  if (!path) return;
  test.path = parts_of(*path);
  const auto folded = [&](std::string_view text) {
    std::string buffer;
    return std::string{fold(*path, text, buffer)};
  };
  for (auto& literal : test.literals) {
    if (literal.kind != Literal::Kind::string) continue;
    switch (test.op) {
      case Operator::equal:
      case Operator::not_equal:
      case Operator::in:
        literal.text = folded(stix::atom_key(*path, literal.text));
        break;
      case Operator::like:
        literal.text = folded(literal.text);
        break;
      case Operator::matches:
        if (is_folded(*path)) literal.text = "(?i)" + literal.text;
        break;
      default:
        break;
    }
  }
}

void to_record_form(ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test) to_record_form(expression.test);
  for (auto& part : expression.parts) to_record_form(part);
}

// Triggers
// -------------------------------------------------------------------------------------------------

/// Nothing: no record can ever fulfil it.
using MaybeTriggers = std::optional<Triggers>;

/// A network so large that most addresses lie in it.
bool is_wide(const Atom& atom) {
  if (atom.relation != Relation::subset) return false;
  const auto network = parse_network(atom.values.front());
  return network && network->bits < (network->v6 ? 16 : 8);
}

/// How many records a trigger is likely to wake the pattern for.
int cost(const Triggers& triggers) {
  int most = 0;
  for (const auto& atom : triggers.exact)
    most = std::max(most, is_wide(atom)
                              ? weak_cost
                              : commonness(atom.path) * 10 + (atom.relation == Relation::subset ? 1 : 0));
  for (const auto& text : triggers.texts) most = std::max(most, text.weak ? weak_cost : 25);
  return triggers.present.any() ? 100 : most;
}

void unite(Triggers& all, Triggers&& more) {
  std::ranges::move(more.exact, std::back_inserter(all.exact));
  std::ranges::move(more.texts, std::back_inserter(all.texts));
  all.present |= more.present;
}

MaybeTriggers present(const Paths& paths) {
  if (paths.none()) return std::nullopt;
  Triggers out;
  out.present = paths;
  return out;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string expression_of_like(std::string_view like) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  const bool open_front = like.starts_with('%'), open_back = like.ends_with('%');
  const auto first = like.find_first_not_of('%');
  like = first == std::string_view::npos ? std::string_view{} : like.substr(first);
  like = like.substr(0, like.find_last_not_of('%') + 1);  // npos + 1 is 0
  if (!open_front) out += '^';
  for (const char c : like) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += '.';
    } else if (std::isalnum(byte) != 0) {
      out += c;
    } else {
      out += "\\x";
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  if (!open_back) out += "\\z";
  return out;
}

MaybeTriggers of_text(Path path, const Comparison& test) {
  const auto& text = test.literals.front().text;
  Triggers out;
  if (test.op == Operator::like) {
    if (!is_ascii(text)) return present(Paths{}.set(static_cast<std::size_t>(path)));
    const auto wild = std::ranges::count_if(text, [](char c) { return c == '%' || c == '_'; });
    out.texts.push_back({path, expression_of_like(text),
                         text.size() - static_cast<std::size_t>(wild) < telling_characters_min});
    return out;
  }
  const auto regex = pattern::Regex::compile(text, false);
  if (!regex || !is_ascii(text) || regex->steps_per_character() > steps_per_character_max)
    return present(Paths{}.set(static_cast<std::size_t>(path)));
  // Each differs from what is evaluated on values beyond ASCII alone.
  auto expression = pattern::to_re2(text, true);
  const bool weak = least_characters(expression) < telling_characters_min;
  out.texts.push_back({path, std::move(expression), weak});
  return out;
}

MaybeTriggers of_value(Path path, const Comparison& test) {
  Triggers out;
  const auto on_path = Paths{}.set(static_cast<std::size_t>(path));
  switch (test.op) {
    case Operator::equal:
    case Operator::in: {
      Atom atom{path, Relation::equals, {}};
      for (const auto& literal : test.literals) {
        if (literal.kind == Literal::Kind::string)
          atom.values.push_back(literal.text);
        else if (literal.kind == Literal::Kind::integer || literal.kind == Literal::Kind::decimal)
          atom.values.push_back(pattern::canonical_number(literal.text));
        else
          return present(on_path);
      }
      out.exact.push_back(std::move(atom));
      return out;
    }
    case Operator::is_subset: {
      const auto& network = test.literals.front().text;
      if (!holds_addresses(path) || !parse_network(network)) return present(on_path);
      out.exact.push_back({path, Relation::subset, {network}});
      return out;
    }
    case Operator::like:
    case Operator::matches:
      return of_text(path, test);
    default:
      return present(on_path);
  }
}

MaybeTriggers of(const Comparison& test) {
  const auto path = without_indexes(test.path);
  if (test.op == Operator::exists && test.negated) return present(known_below({path.type, {}}));
  if (const auto known = stix::path_of(stix::print(path))) {
    // A comparison of one element, or the opposite of one, wants the path to lead to something all the same.
    if (test.negated || test.op == Operator::exists)
      return present(Paths{}.set(static_cast<std::size_t>(*known)));
    return of_value(*known, test);
  }
  auto front = path;
  if (front.steps.back().kind == PathStep::Kind::property && front.steps.back().name == "type")
    front.steps.pop_back();
  return present(known_below(front));
}

MaybeTriggers of(const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test) return of(expression.test);
  const bool all = expression.kind == ComparisonExpression::Kind::all_of;
  MaybeTriggers out;
  for (const auto& part : expression.parts) {
    auto one = of(part);
    if (all && !one) return std::nullopt;
    if (!one) continue;
    if (!out || (all && cost(*one) < cost(*out)))
      out = std::move(one);
    else if (!all)
      unite(*out, *std::move(one));
  }
  return out;
}

MaybeTriggers of(const ObservationExpression& expression) {
  if (expression.kind == ObservationExpression::Kind::single) return of(expression.comparison);
  MaybeTriggers out;
  for (const auto& part : expression.parts) {
    auto one = of(part);
    if (!one && expression.kind != ObservationExpression::Kind::any_of) return std::nullopt;
    if (!one) continue;
    if (out)
      unite(*out, *std::move(one));
    else
      out = std::move(one);
  }
  return out;
}

/// The first path that no reader fills.
const Comparison* unknown_in(const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test)
    return of(expression.test) ? nullptr : &expression.test;
  for (const auto& part : expression.parts)
    if (const auto* found = unknown_in(part)) return found;
  return nullptr;
}
const Comparison* unknown_in(const ObservationExpression& expression) {
  if (expression.kind == ObservationExpression::Kind::single) return unknown_in(expression.comparison);
  for (const auto& part : expression.parts)
    if (const auto* found = unknown_in(part)) return found;
  return nullptr;
}

bool is_one_record(const pattern::Plan& plan, std::uint32_t at) {
  using Kind = pattern::PlanNode::Kind;
  const auto& node = plan.nodes[at];
  if (node.kind == Kind::slot) return node.demand == 1;
  if (node.kind == Kind::all_of || node.kind == Kind::followed_by) return false;
  return std::ranges::all_of(node.parts, [&](auto part) { return is_one_record(plan, part); });
}

}  // namespace

stix::ObservationExpression for_records(stix::ObservationExpression pattern) {
  to_record_form(pattern.comparison);
  for (auto& part : pattern.parts) part = for_records(std::move(part));
  return pattern;
}

Result<std::shared_ptr<const Rule>> rule_of(std::string_view pattern, const pattern::Limits& limits) {
  auto parsed = stix::parse_pattern(pattern);
  if (!parsed) return std::move(parsed).error();
  const auto tree = for_records(*std::move(parsed));
  auto plan = pattern::compile(tree, limits);
  if (!plan) return std::move(plan).error();
  auto triggers = of(tree);
  if (!triggers) {
    const auto* missing = unknown_in(tree);
    return Error{Errc::invalid_input,
                 "no log that is read tells " +
                     (missing == nullptr ? std::string{"what it asks for"} : stix::print(missing->path))};
  }
  auto out = std::make_shared<Rule>();
  out->text = pattern;
  out->weak = cost(*triggers) >= weak_cost;
  out->one_record = is_one_record(**plan, (*plan)->root);
  out->plan = *std::move(plan);
  out->triggers = *std::move(triggers);
  return std::shared_ptr<const Rule>{std::move(out)};
}

}  // namespace tocsin::match
