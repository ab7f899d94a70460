#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

void add_passkey(CLI::App& noun, Context& context) {
  auto name = std::make_shared<std::string>();
  auto scopes = std::make_shared<std::vector<std::string>>();
  auto* verb =
      noun.add_subcommand("passkey", "a link for making a passkey in a browser: once, in 15 minutes");
  verb->add_option("name", *name, "the person")->required();
  verb->add_option("--scopes", *scopes,
                   "what sessions may do: read, share, sight, administer, steward, operate")
      ->delimiter(',')
      ->default_str("read");
  verb->callback([&context, name, scopes] {
    context.run = [&context, name, scopes] {
      return answer(
          context,
          [&](Session& session) {
            json::Object body{{"person", *name}};
            if (!scopes->empty()) body["scopes"] = json::Array(scopes->begin(), scopes->end());
            return session.post("/signin/links", body);
          },
          [](const json::Object& made) {
            print_line(cell(made, "url"));
            say("works once, until " + cell(made, "expires") + ": give it to the person alone");
          });
    };
  });
}

void add_link(CLI::App& noun, Context& context) {
  struct Wanted {
    std::string person, provider, subject;
    std::vector<std::string> scopes;
  };
  auto wanted = std::make_shared<Wanted>();
  auto* verb = noun.add_subcommand("link", "say whose an account at an OpenID provider is (administrators)");
  verb->add_option("name", wanted->person, "the person")->required();
  verb->add_option("--provider", wanted->provider, "as the hub names it")->required();
  verb->add_option("--subject", wanted->subject, "the account, by the claim that the hub's operator chose")
      ->required();
  verb->add_option("--scopes", wanted->scopes, "what sessions may do")->delimiter(',')->default_str("read");
  verb->callback([&context, wanted] {
    context.run = [&context, wanted] {
      return answer(
          context,
          [&](Session& session) {
            json::Object body{
                {"person", wanted->person}, {"provider", wanted->provider}, {"subject", wanted->subject}};
            if (!wanted->scopes.empty())
              body["scopes"] = json::Array(wanted->scopes.begin(), wanted->scopes.end());
            return session.post("/signin/identities", body);
          },
          [&](const json::Object&) { print_line("linked to " + wanted->person); });
    };
  });
}

}  // namespace

void add_person(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("person", "your member's people and machines");
  noun->group(group_govern);
  noun->require_subcommand(1);

  auto name = std::make_shared<std::string>();
  auto machine = std::make_shared<bool>(false);
  auto* add = noun->add_subcommand("add", "add one (administrators)");
  add->add_option("name", *name)->required();
  add->add_flag("--machine", *machine, "not a person: a sensor, a script");
  add->callback([&context, name, machine] {
    context.run = [&context, name, machine] {
      return answer(
          context,
          [&](Session& session) {
            return session.post("/people", json::Object{{"name", *name}, {"machine", *machine}});
          },
          [](const json::Object& made) { print_line("added " + cell(made, "name")); });
    };
  });
  add_passkey(*noun, context);
  add_link(*noun, context);
  noun->add_subcommand("list", "all of them")->callback([&context] {
    context.run = [&context] {
      return print_list(context, "/people", "people",
                        {{"ID", "id"}, {"NAME", "name"}, {"MACHINE", "machine"}});
    };
  });
}

}  // namespace tocsin::cli
