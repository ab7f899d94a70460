#include <array>

#include "stix/pattern.hpp"
#include "stix/pattern_lexer.hpp"

namespace tocsin::stix {
namespace {

void put_string(std::string& out, std::string_view text) {
  out += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  out += '\'';
}

void put_literal(std::string& out, const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::string:
      return put_string(out, literal.text);
    case Literal::Kind::hex:
      out += "h'" + literal.text + '\'';
      return;
    case Literal::Kind::binary:
      out += "b'" + literal.text + '\'';
      return;
    case Literal::Kind::timestamp:
      out += "t'" + literal.text + '\'';
      return;
    case Literal::Kind::integer:
    case Literal::Kind::decimal:
    case Literal::Kind::boolean:
      out += literal.text;
  }
}

void put_path(std::string& out, const ObjectPath& path) {
  out += path.type;
  bool first = true;
  for (const auto& step : path.steps) {
    if (step.kind == PathStep::Kind::property) {
      out += first ? ':' : '.';
      if (is_plain_property(step.name))
        out += step.name;
      else
        put_string(out, step.name);
    } else {
      out += step.kind == PathStep::Kind::any ? "[*]" : '[' + std::to_string(step.index) + ']';
    }
    first = false;
  }
}

void put_comparison(std::string& out, const Comparison& test) {
  if (test.op == Operator::exists) {
    out += test.negated ? "NOT EXISTS " : "EXISTS ";
    return put_path(out, test.path);
  }
  put_path(out, test.path);
  out += test.negated ? " NOT " : " ";
  out += name(test.op);
  out += ' ';
  if (test.op != Operator::in) return put_literal(out, test.literals.front());
  out += '(';
  for (std::size_t i = 0; i < test.literals.size(); ++i) {
    if (i != 0) out += ", ";
    put_literal(out, test.literals[i]);
  }
  out += ')';
}

void put_expression(std::string& out, const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test) return put_comparison(out, expression.test);
  const bool all = expression.kind == ComparisonExpression::Kind::all_of;
  for (std::size_t i = 0; i < expression.parts.size(); ++i) {
    if (i != 0) out += all ? " AND " : " OR ";
    const auto kind = expression.parts[i].kind;
    // AND binds tighter than OR and needs no parentheses inside it; the text then never nests deeper than it
    // came.
    const bool group =
        kind == ComparisonExpression::Kind::any_of || (all && kind != ComparisonExpression::Kind::test);
    if (group) out += '(';
    put_expression(out, expression.parts[i]);
    if (group) out += ')';
  }
}

/// How tight the parts hang together: FOLLOWEDBY, OR, AND, one observation.
int binding(ObservationExpression::Kind kind) {
  switch (kind) {
    case ObservationExpression::Kind::followed_by:
      return 0;
    case ObservationExpression::Kind::any_of:
      return 1;
    case ObservationExpression::Kind::all_of:
      return 2;
    case ObservationExpression::Kind::single:
      break;
  }
  return 3;
}

void put_observation(std::string& out, const ObservationExpression& expression) {
  using Kind = ObservationExpression::Kind;
  if (expression.kind == Kind::single) {
    out += '[';
    put_expression(out, expression.comparison);
    out += ']';
  } else {
    const std::string_view joint = expression.kind == Kind::all_of   ? " AND "
                                   : expression.kind == Kind::any_of ? " OR "
                                                                     : " FOLLOWEDBY ";
    const bool qualified = !expression.qualifiers.empty();
    if (qualified) out += '(';
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
      if (i != 0) out += joint;
      const auto& part = expression.parts[i];
      const bool group = part.qualifiers.empty() && binding(part.kind) <= binding(expression.kind);
      if (group) out += '(';
      put_observation(out, part);
      if (group) out += ')';
    }
    if (qualified) out += ')';
  }
  for (const auto& qualifier : expression.qualifiers) {
    if (qualifier.kind == Qualifier::Kind::within)
      out += " WITHIN " + qualifier.first + " SECONDS";
    else if (qualifier.kind == Qualifier::Kind::repeats)
      out += " REPEATS " + qualifier.first + " TIMES";
    else
      out += " START t'" + qualifier.first + "' STOP t'" + qualifier.second + '\'';
  }
}

}  // namespace

std::string_view name(Operator op) {
  constexpr std::array<std::string_view, 12> names{
      "=", "!=", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS"};
  return names.at(static_cast<std::size_t>(op));
}

std::string print(const ObservationExpression& pattern) {
  std::string out;
  put_observation(out, pattern);
  return out;
}

std::string print(const ObjectPath& path) {
  std::string out;
  put_path(out, path);
  return out;
}

std::string print(const Comparison& comparison) {
  std::string out;
  put_comparison(out, comparison);
  return out;
}

}  // namespace tocsin::stix
