#include "verb.hpp"

#include <CLI/CLI.hpp>
#include <array>

namespace tocsin::cli {
namespace {

using AddVerb = void (*)(CLI::App&, Context&);

constexpr std::array verbs{
#ifdef TOCSIN_WITH_HUB
    AddVerb{&add_hub},      AddVerb{&add_backup},
#endif
#ifdef TOCSIN_WITH_DEMO
    AddVerb{&add_demo},
#endif
    AddVerb{&add_join},     AddVerb{&add_profile},    AddVerb{&add_screen},   AddVerb{&add_share},
    AddVerb{&add_review},   AddVerb{&add_withdraw},   AddVerb{&add_pull},     AddVerb{&add_follow},
    AddVerb{&add_search},   AddVerb{&add_object},     AddVerb{&add_match},    AddVerb{&add_validate},
    AddVerb{&add_messages}, AddVerb{&add_circle},     AddVerb{&add_member},   AddVerb{&add_person},
    AddVerb{&add_token},    AddVerb{&add_asset},      AddVerb{&add_identity}, AddVerb{&add_sensor},
    AddVerb{&add_doctor},   AddVerb{&add_completion}, AddVerb{&add_manual},
};

}  // namespace

void add_verbs(CLI::App& root, Context& context) {
  for (const auto add : verbs) add(root, context);
  // A noun's verbs inherit the group of the noun, which says nothing there.
  for (auto* noun : root.get_subcommands({}))
    for (auto* verb : noun->get_subcommands({})) {
      verb->group("Verbs");
      for (auto* below : verb->get_subcommands({})) below->group("Verbs");
    }
}

}  // namespace tocsin::cli
