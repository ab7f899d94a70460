#include "match/pattern.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "match/compiled.hpp"
#include "match/rule.hpp"
#include "stix/pattern.hpp"

namespace tocsin::match {
namespace {

using Kind = stix::AtomExpression::Kind;
using Alternatives = std::vector<std::vector<Atom>>;

Atom to_atom(const stix::Atom& from) {
  Atom out{from.path, Relation::equals, {}};
  if (from.compare == stix::Atom::Compare::subset) out.relation = Relation::subset;
  for (const auto& value : from.values) out.values.push_back(value.key);
  return out;
}

std::size_t values_in(const Alternatives& alternatives) {
  std::size_t count = 0;
  for (const auto& atoms : alternatives)
    for (const auto& atom : atoms) count += atom.values.size();
  return count;
}

Result<Alternatives> expand(const stix::AtomExpression& expression) {
  if (expression.kind == Kind::atom) return Alternatives{{to_atom(expression.atom)}};
  Alternatives out;
  if (expression.kind == Kind::all_of) out.emplace_back();
  for (const auto& part : expression.parts) {
    auto more = expand(part);
    if (!more) return more;
    if (expression.kind == Kind::any_of) {
      std::ranges::move(*more, std::back_inserter(out));
    } else {
      // Counted before it is built: a short pattern can ask for more than memory holds.
      if (values_in(out) * more->size() + values_in(*more) * out.size() > indicator_values_max)
        return Error{Errc::invalid_input, "not evaluated yet: AND over OR has too many combinations"};
      Alternatives product;
      for (const auto& left : out)
        for (const auto& right : *more) {
          product.push_back(left);
          product.back().insert(product.back().end(), right.begin(), right.end());
        }
      out = std::move(product);
    }
  }
  return out;
}

}  // namespace

Result<std::vector<Conjunction>> alternatives_of(const stix::AtomPattern& pattern) {
  std::vector<Conjunction> out;
  for (const auto& observation : pattern.any_of) {
    auto alternatives = expand(observation.expression);
    if (!alternatives) return std::move(alternatives).error();
    for (auto& atoms : *alternatives) out.push_back({std::move(atoms), observation.start, observation.stop});
  }
  return out;
}

Result<std::vector<Conjunction>> alternatives_of(std::string_view pattern) {
  const auto tree = stix::parse_pattern(pattern);
  if (!tree) return tree.error();
  const auto atoms = stix::atoms_of(*tree);
  if (!atoms) return atoms.error();
  return alternatives_of(*atoms);
}

Result<Indicator> indicator_of(const stix::Object& object, CircleId circle, Sequence sequence) {
  if (object.type != "indicator") return Error{Errc::invalid_input, "not an indicator but " + object.type};
  if (object.pattern_type != "stix")
    return Error{Errc::invalid_input, "not evaluated: pattern_type " + object.pattern_type};
  Indicator out;
  if (auto alternatives = alternatives_of(object.pattern)) {
    out.alternatives = *std::move(alternatives);
  } else {
    auto rule = rule_of(object.pattern);
    if (!rule) return std::move(rule).error();
    out.rule = *std::move(rule);
  }
  out.id = object.id;
  out.circle = circle;
  out.sequence = sequence;
  out.name = object.name;
  out.valid_from = object.valid_from;
  out.valid_until = object.valid_until;
  return out;
}

}  // namespace tocsin::match
