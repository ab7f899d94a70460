#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string value, id, kind;
  bool dns = false;
};

std::string kind_of(const Options& options) {
  if (!options.kind.empty()) return options.kind;
  // What holds a slash or a colon, or ends in a digit, is an address or a network: no top-level domain does.
  const bool network = options.value.find_first_of("/:") != std::string::npos ||
                       (!options.value.empty() && options.value.back() >= '0' && options.value.back() <= '9');
  return network ? "cidr" : "domain";
}

}  // namespace

void add_asset(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("asset", "domains and networks that are your member's own");
  noun->group(group_govern);
  noun->require_subcommand(1);
  auto options = std::make_shared<Options>();

  auto* add = noun->add_subcommand("add", "register one; an indicator that hits it is then held");
  add->add_option("value", options->value, "a domain, an address or a network")->required();
  add->add_option("--kind", options->kind, "when it cannot be told from the value")
      ->type_name("domain|cidr")
      ->check(CLI::IsMember({"domain", "cidr"}));
  add->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) {
            return session.post("/assets",
                                json::Object{{"kind", kind_of(*options)}, {"value", options->value}});
          },
          [](const json::Object& made) {
            const auto id = cell(made, "id"), record = cell(made, "record");
            print_line("asset " + id + " counts once it is verified");
            if (record == "-") {
              print_line("a steward of one of your circles does that: tocsin asset verify " + id);
              return;
            }
            print_line("publish this record, then: tocsin asset verify " + id + " --dns");
            print_line("  " + record + " TXT \"" + cell(made, "challenge") + '"');
            print_line("or a steward of one of your circles vouches for it: tocsin asset verify " + id);
          });
    };
  });
  noun->add_subcommand("list", "all of them")->callback([&context] {
    context.run = [&context] {
      return print_list(context, "/assets", "assets",
                        {{"ID", "id"},
                         {"MEMBER", "member"},
                         {"KIND", "kind"},
                         {"VALUE", "value"},
                         {"VERIFIED", "verified"}});
    };
  });
  auto* verify =
      noun->add_subcommand("verify", "vouch for a member's asset (stewards, operators), or show your own");
  verify->add_option("id", options->id)->required();
  verify->add_flag("--dns", options->dns, "yours: its TXT record shows it");
  verify->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) {
            return session.post("/assets/" + path_part(options->id) + "/verification",
                                json::Object{{"how", options->dns ? "dns" : "steward"}});
          },
          [&](const json::Object&) { print_line("verified " + options->id); });
    };
  });
  auto* revoke = noun->add_subcommand("revoke", "it is not yours any more");
  revoke->add_option("id", options->id)->required();
  revoke->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) -> Result<json::Object> {
            auto gone = session.call("DELETE", "/assets/" + path_part(options->id));
            if (!gone) return gone.error();
            return json::Object{{"revoked", options->id}};
          },
          [&](const json::Object&) { print_line("revoked " + options->id); });
    };
  });
}

void add_identity(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("identity", "STIX identities that are your member's own");
  noun->group(group_govern);
  noun->require_subcommand(1);
  auto id = std::make_shared<std::string>();
  auto* add = noun->add_subcommand("add", "objects with this created_by_ref are then yours");
  add->add_option("id", *id, "identity--…")->required();
  add->callback([&context, id] {
    context.run = [&context, id] {
      return answer(
          context,
          [&](Session& session) -> Result<json::Object> {
            auto made = session.post("/identities", json::Object{{"stix_id", *id}});
            if (!made) return made;
            // `share --anonymous` must know which objects are the member's own.
            Profile profile = session.profile();
            if (std::find(profile.identities.begin(), profile.identities.end(), *id) ==
                profile.identities.end())
              profile.identities.push_back(*id);
            TOCSIN_TRY(save_profile(context.profile_path, profile));
            return made;
          },
          [&](const json::Object&) { print_line("registered " + *id); });
    };
  });
}

}  // namespace tocsin::cli
