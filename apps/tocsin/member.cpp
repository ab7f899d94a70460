#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string member, kind = "company", role, sector, client_of, why;
  std::vector<std::string> circles;
  bool steward = false;
};

int invite(const Context& context, const Options& options) {
  json::Array circles;
  for (const auto& circle : split_list(options.circles)) circles.emplace_back(circle);
  json::Object body{
      {"name", options.member}, {"kind", options.kind}, {"circles", circles}, {"steward", options.steward}};
  if (!options.role.empty()) body["role"] = options.role;
  if (!options.sector.empty()) body["sector"] = options.sector;
  if (!options.client_of.empty()) body["client_of"] = options.client_of;
  return answer(
      context, [&](Session& session) { return session.post("/invites", body); },
      [](const json::Object& made) {
        print_line(cell(made, "invite_url"));
        say("give this URL to the member over a way that you trust; it is good once, until " +
            cell(made, "expires"));
      });
}

void add_standing(CLI::App& noun, Context& context, const char* word, const char* standing,
                  const char* help) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand(word, help);
  verb->add_option("member", options->member, "name or UUID")->required();
  verb->add_option("--why", options->why)->type_name("TEXT");
  verb->callback([&context, options, standing] {
    context.run = [&context, options, standing] {
      return answer(
          context,
          [&](Session& session) {
            return session.post("/members/" + path_part(options->member) + "/standing",
                                json::Object{{"standing", standing}, {"why", options->why}});
          },
          [&](const json::Object&) { print_line(options->member + " is " + standing); });
    };
  });
}

}  // namespace

void add_member(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("member", "organisations: invite, list, suspend, remove");
  noun->group(group_govern);
  noun->require_subcommand(1);

  auto options = std::make_shared<Options>();
  auto* verb = noun->add_subcommand("invite", "make an invite URL (operators; stewards for their circles)");
  verb->add_option("name", options->member, "of the organisation")->required();
  verb->add_option("--kind", options->kind)
      ->type_name("KIND")
      ->check(CLI::IsMember({"company", "government", "association", "researcher"}))
      ->capture_default_str();
  verb->add_option("--role", options->role, "of a government body")
      ->type_name("ROLE")
      ->check(CLI::IsMember({"none", "cert", "regulator", "law-enforcement", "intelligence"}));
  verb->add_option("--sector", options->sector)->type_name("SECTOR");
  verb->add_option("--circle", options->circles, "the circles it enters")
      ->type_name("C,…")
      ->allow_extra_args(false);
  verb->add_flag("--steward", options->steward, "its first person keeps these circles");
  verb->add_option("--client-of", options->client_of, "the member through which it reads")
      ->type_name("MEMBER");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return invite(context, *options); }; });

  noun->add_subcommand("list", "operators: all; members: those that share a circle with you")
      ->callback([&context] {
        context.run = [&context] {
          return print_list(context, "/members", "members",
                            {{"MEMBER", "name"},
                             {"UUID", "uuid"},
                             {"KIND", "kind"},
                             {"ROLE", "role"},
                             {"SECTOR", "sector"},
                             {"STANDING", "standing"}});
        };
      });
  noun->add_subcommand("invites", "the invites that are open")->callback([&context] {
    context.run = [&context] {
      return print_list(context, "/invites", "invites",
                        {{"ID", "id"},
                         {"MEMBER", "name"},
                         {"KIND", "kind"},
                         {"CIRCLES", "circles"},
                         {"EXPIRES", "expires"}});
    };
  });
  add_standing(*noun, context, "suspend", "suspended", "its tokens and streams end within a second");
  add_standing(*noun, context, "resume", "active", "end a suspension");
  add_standing(*noun, context, "remove", "removed", "for good; what it shared stays");
}

}  // namespace tocsin::cli
