#include "screen/screen.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/file.hpp"
#include "base/text.hpp"
#include "input.hpp"
#include "output.hpp"
#include "screening.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  ScreenOptions screen;
  std::string fix;
  bool print_policy = false;
};

struct Read {
  std::vector<std::string> objects, places;
};

Result<Read> read_all(const std::vector<std::string>& files) {
  auto input = Input::open(files);
  if (!input) return input.error();
  Read read;
  const auto done =
      input->for_each([&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
        read.objects.emplace_back(item.problem.empty() ? item.bytes
                                                       : std::string_view{});  // withheld, and counted
        read.places.push_back("(" + file + ", object " + std::to_string(item.number) + ")");
        return {};
      });
  if (!done) return done.error();
  return read;
}

Status write_fixed(const std::string& path, const std::vector<screen::Decision>& decisions) {
  std::string text;
  for (const auto& decision : decisions)
    for (const auto* object : {&decision.output, &decision.relationship})
      if (!object->empty()) text += *object + "\n";
  if (path != "-") return write_file(path, text, 0600);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

int run(const Context& context, const Options& options) {
  if (options.print_policy) {
    const auto text = screen::default_policy_text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_done;
  }
  const auto screening = open_screening(context, options.screen);
  if (!screening) {
    fail(screening.error());
    return exit_usage;
  }
  const auto read = read_all(options.files);
  if (!read) {
    fail(read.error());
    return exit_usage;
  }
  if (!screening->knows_identities)
    warn("no identity of yours is known (--identity, or a profile): every object counts as your own");
  const std::vector<std::string_view> views{read->objects.begin(), read->objects.end()};
  const auto decisions = screening->screen.screen_all(views);
  // The result goes to standard output alone when it is asked for there.
  const bool quiet = options.fix == "-";
  ScreenSum sum;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    sum.add(decisions[i]);
    if (quiet) continue;
    if (context.json)
      print_json(json_of(decisions[i]));
    else
      show_decision(decisions[i], views[i], read->places[i]);
  }
  if (!screening->lasting_key && sum.changed != 0)
    warn("there is no profile: new ids and pseudonyms are others on every run");
  if (!options.fix.empty())
    if (const auto written = write_fixed(options.fix, decisions); !written) {
      fail(written.error());
      return exit_usage;
    }
  if (quiet)
    say(sum_line(sum, *screening));
  else if (context.json)
    print_json(json::Object{{"passed", sum.passed},
                            {"changed", sum.changed},
                            {"withheld", sum.withheld},
                            {"to_review", sum.to_review},
                            {"policy", screening->screen.policy().hash}});
  else
    print_line(sum_line(sum, *screening));
  return sum.all_pass() ? exit_done : exit_refused;
}

}  // namespace

void add_screen(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("screen", "what would leave of your objects, what is changed, and why");
  verb->group(group_share);
  verb->add_option("files", options->files,
                   "bundles, envelopes, single objects or one object a line; - is stdin")
      ->type_name("FILE");
  verb->add_option("--policy", options->screen.policy_file,
                   "TOML; else screen-policy.toml beside the profile, else the built-in one")
      ->type_name("FILE");
  verb->add_option("--identity", options->screen.identities,
                   "a STIX identity of yours, beside those of the profile")
      ->type_name("ID")
      ->allow_extra_args(false);
  verb->add_option("--fix", options->fix, "write what may leave, one object a line; - is stdout")
      ->type_name("OUT");
  verb->add_flag("--print-policy", options->print_policy, "print the built-in policy, to begin yours with");
  verb->footer(
      "Asks no hub. Exit codes: 0 everything passes as it is; 1 something is changed or withheld; 2 wrong "
      "usage, or "
      "a file that cannot be read.");
  verb->callback([&context, options] {
    if (!options->print_policy && options->files.empty()) throw CLI::RequiredError("FILE");
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace tocsin::cli
