#pragma once

/// A circle's rules as options of the command line. Threads: one.

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "verb.hpp"

namespace tocsin::cli {

struct RulesOptions {
  std::string tlp_max, tlp_default, attribution, sightings, history, sightings_to_government;
  std::string screening, screen_policy, government_screen_policy;  // the policies are files
  std::string decay_floor, end_expired, flood, newcomer_flood, newcomer_days, context;
  std::vector<std::string> kinds, roles, sectors, lifetimes, decays;
};

void add_rules_options(CLI::App& verb, RulesOptions& options);
/// The fields that were given. Errors: invalid_input for days that are not KIND=DAYS, or a number that is
/// none.
Result<json::Object> rules_json(const RulesOptions& options);

}  // namespace tocsin::cli
