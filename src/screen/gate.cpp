#include "screen/gate.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace tocsin::screen {
namespace {

/// Nobody's: with it in the list, whoever names a creator is somebody else.
constexpr std::string_view nobody = "identity--00000000-0000-4000-8000-000000000000";

stix::Problem refusal_of(const Decision& decision) {
  // The first finding that withholds is the weightiest; else the first that would change something.
  const auto weighty = std::find_if(decision.findings.begin(), decision.findings.end(),
                                    [](const Finding& f) { return f.action == Action::withhold; });
  const Finding none{"", "policy", Action::withhold};
  const auto& first = weighty != decision.findings.end()    ? *weighty
                      : decision.findings.empty() ? none : decision.findings.front();
  stix::Problem problem;
  problem.id = decision.id;
  problem.path = first.path;
  problem.rule = "screen:" + first.rule;
  problem.section = "docs/screen.md";
  problem.reason = "the hub keeps nothing that may point at a person or into a house (`tocsin screen` shows it and `tocsin share --screen` mends it)";
  if (decision.findings.size() > 1) problem.reason += "; " + std::to_string(decision.findings.size()) + " places";
  problem.severity = stix::Severity::error;
  return problem;
}

}  // namespace

Gate::Gate(Policy policy) : policy_{std::make_shared<const Policy>(std::move(policy))} {}

Result<Gate> Gate::make(std::string_view policy_toml) {
  if (policy_toml.empty()) return Gate{arriving_policy()};
  auto policy = parse_arriving_policy(policy_toml);
  if (!policy) return policy.error();
  return Gate{*std::move(policy)};
}

void Gate::apply(std::vector<stix::Parsed>& objects, const std::vector<std::string>& identities) const {
  std::vector<std::string_view> bytes;
  std::vector<stix::Parsed*> looked_at;
  for (auto& one : objects) {
    if (!one.object) continue;
    bytes.push_back(one.object->bytes);
    looked_at.push_back(&one);
  }
  auto known = identities;
  if (known.empty()) known.emplace_back(nobody);
  // The key makes ids and pseudonyms that nobody sees here.
  const auto screen = Screen::make(policy_, {std::move(known), "a hub keeps no key"});
  TOCSIN_CHECK(screen.has_value(), "a policy that was read can be used");
  const auto decisions = screen->screen_all(bytes);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i].outcome == Outcome::pass) continue;
    looked_at[i]->problems.push_back(refusal_of(decisions[i]));
    looked_at[i]->object.reset();
  }
}

}  // namespace tocsin::screen
