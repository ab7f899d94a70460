#include "pattern/canonical.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/bytes.hpp"
#include "pattern/constant.hpp"
#include "pattern/subnet.hpp"
#include "pattern/unicode.hpp"

namespace tocsin::pattern {
namespace {

using stix::Comparison;
using stix::ComparisonExpression;
using stix::Literal;
using stix::ObservationExpression;
using stix::Operator;
using stix::Qualifier;

constexpr std::size_t terms_max = 4'096;    // of one [ ] multiplied out
constexpr std::size_t absorb_max = 512;     // terms that are compared each with each
constexpr std::size_t repeats_digits = 18;  // the parser takes no more

// ---- one comparison ----

Literal canonical(const Literal& literal, const Comparison& of) {
  const bool compared = of.op != Operator::like && of.op != Operator::matches;
  switch (literal.kind) {
    case Literal::Kind::binary:
      return {Literal::Kind::hex, to_hex(as_bytes(from_base64(literal.text).value()))};
    case Literal::Kind::integer:
    case Literal::Kind::decimal: {
      auto number = canonical_number(literal.text);
      const bool whole = number.find('.') == std::string::npos;
      return {whole ? Literal::Kind::integer : Literal::Kind::decimal, std::move(number)};
    }
    case Literal::Kind::timestamp:
      return {literal.kind, canonical_timestamp(literal.text)};
    case Literal::Kind::string:
      if (of.op == Operator::is_subset || of.op == Operator::is_superset) {
        const auto subnet = parse_subnet(literal.text);
        return {literal.kind, subnet ? subnet->text() : literal.text};
      }
      if (!compared) return {literal.kind, to_nfc(literal.text)};
      if (encoding_of(of.path) != Encoding::plain)
        if (const auto octets = to_octets(literal.text))
          return {Literal::Kind::hex, to_hex(as_bytes(*octets))};
      return literal;
    case Literal::Kind::boolean:
    case Literal::Kind::hex:
      return literal;
  }
  return literal;
}

bool literal_less(const Literal& a, const Literal& b) {
  return a.kind != b.kind ? a.kind < b.kind : a.text < b.text;
}

Comparison canonical(const Comparison& comparison) {
  Comparison out{comparison.path, comparison.op, comparison.negated, {}};
  for (const auto& literal : comparison.literals) out.literals.push_back(canonical(literal, comparison));
  std::sort(out.literals.begin(), out.literals.end(), literal_less);
  out.literals.erase(std::unique(out.literals.begin(), out.literals.end()), out.literals.end());
  if (out.op == Operator::in && out.literals.size() == 1) out.op = Operator::equal;
  // Of one value, "not equal" and "unequal" are the same; of any of several, they are not.
  const bool one_value = std::none_of(out.path.steps.begin(), out.path.steps.end(), [](const auto& step) {
    return step.kind == stix::PathStep::Kind::any;
  });
  if (one_value && out.negated && (out.op == Operator::equal || out.op == Operator::not_equal)) {
    out.negated = false;
    out.op = out.op == Operator::equal ? Operator::not_equal : Operator::equal;
  }
  return out;
}

/// x IN (a, b) as x = a, x = b; x NOT IN (a, b) as x NOT = a, x NOT = b. Anything else as itself.
std::vector<Comparison> taken_apart(const Comparison& comparison) {
  if (comparison.op != Operator::in || comparison.literals.size() > terms_max) return {comparison};
  std::vector<Comparison> parts;
  for (const auto& literal : comparison.literals)
    parts.push_back(canonical({comparison.path, Operator::equal, comparison.negated, {literal}}));
  return parts;
}

// ---- what stands inside [ ] ----

/// Alternatives, each a set of comparisons that hold together; both in the order of their texts.
using Term = std::set<std::string>;
using Terms = std::set<Term>;

class Multiplied {
 public:
  /// nullopt when it would be too large.
  std::optional<ComparisonExpression> run(const ComparisonExpression& expression) {
    auto terms = terms_of(expression);
    if (!terms) return std::nullopt;
    return expression_of(absorbed(*std::move(terms)));
  }

 private:
  std::optional<Terms> terms_of(const ComparisonExpression& expression) {
    using Kind = ComparisonExpression::Kind;
    if (expression.kind == Kind::test) return terms_of(canonical(expression.test));
    Terms all;
    if (expression.kind == Kind::all_of) all.insert(Term{});
    for (const auto& part : expression.parts) {
      const auto terms = terms_of(part);
      if (!terms) return std::nullopt;
      if (expression.kind == Kind::any_of) {
        all.insert(terms->begin(), terms->end());
      } else {
        if (all.size() * terms->size() > terms_max) return std::nullopt;
        Terms product;
        for (const auto& a : all)
          for (const auto& b : *terms) {
            Term both = a;
            both.insert(b.begin(), b.end());
            product.insert(std::move(both));
          }
        all = std::move(product);
      }
      if (all.size() > terms_max) return std::nullopt;
    }
    return all;
  }

  Terms terms_of(const Comparison& comparison) {
    Terms terms;
    Term together;
    for (auto& part : taken_apart(comparison)) {
      auto text = print(part);
      if (comparison.negated)
        together.insert(text);
      else
        terms.insert(Term{text});
      comparisons_.emplace(std::move(text), std::move(part));
    }
    if (comparison.negated) terms.insert(std::move(together));
    return terms;
  }

  /// Without terms that no object can fulfil, and those that say no more than a shorter one.
  Terms absorbed(Terms terms) const {
    Terms possible;
    for (const auto& term : terms) {
      const auto& type = comparisons_.at(*term.begin()).path.type;
      if (std::all_of(term.begin(), term.end(),
                      [&](const std::string& text) { return comparisons_.at(text).path.type == type; }))
        possible.insert(term);
    }
    if (!possible.empty()) terms = std::move(possible);
    if (terms.size() > absorb_max) return terms;
    Terms kept;
    for (const auto& term : terms)
      if (std::none_of(terms.begin(), terms.end(), [&](const Term& other) {
            return other.size() < term.size() &&
                   std::includes(term.begin(), term.end(), other.begin(), other.end());
          }))
        kept.insert(term);
    return kept;
  }

  ComparisonExpression expression_of(const Terms& terms) const {
    ComparisonExpression any;
    any.kind = ComparisonExpression::Kind::any_of;
    for (const auto& term : terms) {
      ComparisonExpression all;
      all.kind = ComparisonExpression::Kind::all_of;
      for (const auto& text : term)
        all.parts.push_back({ComparisonExpression::Kind::test, comparisons_.at(text), {}});
      any.parts.push_back(all.parts.size() == 1 ? std::move(all.parts.front()) : std::move(all));
    }
    return any.parts.size() == 1 ? std::move(any.parts.front()) : any;
  }

  std::map<std::string, Comparison> comparisons_;
};

std::string text_of(const ComparisonExpression& expression) {
  ObservationExpression bare;
  bare.comparison = expression;
  return print(bare);
}

/// Sorted by text, each once.
template <class Part, class Text>
void sort_once(std::vector<Part>& parts, const Text& text_of_part) {
  std::map<std::string, Part> sorted;
  for (auto& part : parts) {
    auto text = text_of_part(part);
    sorted.emplace(std::move(text), std::move(part));
  }
  parts.clear();
  for (auto& [text, part] : sorted) parts.push_back(std::move(part));
}

/// What is too large to be multiplied out keeps its shape.
ComparisonExpression shaped(const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test)
    return {expression.kind, canonical(expression.test), {}};
  ComparisonExpression out;
  out.kind = expression.kind;
  for (const auto& part : expression.parts) {
    auto inner = shaped(part);
    if (inner.kind == out.kind)
      out.parts.insert(out.parts.end(), inner.parts.begin(), inner.parts.end());
    else
      out.parts.push_back(std::move(inner));
  }
  sort_once(out.parts, text_of);
  return out.parts.size() == 1 ? ComparisonExpression{out.parts.front()} : out;
}

ComparisonExpression canonical(const ComparisonExpression& expression) {
  auto multiplied = Multiplied{}.run(expression);
  return multiplied ? *std::move(multiplied) : shaped(expression);
}

// ---- observations ----

using Kind = ObservationExpression::Kind;

/// The product or sum of two REPEATS; nullopt when the parser would not take it.
std::optional<std::string> combined(const std::string& a, const std::string& b, bool product) {
  std::uint64_t x = 0, y = 0, out = 0;
  std::from_chars(a.data(), a.data() + a.size(), x);
  std::from_chars(b.data(), b.data() + b.size(), y);
  const bool over = product ? __builtin_mul_overflow(x, y, &out) : __builtin_add_overflow(x, y, &out);
  auto text = std::to_string(out);
  if (over || text.size() > repeats_digits) return std::nullopt;
  return text;
}

bool is(const Qualifier& qualifier, Qualifier::Kind kind) {
  return qualifier.kind == kind;
}

/// Adds a qualifier behind the others. False when it cannot stand beside them.
bool add(std::vector<Qualifier>& all, bool is_one_observation, Qualifier qualifier) {
  if (is(qualifier, Qualifier::Kind::repeats)) {
    if (qualifier.first == "1") return true;
    if (!all.empty() && is(all.back(), Qualifier::Kind::repeats)) {
      const auto product = combined(all.back().first, qualifier.first, true);
      if (product) all.back().first = *product;
      return product.has_value();
    }
  }
  // One observation lies within any time.
  const auto repeats = [](const Qualifier& q) { return is(q, Qualifier::Kind::repeats); };
  if (is(qualifier, Qualifier::Kind::within) && is_one_observation &&
      std::none_of(all.begin(), all.end(), repeats))
    return true;
  if (std::any_of(all.begin(), all.end(), [&](const Qualifier& q) { return is(q, qualifier.kind); }))
    return false;
  // START and STOP ask each observation alone, so it does not matter when they do.
  if (is(qualifier, Qualifier::Kind::start_stop))
    all.insert(all.begin(), std::move(qualifier));
  else
    all.push_back(std::move(qualifier));
  return true;
}

Qualifier canonical(const Qualifier& qualifier) {
  switch (qualifier.kind) {
    case Qualifier::Kind::start_stop:
      return {qualifier.kind, canonical_timestamp(qualifier.first), canonical_timestamp(qualifier.second)};
    case Qualifier::Kind::within:
    case Qualifier::Kind::repeats:
      break;
  }
  return {qualifier.kind, canonical_number(qualifier.first), {}};
}

ObservationExpression qualified(ObservationExpression expression, const Qualifier& qualifier) {
  const bool is_one = expression.kind == Kind::single;
  // A group of its own keeps apart what cannot stand side by side.
  if (add(expression.qualifiers, is_one, qualifier)) return expression;
  ObservationExpression group;
  group.kind = Kind::any_of;
  group.parts.push_back(std::move(expression));
  group.qualifiers.push_back(qualifier);
  return group;
}

/// [a] AND [a] REPEATS 2 TIMES is [a] REPEATS 3 TIMES.
void gather_repeats(std::vector<ObservationExpression>& parts) {
  std::vector<ObservationExpression> kept;
  for (auto& part : parts) {
    std::string times = "1";
    auto base = part;
    if (!base.qualifiers.empty() && is(base.qualifiers.back(), Qualifier::Kind::repeats)) {
      times = base.qualifiers.back().first;
      base.qualifiers.pop_back();
    }
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const ObservationExpression& other) {
      auto bare = other;
      if (!bare.qualifiers.empty() && is(bare.qualifiers.back(), Qualifier::Kind::repeats))
        bare.qualifiers.pop_back();
      return bare == base;
    });
    if (same != kept.end()) {
      const bool repeated =
          !same->qualifiers.empty() && is(same->qualifiers.back(), Qualifier::Kind::repeats);
      if (const auto sum = combined(repeated ? same->qualifiers.back().first : "1", times, false)) {
        *same = qualified(std::move(base), {Qualifier::Kind::repeats, *sum, {}});
        continue;
      }
    }
    kept.push_back(std::move(part));
  }
  parts = std::move(kept);
}

/// [a] OR [b] is [a OR b].
void merge_singles(std::vector<ObservationExpression>& parts) {
  ObservationExpression merged;
  merged.comparison.kind = ComparisonExpression::Kind::any_of;
  std::vector<ObservationExpression> others;
  for (auto& part : parts) {
    if (part.kind == Kind::single && part.qualifiers.empty())
      merged.comparison.parts.push_back(std::move(part.comparison));
    else
      others.push_back(std::move(part));
  }
  parts = std::move(others);
  if (merged.comparison.parts.empty()) return;
  if (merged.comparison.parts.size() == 1) {
    auto only = std::move(merged.comparison.parts.front());
    merged.comparison = std::move(only);
  } else {
    merged.comparison = canonical(merged.comparison);
  }
  parts.push_back(std::move(merged));
}

std::string text_of_observations(const ObservationExpression& expression) {
  return print(expression);
}

ObservationExpression grouped(const ObservationExpression& expression) {
  ObservationExpression out;
  out.kind = expression.kind;
  for (const auto& part : expression.parts) {
    auto inner = pattern::canonical(part);
    // Brackets inside the same operator say nothing: each of the three is associative.
    if (inner.kind == out.kind && inner.qualifiers.empty())
      out.parts.insert(out.parts.end(), inner.parts.begin(), inner.parts.end());
    else
      out.parts.push_back(std::move(inner));
  }
  if (out.kind == Kind::any_of) {
    merge_singles(out.parts);
    sort_once(out.parts, text_of_observations);
  } else if (out.kind == Kind::all_of) {
    gather_repeats(out.parts);
    std::sort(out.parts.begin(), out.parts.end(),
              [](const auto& a, const auto& b) { return print(a) < print(b); });
  }
  return out.parts.size() == 1 ? ObservationExpression{out.parts.front()} : out;
}

/// ([a] AND [b]) REPEATS 2 TIMES is [a] REPEATS 2 TIMES AND [b] REPEATS 2 TIMES.
ObservationExpression distributed(ObservationExpression all, const Qualifier& repeats) {
  for (auto& part : all.parts) part = qualified(std::move(part), repeats);
  gather_repeats(all.parts);
  std::sort(all.parts.begin(), all.parts.end(),
            [](const auto& a, const auto& b) { return print(a) < print(b); });
  return all.parts.size() == 1 ? ObservationExpression{all.parts.front()} : all;
}

}  // namespace

ObservationExpression canonical(const ObservationExpression& pattern) {
  ObservationExpression out;
  if (pattern.kind == Kind::single)
    out.comparison = canonical(pattern.comparison);
  else
    out = grouped(pattern);
  for (const auto& written : pattern.qualifiers) {
    const auto qualifier = canonical(written);
    if (out.kind == Kind::all_of && out.qualifiers.empty() && is(qualifier, Qualifier::Kind::repeats))
      out = distributed(std::move(out), qualifier);
    else
      out = qualified(std::move(out), qualifier);
  }
  return out;
}

}  // namespace tocsin::pattern
