#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string id, circle, text, to;
};

void add_one(CLI::App& root, Context& context, const char* word, const char* act, const char* help,
             bool takes_to) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand(word, help);
  verb->group(group_share);
  verb->add_option("id", options->id, "of the object")->required();
  verb->add_option("text", options->text)->required(!takes_to);
  verb->add_option("--circle", options->circle, "where the object is")->required()->type_name("C");
  if (takes_to)
    verb->add_option("--to", options->to, "the circle it may go to")->required()->type_name("CIRCLE");
  verb->callback([&context, options, act] {
    context.run = [&context, options, act] {
      json::Object body{{"act", act}, {"id", options->id}, {"text", options->text}};
      if (!options->to.empty()) body["to"] = options->to;
      return answer(
          context,
          [&](Session& session) { return session.post(circle_path(options->circle) + "/messages", body); },
          [](const json::Object& sent) { print_line("sent, entry " + cell(sent, "sequence")); });
    };
  });
}

}  // namespace

void add_messages(CLI::App& root, Context& context) {
  add_one(root, context, "ask", "ask", "ask an object's author, without learning who that is", false);
  add_one(root, context, "answer", "answer", "answer those who asked about your object", false);
  add_one(root, context, "request-release", "request-release",
          "ask its author to let an object into another circle", true);
  add_one(root, context, "release", "release", "let what you shared go to another circle", true);
}

}  // namespace tocsin::cli
