#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "observe/mapping.hpp"
#include "observe/reader.hpp"
#include "output.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string name;
  std::vector<std::string> mappings;
};

/// All formats, or the mapping of one as it was written.
int formats(const Context& context, const Options& options) {
  const auto known = observe::Formats::with(options.mappings);
  if (!known) {
    say(known.error().detail);
    return exit_usage;
  }
  if (!options.name.empty()) {
    const auto format = (*known)->named(options.name);
    if (!format || *format == observe::Format::automatic) {
      say("there is no format '" + options.name + "'; `tocsin sensor formats` lists them");
      return exit_usage;
    }
    const auto& mapping = (**known)[*format];
    if (context.json)
      print_json(json::Object{{"format", mapping.name}, {"mapping", mapping.text}});
    else
      std::fwrite(mapping.text.data(), 1, mapping.text.size(), stdout);
    return exit_done;
  }
  json::Array list;
  Table table{{"FORMAT", "WHAT WRITES IT", "SHAPE", "RECOGNISED BY"}};
  for (const auto format : (*known)->order()) {
    const auto& mapping = (**known)[format];
    list.push_back(json::Object{{"format", mapping.name},
                                {"what", mapping.writer},
                                {"shape", observe::name(mapping.shape)},
                                {"recognised", mapping.recognised()},
                                {"file", mapping.file}});
    table.add(
        {mapping.name, mapping.writer, std::string{observe::name(mapping.shape)}, mapping.recognised()});
  }
  if (context.json)
    print_json(json::Object{{"formats", std::move(list)}});
  else
    table.print();
  return exit_done;
}

}  // namespace

void add_formats(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("formats", "log formats that can be read, or the mapping of one");
  verb->add_option("NAME", options->name, "prints this format's mapping file");
  verb->add_option("--mapping", options->mappings, "a log format of your own; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  verb->callback(
      [&context, options] { context.run = [&context, options] { return formats(context, *options); }; });
}

}  // namespace tocsin::cli
