#include "stix/pattern.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "stix/object.hpp"
#include "stix/pattern_lexer.hpp"

namespace tocsin::stix {
namespace {

using Kind = Token::Kind;

/// Recursive descent. The first error stays; every step after it does nothing.
class PatternParser {
 public:
  PatternParser(std::string_view text, const PatternLimits& limits) : lexer_{text}, limits_{limits} {
    advance();
  }

  Result<ObservationExpression> run() {
    auto pattern = followed_by();
    if (!error_ && token_.kind != Kind::end) expected("the end, or AND, OR, FOLLOWEDBY or a qualifier");
    if (error_) return *std::move(error_);
    return pattern;
  }

 private:
  // ---- observations ----
  ObservationExpression followed_by() {
    return observations("FOLLOWEDBY", ObservationExpression::Kind::followed_by,
                        &PatternParser::observation_or);
  }
  ObservationExpression observation_or() {
    return observations("OR", ObservationExpression::Kind::any_of, &PatternParser::observation_and);
  }
  ObservationExpression observation_and() {
    return observations("AND", ObservationExpression::Kind::all_of, &PatternParser::observation);
  }

  ObservationExpression observations(std::string_view keyword, ObservationExpression::Kind kind,
                                     ObservationExpression (PatternParser::*tighter)()) {
    auto first = (this->*tighter)();
    if (error_ || !token_.is(Kind::keyword, keyword)) return first;
    ObservationExpression joined;
    joined.kind = kind;
    joined.parts.push_back(std::move(first));
    while (!error_ && take(Kind::keyword, keyword)) joined.parts.push_back((this->*tighter)());
    return joined;
  }

  ObservationExpression observation() {
    ObservationExpression expression;
    if (take(Kind::symbol, "[")) {
      expression.comparison = comparison_or();
      need("]");
    } else if (take(Kind::symbol, "(")) {
      deeper();
      expression = followed_by();
      need(")");
      --depth_;
      // Qualifiers of the group are not those of what it holds; a group of its own keeps them apart.
      if (!expression.qualifiers.empty() && at_qualifier()) {
        ObservationExpression group;
        group.kind = ObservationExpression::Kind::any_of;
        group.parts.push_back(std::move(expression));
        expression = std::move(group);
      }
    } else {
      expected("[ or (");
    }
    qualifiers(expression.qualifiers);
    return expression;
  }

  bool at_qualifier() const {
    return token_.is(Kind::keyword, "WITHIN") || token_.is(Kind::keyword, "REPEATS") ||
           token_.is(Kind::keyword, "START");
  }

  void qualifiers(std::vector<Qualifier>& all) {
    while (!error_ && at_qualifier()) {
      const auto offset = token_.offset;
      auto qualifier = one_qualifier();
      if (error_) return;
      if (std::any_of(all.begin(), all.end(), [&](const Qualifier& q) { return q.kind == qualifier.kind; }))
        return fail(offset, "this qualifier stands twice at one expression");
      all.push_back(std::move(qualifier));
    }
  }

  Qualifier one_qualifier() {
    Qualifier qualifier;
    if (take(Kind::keyword, "WITHIN")) {
      qualifier = {Qualifier::Kind::within, more_than_nothing(true), {}};
      need_keyword("SECONDS");
    } else if (take(Kind::keyword, "REPEATS")) {
      qualifier = {Qualifier::Kind::repeats, more_than_nothing(false), {}};
      need_keyword("TIMES");
    } else {
      need_keyword("START");
      qualifier = {Qualifier::Kind::start_stop, need_timestamp(), {}};
      need_keyword("STOP");
      const auto offset = token_.offset;
      qualifier.second = need_timestamp();
      if (!error_ && compare_versions(qualifier.second, qualifier.first) <= 0)
        fail(offset, "STOP must lie after START");
    }
    return qualifier;
  }

  std::string more_than_nothing(bool decimal_too) {
    const bool number = token_.kind == Kind::integer || (decimal_too && token_.kind == Kind::decimal);
    std::string text{token_.text};
    if (!number || text.starts_with('-') || text.find_first_of("123456789") == std::string::npos ||
        text.size() > 18) {
      expected(decimal_too ? "a number of seconds above 0" : "a whole number above 0");
      return {};
    }
    advance();
    return text;
  }

  std::string need_timestamp() {
    if (token_.kind != Kind::timestamp) {
      expected("a time: t'…'");
      return {};
    }
    std::string text{token_.text};
    advance();
    return text;
  }

  // ---- comparisons ----
  ComparisonExpression comparison_or() {
    return comparisons("OR", ComparisonExpression::Kind::any_of, &PatternParser::comparison_and);
  }
  ComparisonExpression comparison_and() {
    return comparisons("AND", ComparisonExpression::Kind::all_of, &PatternParser::comparison_test);
  }

  ComparisonExpression comparisons(std::string_view keyword, ComparisonExpression::Kind kind,
                                   ComparisonExpression (PatternParser::*tighter)()) {
    auto first = (this->*tighter)();
    if (error_ || !token_.is(Kind::keyword, keyword)) return first;
    ComparisonExpression joined;
    joined.kind = kind;
    joined.parts.push_back(std::move(first));
    while (!error_ && take(Kind::keyword, keyword)) joined.parts.push_back((this->*tighter)());
    return joined;
  }

  ComparisonExpression comparison_test() {
    ComparisonExpression expression;
    if (take(Kind::symbol, "(")) {
      deeper();
      expression = comparison_or();
      need(")");
      --depth_;
      return expression;
    }
    if (++comparisons_ > limits_.comparisons_max) {
      fail(token_.offset, "more than " + std::to_string(limits_.comparisons_max) + " comparisons");
      return expression;
    }
    auto& test = expression.test;
    const bool negated = take(Kind::keyword, "NOT");
    if (take(Kind::keyword, "EXISTS")) {
      test.op = Operator::exists;
      test.negated = negated;
      test.path = path();
      return expression;
    }
    if (negated) {
      expected("EXISTS: NOT stands after the path, as in file:name NOT = 'x'");
      return expression;
    }
    test.path = path();
    test.negated = take(Kind::keyword, "NOT");
    comparison_operator(test);
    return expression;
  }

  void comparison_operator(Comparison& test) {
    struct Row {
      Kind kind;
      std::string_view text;
      Operator op;
    };
    static constexpr Row rows[] = {
        {Kind::symbol, "=", Operator::equal},
        {Kind::symbol, "==", Operator::equal},
        {Kind::symbol, "!=", Operator::not_equal},
        {Kind::symbol, "<>", Operator::not_equal},
        {Kind::symbol, "<", Operator::less},
        {Kind::symbol, "<=", Operator::less_equal},
        {Kind::symbol, ">", Operator::greater},
        {Kind::symbol, ">=", Operator::greater_equal},
        {Kind::keyword, "IN", Operator::in},
        {Kind::keyword, "LIKE", Operator::like},
        {Kind::keyword, "MATCHES", Operator::matches},
        {Kind::keyword, "ISSUBSET", Operator::is_subset},
        {Kind::keyword, "ISSUPERSET", Operator::is_superset},
    };
    const auto* row = std::find_if(std::begin(rows), std::end(rows),
                                   [&](const Row& r) { return token_.is(r.kind, r.text); });
    if (row == std::end(rows)) return expected("a comparison operator");
    test.op = row->op;
    advance();
    switch (test.op) {
      case Operator::in:
        return set(test.literals);
      case Operator::like:
      case Operator::matches:
      case Operator::is_subset:
      case Operator::is_superset:
        if (token_.kind != Kind::string) return expected("a string in single quotes");
        break;
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal:
        if (token_.kind == Kind::boolean) return expected("a constant that has an order");
        break;
      default:
        break;
    }
    literal(test.literals);
  }

  void set(std::vector<Literal>& literals) {
    need("(");
    do {
      const auto offset = token_.offset;
      literal(literals);
      if (error_) return;
      const auto is_number = [](const Literal& l) {
        return l.kind == Literal::Kind::integer || l.kind == Literal::Kind::decimal;
      };
      if (literals.back().kind != literals.front().kind &&
          !(is_number(literals.back()) && is_number(literals.front())))
        return fail(offset, "all constants of a set must be of one type");
    } while (!error_ && take(Kind::symbol, ","));
    need(")");
  }

  void literal(std::vector<Literal>& literals) {
    const auto kind = literal_kind();
    if (!kind)
      return expected("a constant: a string in single quotes, a number, true, false, h'…', b'…' or t'…'");
    if (++constants_ > limits_.constants_max)
      return fail(token_.offset, "more than " + std::to_string(limits_.constants_max) + " constants");
    literals.push_back({*kind, std::string{token_.text}, {lexer_.column(token_.offset)}});
    advance();
  }

  std::optional<Literal::Kind> literal_kind() const {
    switch (token_.kind) {
      case Kind::string:
        return Literal::Kind::string;
      case Kind::integer:
        return Literal::Kind::integer;
      case Kind::decimal:
        return Literal::Kind::decimal;
      case Kind::boolean:
        return Literal::Kind::boolean;
      case Kind::hex:
        return Literal::Kind::hex;
      case Kind::binary:
        return Literal::Kind::binary;
      case Kind::timestamp:
        return Literal::Kind::timestamp;
      default:
        return std::nullopt;
    }
  }

  // ---- paths ----
  ObjectPath path() {
    ObjectPath path;
    if (token_.kind != Kind::identifier && token_.kind != Kind::hyphenated) {
      expected("an object path such as file:name");
      return path;
    }
    path.type = token_.text;
    advance();
    need(":");
    property(path);
    while (!error_) {
      if (path.steps.size() > 32) {
        fail(token_.offset, "a path of more than 32 steps");
      } else if (take(Kind::symbol, ".")) {
        property(path);
      } else if (take(Kind::symbol, "[")) {
        index(path);
      } else {
        break;
      }
    }
    return path;
  }

  void property(ObjectPath& path) {
    if (token_.kind != Kind::identifier && token_.kind != Kind::string)
      return expected("a property; quote it when it holds a hyphen or is a keyword");
    path.steps.push_back({PathStep::Kind::property, std::string{token_.text}, 0});
    advance();
  }

  void index(ObjectPath& path) {
    PathStep step;
    if (take(Kind::symbol, "*")) {
      step.kind = PathStep::Kind::any;
    } else {
      step.kind = PathStep::Kind::index;
      const auto digits = token_.text;
      const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step.index);
      if (token_.kind != Kind::integer || error != std::errc{} || stop != digits.data() + digits.size())
        return expected("an index from 0, or *");
      advance();
    }
    path.steps.push_back(std::move(step));
    need("]");
  }

  // ---- tokens ----
  void advance() {
    if (error_) return;
    auto token = lexer_.next();
    if (token) {
      token_ = *token;
    } else {
      error_ = std::move(token).error();
      token_ = {};  // its text may have been the lexer's
    }
  }
  bool take(Kind kind, std::string_view text) {
    if (error_ || !token_.is(kind, text)) return false;
    advance();
    return true;
  }
  void need(std::string_view symbol) {
    if (!error_ && !take(Kind::symbol, symbol)) expected(symbol);
  }
  void need_keyword(std::string_view keyword) {
    if (!error_ && !take(Kind::keyword, keyword)) expected(keyword);
  }
  void deeper() {
    if (++depth_ > limits_.depth_max) fail(token_.offset, "parentheses nested too deep");
  }
  void expected(std::string_view what) {
    constexpr std::size_t shown_max = 40;
    const auto found = token_.kind == Kind::end ? std::string{"the end"}
                                                : "'" + printable(token_.text.substr(0, shown_max)) + "'";
    fail(token_.offset, "expected " + std::string{what} + ", found " + found);
  }
  void fail(std::size_t offset, std::string_view what) {
    if (!error_) error_ = lexer_.error_at(offset, what);
  }

  PatternLexer lexer_;
  const PatternLimits& limits_;
  Token token_;
  std::optional<Error> error_;
  std::size_t depth_ = 0;
  std::size_t comparisons_ = 0;
  std::size_t constants_ = 0;
};

}  // namespace

Result<ObservationExpression> parse_pattern(std::string_view text, const PatternLimits& limits) {
  if (text.size() > limits.text_bytes_max)
    return Error{Errc::invalid_input,
                 "the pattern is longer than " + std::to_string(limits.text_bytes_max) + " bytes"};
  const bool ascii = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  if (!ascii && !is_utf8(text)) return Error{Errc::invalid_input, "the pattern is not UTF-8"};
  return PatternParser{text, limits}.run();
}

}  // namespace tocsin::stix
