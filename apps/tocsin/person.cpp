#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {

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
  noun->add_subcommand("list", "all of them")->callback([&context] {
    context.run = [&context] {
      return print_list(context, "/people", "people",
                        {{"ID", "id"}, {"NAME", "name"}, {"MACHINE", "machine"}});
    };
  });
}

}  // namespace tocsin::cli
