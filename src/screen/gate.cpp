#include "screen/gate.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace tocsin::screen {
namespace {

stix::Problem refusal_of(const Decision& decision) {
  // The first finding that withholds is the weightiest; else the first that would change something.
  const auto weighty = std::find_if(decision.findings.begin(), decision.findings.end(),
                                    [](const Finding& f) { return f.action == Action::withhold; });
  const Finding none{"", "policy", Action::withhold};
  const auto& first = weighty != decision.findings.end() ? *weighty
                      : decision.findings.empty()        ? none
                                                         : decision.findings.front();
  stix::Problem problem;
  problem.id = decision.id;
  problem.path = first.path;
  problem.rule = "screen:" + first.rule;
  problem.section = "docs/screen.md";
  problem.reason =
      "the hub keeps nothing that may point at a person or into a house (`tocsin screen` shows it and "
      "`tocsin share` mends it)";
  if (decision.findings.size() > 1)
    problem.reason += "; " + std::to_string(decision.findings.size()) + " places";
  problem.severity = stix::Severity::error;
  return problem;
}

}  // namespace

Gate::Gate(Policy policy) : policy_{std::make_shared<const Policy>(std::move(policy))} {}

Result<Gate> Gate::make(std::string_view hub_toml, std::string_view circle_toml) {
  auto policy = parse_arriving_policy({hub_toml, circle_toml});
  if (!policy) return policy.error();
  return Gate{*std::move(policy)};
}

/// Of the objects alone, in their order.
std::vector<Decision> Gate::decide(std::span<const stix::Parsed> objects,
                                   std::span<const std::string> identities) const {
  std::vector<std::string_view> bytes;
  for (const auto& one : objects)
    if (one.object) bytes.push_back(one.object->bytes);
  // The key makes ids and pseudonyms that nobody sees here.
  const auto screen = Screen::make(
      policy_, {.identities = {identities.begin(), identities.end()}, .key = "a hub keeps no key"});
  TOCSIN_CHECK(screen.has_value(), "a policy that was read can be used");
  return screen->screen_all(bytes);
}

void Gate::refuse(std::vector<stix::Parsed>& objects, std::span<const std::string> identities) const {
  const auto decisions = decide(objects, identities);
  auto decision = decisions.begin();
  for (auto& one : objects) {
    if (!one.object) continue;
    if (decision->outcome != Outcome::pass) {
      one.problems.push_back(refusal_of(*decision));
      one.object.reset();
    }
    ++decision;
  }
}

std::vector<bool> Gate::passing(std::span<const stix::Parsed> objects,
                                std::span<const std::string> identities) const {
  const auto decisions = decide(objects, identities);
  auto decision = decisions.begin();
  std::vector<bool> out;
  for (const auto& one : objects) out.push_back(!one.object || (decision++)->outcome == Outcome::pass);
  return out;
}

}  // namespace tocsin::screen
