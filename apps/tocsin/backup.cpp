#include "hub/backup.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.hpp"
#include "output.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string data, other, newer;
};

json::Object to_json(const hub::BackupReport& report) {
  return {{"entries", report.entries},
          {"circles", report.circles},
          {"bytes", report.bytes},
          {"newest", report.entries == 0 ? json::Value{} : json::Value(to_rfc3339(report.newest))},
          {"erased_again", report.erased_again}};
}

int print(const Context& context, const Result<hub::BackupReport>& report, const std::string& where) {
  if (!report) return fail(report.error());
  if (context.json) {
    print_json(to_json(*report));
    return exit_done;
  }
  print_line(where + ": " + std::to_string(report->entries) + " entries of " +
             std::to_string(report->circles) + " logs, " + std::to_string(report->bytes) +
             " bytes, the newest of " + to_rfc3339(report->newest) + "; read whole and sound");
  if (report->erased_again > 0)
    print_line("erased again: " + std::to_string(report->erased_again) + " entries");
  return exit_done;
}

}  // namespace

void add_backup(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* backup = root.add_subcommand("backup", "Copy a hub, running or not, and check the copy");
  backup->group(group_operate);
  backup->add_option("--data", options->data, "The hub's folder")->required();
  backup->add_option("--to", options->other, "A new folder for the copy; it holds keys: guard it")
      ->required();
  backup->callback([&context, options] {
    context.run = [&context, options] {
      return print(context, hub::back_up(options->data, options->other), options->other);
    };
  });

  auto* restore = root.add_subcommand("restore", "Make a hub's folder anew from a backup");
  restore->group(group_operate);
  restore->add_option("backup", options->other, "What 'tocsin backup' made")->required();
  restore->add_option("--data", options->data, "The hub's folder; new or empty")->required();
  restore->add_option("--erasures-from", options->newer,
                      "A newer backup, or the old folder: what it erased since is erased again");
  restore->callback([&context, options] {
    context.run = [&context, options] {
      if (options->newer.empty()) warn("without --erasures-from, what was erased after this backup is back");
      return print(context, hub::restore(options->other, options->data, options->newer), options->data);
    };
  });
}

}  // namespace tocsin::cli
