#include "pattern/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include "base/time.hpp"

namespace tocsin::pattern {
namespace {

using Kind = PlanNode::Kind;
using Expression = stix::ObservationExpression;

constexpr std::int64_t micros_max = INT64_MAX / 16;            // longer than the years 1 to 9999
constexpr std::uint64_t demand_max = std::uint64_t{1} << 60U;  // more than can be observed
constexpr std::size_t nodes_max = 40'000;  // more than a pattern's text can ask for without REPEATS

/// Seconds as microseconds; a part of one counts as one, for two instants are never closer than that.
std::int64_t micros_of(const std::string& seconds) {
  double number = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), number);
  const double micros = std::ceil(number * 1e6 - 1e-3);
  return micros >= static_cast<double>(micros_max)
             ? micros_max
             : std::max<std::int64_t>(1, static_cast<std::int64_t>(micros));
}

std::uint64_t multiplied(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > demand_max / b ? demand_max : a * b;
}

class Planner {
 public:
  Planner(Plan& plan, const Limits& limits)
      : plan_{plan}, limits_{limits}, regexes_left_{limits.regexes_max} {}

  Status run(const Expression& pattern) {
    const auto root = node_of(pattern);
    if (!root) return root.error();
    if (slots_ > limits_.bindings_max) return too_many();
    plan_.root = *root;
    plan_.reach_micros = reach(*root);
    return {};
  }

 private:
  using Made = Result<std::uint32_t>;  // a node

  Made node_of(const Expression& expression) {
    Made node = expression.kind == Expression::Kind::single ? single(expression) : group(expression);
    for (const auto& qualifier : expression.qualifiers)
      if (node) node = qualified(*node, qualifier);
    return node;
  }

  Made single(const Expression& expression) {
    Expression bare;
    bare.comparison = expression.comparison;
    const auto [place, is_new] =
        test_by_text_.try_emplace(print(bare), static_cast<std::uint32_t>(plan_.tests.size()));
    if (is_new) {
      auto test = ObjectTest::compile(expression.comparison, regexes_left_);
      if (!test) return test.error();
      plan_.tests.push_back(*std::move(test));
    }
    return slot({place->second});
  }

  Made slot(std::vector<std::uint32_t> tests) {
    PlanNode node;
    const auto found = std::find(plan_.choices.begin(), plan_.choices.end(), tests);
    node.choice = static_cast<std::uint32_t>(found - plan_.choices.begin());
    if (found == plan_.choices.end()) plan_.choices.push_back(std::move(tests));
    return added(std::move(node));
  }

  Made group(const Expression& expression) {
    PlanNode node;
    for (const auto& part : expression.parts) {
      const auto made = node_of(part);
      if (!made) return made;
      node.parts.push_back(*made);
    }
    if (expression.kind == Expression::Kind::followed_by) {
      node.kind = Kind::followed_by;
    } else if (expression.kind == Expression::Kind::all_of) {
      node.kind = Kind::all_of;
    } else {
      node.kind = Kind::any_of;
      if (const auto merged = merge_single_slots(node.parts); !merged) return merged.error();
    }
    if (node.parts.size() == 1) return node.parts.front();
    return added(std::move(node));
  }

  /// Of alternatives, those that are one observation each are one slot: no decision is left in them.
  Status merge_single_slots(std::vector<std::uint32_t>& parts) {
    std::vector<std::uint32_t> tests, others;
    for (const auto part : parts) {
      const auto& node = plan_.nodes[part];
      if (node.kind != Kind::slot || node.demand != 1) {
        others.push_back(part);
        continue;
      }
      const auto& choice = plan_.choices[node.choice];
      tests.insert(tests.end(), choice.begin(), choice.end());
    }
    if (parts.size() - others.size() < 2) return {};
    std::sort(tests.begin(), tests.end());
    tests.erase(std::unique(tests.begin(), tests.end()), tests.end());
    const auto merged = slot(std::move(tests));
    if (!merged) return merged.error();
    slots_ -= parts.size() - others.size();
    others.insert(others.begin(), *merged);
    parts = std::move(others);
    return {};
  }

  Made qualified(std::uint32_t part, const stix::Qualifier& qualifier) {
    PlanNode node;
    node.parts = {part};
    switch (qualifier.kind) {
      case stix::Qualifier::Kind::within:
        if (plan_.nodes[part].kind == Kind::slot && plan_.nodes[part].demand == 1) return part;
        node.kind = Kind::within;
        node.micros = micros_of(qualifier.first);
        return added(std::move(node));
      case stix::Qualifier::Kind::start_stop: {
        const auto start = parse_rfc3339(qualifier.first), stop = parse_rfc3339(qualifier.second);
        if (!start) return start.error();
        if (!stop) return stop.error();
        node.kind = Kind::window;
        node.start = to_micros(*start);
        node.stop = to_micros(*stop);
        return added(std::move(node));
      }
      case stix::Qualifier::Kind::repeats:
        break;
    }
    std::uint64_t times = 1;
    std::from_chars(qualifier.first.data(), qualifier.first.data() + qualifier.first.size(), times);
    if (is_plain(part)) {
      multiply(part, times);
      return part;
    }
    return written_out(part, times);
  }

  /// True when nothing below has to be decided anew for each repetition.
  bool is_plain(std::uint32_t at) const {
    const auto& node = plan_.nodes[at];
    if (node.kind == Kind::any_of || node.kind == Kind::followed_by || node.kind == Kind::within)
      return false;
    return std::all_of(node.parts.begin(), node.parts.end(), [&](auto part) { return is_plain(part); });
  }

  void multiply(std::uint32_t at, std::uint64_t times) {
    auto& node = plan_.nodes[at];
    if (node.kind == Kind::slot) node.demand = multiplied(node.demand, times);
    for (const auto part : node.parts) multiply(part, times);
  }

  Made written_out(std::uint32_t part, std::uint64_t times) {
    if (times == 1) return part;
    PlanNode all;
    all.kind = Kind::all_of;
    all.parts.push_back(part);
    for (std::uint64_t i = 1; i < times; ++i) {
      const auto next = copy(part);
      if (!next) return next;
      if (const auto first = first_decision(*next); first != no_node)
        plan_.nodes[first].twin = first_decision(all.parts.back());
      all.parts.push_back(*next);
    }
    return added(std::move(all));
  }

  Made copy(std::uint32_t at) {
    PlanNode node = plan_.nodes[at];
    std::map<std::uint32_t, std::uint32_t> copied;  // twins inside point inside again
    for (auto& part : node.parts) {
      const auto made = copy(part);
      if (!made) return made;
      copied.emplace(first_decision(part), first_decision(*made));
      part = *made;
    }
    for (const auto part : node.parts)
      if (const auto first = first_decision(part); first != no_node)
        if (const auto twin = copied.find(plan_.nodes[first].twin); twin != copied.end())
          plan_.nodes[first].twin = twin->second;
    return added(std::move(node));
  }

  std::uint32_t first_decision(std::uint32_t at) const {
    const auto& node = plan_.nodes[at];
    if (node.kind == Kind::any_of || node.kind == Kind::followed_by || node.kind == Kind::within) return at;
    for (const auto part : node.parts)
      if (const auto first = first_decision(part); first != no_node) return first;
    return no_node;
  }

  Made added(PlanNode node) {
    if (node.kind == Kind::slot) ++slots_;
    if (plan_.nodes.size() >= nodes_max) return too_many();
    plan_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(plan_.nodes.size() - 1);
  }

  Error too_many() const {
    return over_limit("bindings_max", "the pattern asks for more than " +
                                          std::to_string(limits_.bindings_max) +
                                          " observations apart, REPEATS of groups written out");
  }

  /// How far apart observations of one match may lie; nullopt when there is no bound.
  std::optional<std::int64_t> reach(std::uint32_t at) const {
    const auto& node = plan_.nodes[at];
    switch (node.kind) {
      case Kind::slot:
        if (node.demand == 1) return 0;
        return std::nullopt;
      case Kind::within:
        return node.micros;
      case Kind::window:
        if (const auto inner = reach(node.parts.front())) return inner;
        return node.stop - node.start;
      case Kind::any_of: {
        std::int64_t longest = 0;
        for (const auto part : node.parts) {
          const auto one = reach(part);
          if (!one) return std::nullopt;
          longest = std::max(longest, *one);
        }
        return longest;
      }
      case Kind::all_of:
      case Kind::followed_by:
        break;
    }
    return std::nullopt;
  }

  Plan& plan_;
  const Limits& limits_;
  std::size_t regexes_left_;
  std::size_t slots_ = 0;
  std::map<std::string, std::uint32_t> test_by_text_;
};

}  // namespace

Result<std::shared_ptr<const Plan>> compile(const stix::ObservationExpression& pattern,
                                            const Limits& limits) {
  auto plan = std::make_shared<Plan>();
  plan->limits = limits;
  TOCSIN_TRY((Planner{*plan, limits}.run(pattern)));
  return std::shared_ptr<const Plan>{std::move(plan)};
}

Result<std::shared_ptr<const Plan>> compile(std::string_view pattern, const Limits& limits) {
  const auto parsed = stix::parse_pattern(pattern);
  if (!parsed) return parsed.error();
  return compile(*parsed, limits);
}

}  // namespace tocsin::pattern
