#include "screen/screen.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/file.hpp"
#include "base/text.hpp"
#include "input.hpp"
#include "output.hpp"
#include "receivers.hpp"
#include "screening.hpp"
#include "session.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  ScreenOptions screen;
  std::string fix, tlp;
  std::vector<std::string> circles, recipients;
  bool named = false;
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

/// What the hub would do with what leaves; it keeps nothing of it.
Status ask_hub(const Context& context, const Options& options, const std::vector<screen::Decision>& decisions,
               Outcome& outcome) {
  auto session = Session::open(context);
  if (!session) return session.error();
  std::string query = "dry_run=1&receivers=1", to;
  for (const auto& member : split_list(options.recipients)) to += (to.empty() ? "" : ",") + member;
  if (!to.empty()) query += "&to=" + path_part(to);
  if (!options.tlp.empty()) query += "&tlp=" + path_part(options.tlp);
  if (options.named) query += "&attribution=named";
  Sender sender{session->client(), {split_list(options.circles), query}, outcome, [](const json::Value&) {}};
  for (const auto& decision : decisions)
    if (!decision.output.empty()) TOCSIN_TRY(sender.add(decision.output));
  return sender.finish();
}

/// The same in words: who would receive it, and what would not be taken.
void show_outcome(const Outcome& outcome) {
  for (const auto& [what, items] : {std::pair{"refused", &outcome.refused}, {"held", &outcome.held}})
    for (const auto& item : *items)
      print_line(std::string{"would be "} + what + " by the hub: " + cell(item.get_object(), "id") + " [" +
                 cell(item.get_object(), "rule") + "] " + cell(item.get_object(), "reason"));
  if (!outcome.circles.empty()) show_receivers(outcome.circles, outcome.taken() / outcome.circles.size());
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
  warn_of_creators(sum, *screening);
  if (!screening->lasting_key && sum.changed != 0)
    warn("there is no profile: new ids and pseudonyms are others on every run");
  if (!options.fix.empty())
    if (const auto written = write_fixed(options.fix, decisions); !written) {
      fail(written.error());
      return exit_usage;
    }
  Outcome outcome;
  if (!options.circles.empty())
    if (const auto asked = ask_hub(context, options, decisions, outcome); !asked) return fail(asked.error());
  json::Object last{{"passed", sum.passed},
                    {"changed", sum.changed},
                    {"withheld", sum.withheld},
                    {"to_review", sum.to_review},
                    {"policy", screening->screen.policy().hash}};
  if (!options.circles.empty()) {
    last["receivers"] = outcome.circles;
    last["refused"] = outcome.refused;
    last["held"] = outcome.held;
  }
  if (quiet) {
    say(sum_line(sum, *screening));
  } else if (context.json) {
    print_json(last);
  } else {
    show_outcome(outcome);
    print_line(sum_line(sum, *screening));
  }
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
  verb->add_option("--circle", options->circles,
                   "ask the hub who there would receive what leaves; it keeps nothing")
      ->type_name("C,…")
      ->allow_extra_args(false);
  verb->add_option("--to", options->recipients, "as of `share`, with --circle")
      ->type_name("MEMBER,…")
      ->allow_extra_args(false);
  verb->add_option("--tlp", options->tlp, "as of `share`, with --circle")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"clear", "green", "amber", "amber+strict", "red"}));
  verb->add_flag("--named", options->named, "as of `share`, with --circle");
  verb->add_flag("--print-policy", options->print_policy, "print the built-in policy, to begin yours with");
  verb->footer(
      "Asks no hub but with --circle, and that one only about what would leave. Exit codes: 0 everything "
      "passes as it is; 1 something is changed or withheld; 2 wrong usage, or a file that cannot be read; 3 "
      "the hub is away.");
  verb->callback([&context, options] {
    if (!options->print_policy && options->files.empty()) throw CLI::RequiredError("FILE");
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace tocsin::cli
