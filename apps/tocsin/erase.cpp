#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string circle, id, why, to;
  std::uint64_t sequence = 0;
};

int propose(const Context& context, const Options& options) {
  if (options.id.empty() == (options.sequence == 0)) {
    say("what is to be erased? an object by its id, or another entry by --sequence");
    return exit_usage;
  }
  json::Object body{{"why", options.why}};
  if (options.id.empty())
    body["sequence"] = options.sequence;
  else
    body["id"] = options.id;
  return answer(
      context,
      [&](Session& session) { return session.post(circle_path(options.circle) + "/erasures", body); },
      [&](const json::Object& made) {
        print_line("proposed; nothing is erased yet. A second person confirms it with");
        print_line("  tocsin circle erase " + options.circle + " --confirm " + cell(made, "proposal"));
      });
}

int confirm(const Context& context, const Options& options) {
  return answer(
      context,
      [&](Session& session) {
        return session.post(circle_path(options.circle) + "/erasures/" + std::to_string(options.sequence),
                            json::Object{});
      },
      [](const json::Object& done) { print_line("erased: entries " + cell(done, "erased")); });
}

}  // namespace

void add_erase(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand(
      "erase",
      "propose to erase an object for good, list the proposals, or confirm one as the second person");
  verb->add_option("circle", options->circle)->required();
  auto* id = verb->add_option("id", options->id, "the object; it goes with all that names it");
  auto* sequence = verb->add_option("--sequence", options->sequence, "another entry, which goes alone");
  verb->add_option("--why", options->why, "for the stewards and the owner; do not repeat what is erased")
      ->type_name("TEXT");
  auto* proposal =
      verb->add_option("--confirm", options->sequence, "carry out this proposal of somebody else")
          ->excludes(id)
          ->excludes(sequence);
  verb->callback([&context, options, id, sequence, proposal] {
    context.run = [&context, options, id, sequence, proposal] {
      if (proposal->count() > 0) return confirm(context, *options);
      if (id->count() + sequence->count() > 0) return propose(context, *options);
      return print_list(context, circle_path(options->circle) + "/erasures", "erasures",
                        {{"PROPOSAL", "proposal"},
                         {"ENTRY", "sequence"},
                         {"SINCE", "time"},
                         {"MINE", "mine"},
                         {"WHY", "why"}});
    };
  });
}

void add_transfer(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("transfer", "give an object to another owner (stewards)");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("id", options->id)->required();
  verb->add_option("--to", options->to, "a member of the circle")->required()->type_name("MEMBER");
  verb->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) {
            return session.post(
                circle_path(options->circle) + "/objects/" + path_part(options->id) + "/owner",
                json::Object{{"to", options->to}});
          },
          [&](const json::Object&) { print_line(options->id + " belongs to " + options->to + " now"); });
    };
  });
}

}  // namespace tocsin::cli
