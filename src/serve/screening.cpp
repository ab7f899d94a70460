#include "serve/screening.hpp"

#include "base/check.hpp"

namespace tocsin::serve {
namespace {

constexpr std::size_t gates_max = 256;  // of circles' own policies; beyond it they are made anew

}  // namespace

Result<std::unique_ptr<Screening>> Screening::make(std::string hub_policy) {
  std::unique_ptr<Screening> made{new Screening{std::move(hub_policy)}};
  const auto usable = made->gate({});
  if (!usable) return usable.error();
  return made;
}

Result<std::shared_ptr<const screen::Gate>> Screening::gate(const std::string& circle_policy) const {
  {
    const std::scoped_lock lock{mutex_};
    const auto known = gates_.find(circle_policy);
    if (known != gates_.end()) return known->second;
  }
  auto made = screen::Gate::make(hub_policy_, circle_policy);
  if (!made) return made.error();
  auto shared = std::make_shared<const screen::Gate>(*std::move(made));
  const std::scoped_lock lock{mutex_};
  if (gates_.size() >= gates_max) gates_.clear();
  gates_.emplace(circle_policy, shared);
  return shared;
}

Status Screening::check(const policy::Rules& rules) const {
  if (const auto made = gate(rules.screen_policy); !made) return in_context("screen_policy", made.error());
  if (const auto made = gate(rules.government_screen_policy); !made)
    return in_context("government_screen_policy", made.error());
  return {};
}

std::vector<bool> Screening::apply(const policy::Rules& rules, const policy::Member& sharer,
                                   std::vector<stix::Parsed>& objects) const {
  if (!rules.screening && rules.government_screen_policy.empty()) return {};
  const std::vector<std::string> identities{sharer.identities.begin(), sharer.identities.end()};
  if (rules.screening) {
    const auto ours = gate(rules.screen_policy);
    TOCSIN_CHECK(ours.has_value(), "rules with an unreadable policy are refused");
    (*ours)->refuse(objects, identities);
  }
  if (rules.government_screen_policy.empty()) return {};
  const auto narrower = gate(rules.government_screen_policy);
  TOCSIN_CHECK(narrower.has_value(), "rules with an unreadable policy are refused");
  auto kept_from = (*narrower)->passing(objects, identities);
  kept_from.flip();
  return kept_from;
}

}  // namespace tocsin::serve
