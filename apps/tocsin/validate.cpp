#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/file.hpp"
#include "output.hpp"
#include "stix/object.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t body_bytes_max = 1U << 30;

struct Options {
  std::vector<std::string> files;
  stix::Level level = stix::Level::normal;
};

struct Sum {
  std::size_t objects = 0, refused = 0, errors = 0, warnings = 0;
};

Result<std::string> read_whole(const std::string& file) {
  if (file != "-") return read_file(file, body_bytes_max);
  std::string text;
  std::string piece(256 << 10, '\0');
  while (const auto got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece, 0, got);
    if (text.size() > body_bytes_max)
      return Error{Errc::invalid_input, "standard input is larger than 1 GiB"};
  }
  return text;
}

std::string_view name(stix::Severity severity) {
  return severity == stix::Severity::error ? "error" : "warning";
}

void print(const std::string& file, const stix::Problem& problem, bool as_json) {
  if (as_json)
    return print_json(json::Object{{"file", file},
                                   {"object", problem.id},
                                   {"path", problem.path},
                                   {"rule", problem.rule},
                                   {"section", problem.section},
                                   {"severity", name(problem.severity)},
                                   {"reason", problem.reason}});
  print_line(file + ": " + std::string{name(problem.severity)} + ": " + problem.id +
             (problem.path.empty() ? "" : " " + problem.path) + ": " + problem.reason + " [" + problem.rule +
             ", " + problem.section + "]");
}

/// A text that is no list of objects at all is a problem of the file, not of the call.
stix::Problem unreadable(const Error& error) {
  return {"(file)", {}, "not-stix", "STIX 2.1 §8", error.detail, stix::Severity::error};
}

int run(const Options& options, bool as_json) {
  stix::Parser parser{{.body_bytes_max = body_bytes_max, .objects_max = 10'000'000}, options.level};
  Sum sum;
  for (const auto& file : options.files) {
    const auto text = read_whole(file);
    if (!text) {
      fail(text.error());
      return exit_usage;
    }
    auto verdicts = parser.validate(*text);
    if (!verdicts) verdicts = stix::Verdicts{0, 0, {unreadable(verdicts.error())}};
    sum.objects += verdicts->objects;
    sum.refused += verdicts->refused;
    for (const auto& problem : verdicts->problems) {
      ++(problem.severity == stix::Severity::error ? sum.errors : sum.warnings);
      print(file, problem, as_json);
    }
  }
  if (as_json)
    print_json(json::Object{{"valid", sum.errors == 0},
                            {"objects", sum.objects},
                            {"refused", sum.refused},
                            {"errors", sum.errors},
                            {"warnings", sum.warnings}});
  else
    say(std::to_string(sum.objects) + " objects, " + std::to_string(sum.refused) + " refused; " +
        std::to_string(sum.errors) + " errors, " + std::to_string(sum.warnings) + " warnings");
  return sum.errors == 0 ? exit_done : exit_refused;
}

}  // namespace

void add_validate(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("validate", "what STIX 2.1 says of bundles, objects or lines of objects");
  verb->group(group_read);
  verb->add_option("files", options->files, "files to read; - is standard input")
      ->required()
      ->type_name("FILE");
  verb->add_option_function<std::string>(
          "--level",
          [options](const std::string& level) {
            options->level = level == "strict"    ? stix::Level::strict
                             : level == "lenient" ? stix::Level::lenient
                                                  : stix::Level::normal;
          },
          "strict: all that the standard demands; normal: as a hub does; lenient: feeds in the wild")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"strict", "normal", "lenient"}))
      ->default_str("normal");
  verb->footer(
      "Exit codes: 0 valid, warnings or not; 1 errors found; 2 wrong usage, or a file cannot be read.");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return run(*options, context.json); }; });
}

}  // namespace tocsin::cli
