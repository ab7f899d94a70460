/// The program `tocsin`: finds the verb, runs it, and gives its exit code.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "base/text.hpp"
#include "profile.hpp"
#include "verb.hpp"

namespace {

constexpr const char* footer = R"(
Examples:
  tocsin join 'https://hub.example:8443/join#invite=…&pin=…'
  tocsin share report.json --circle energy --tlp amber
  tocsin follow --circle energy -o json
  tocsin withdraw indicator--… --circle energy --why "false positive"

Exit codes: 0 done; 1 refused, or problems found; 2 wrong usage; 3 the hub cannot be reached.
`tocsin VERB --help` says more about a verb.)";

int run(int argc, char** argv) {
  using namespace tocsin::cli;
  CLI::App app{"Share threat intelligence within circles, and be told of it within the second.", "tocsin"};
  Context context;
  context.root = &app;
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", TOCSIN_VERSION);
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& format) { context.json = format == "json"; },
         "human or json; results on standard output, the rest on standard error")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"human", "json"}))
      ->default_str("human");
  app.add_option("--profile", context.profile_path,
                 "who you are and which hub; else $TOCSIN_PROFILE, else the user's config folder")
      ->type_name("FILE");
  add_verbs(app, context);
  app.footer(footer);  // last: verbs would inherit it
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (context.profile_path.empty()) context.profile_path = default_profile_path();
  return context.run ? context.run() : static_cast<int>(exit_usage);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tocsin: %s\n", tocsin::printable(error.what()).c_str());
    return tocsin::cli::exit_refused;
  }
}
