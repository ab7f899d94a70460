#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/file.hpp"
#include "demo_story.hpp"
#include "output.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  bool once = false;
};

std::atomic<bool> stop_asked{false};  // set by a signal, which a lock-free atomic allows
static_assert(std::atomic<bool>::is_always_lock_free);

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = true; };
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

/// An empty folder: the given one, or a temporary one.
Result<std::string> make_folder(const std::string& given) {
  std::error_code error;
  if (given.empty()) {
    auto path = (fs::temp_directory_path(error) / "tocsin-demo-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr)
      return Error{Errc::unavailable, "no temporary folder can be made"};
    return path;
  }
  fs::create_directories(given, error);
  if (error) return Error{Errc::unavailable, given + ": " + error.message()};
  if (!fs::is_empty(given, error) || error)
    return Error{Errc::conflict, given + " is not empty; the demonstration wants a folder of its own"};
  fs::permissions(given, fs::perms::owner_all, error);
  return fs::absolute(given).string();
}

Status set_up(Stage& stage, Timeline& timeline) {
  TOCSIN_TRY(stage.start_hub());
  timeline.tell("hub", "runs at " + stage.hub_url(), {{"url", stage.hub_url()}, {"folder", stage.folder()}});
  TOCSIN_TRY(stage.gather_members());
  timeline.tell("demo",
                std::string{"a CERT, a film studio and a bank have joined the circle "} + Stage::circle);
  TOCSIN_TRY(stage.start_sensors());
  timeline.tell("demo", "their 3 sensors are live, on 12 logs of Zeek and Sysmon with ordinary traffic");
  return {};
}

json::Object summary(const Story::Outcome& outcome, const Timeline& timeline, std::uint64_t ordinary_lines,
                     double seconds) {
  json::Array failed;
  for (const auto& failure : timeline.failures()) failed.emplace_back(failure);
  return {{"type", "result"},
          {"ok", failed.empty()},
          {"share_to_alert_ms", to_json(outcome.share_to_alert_ms)},
          {"withdraw_to_applied_ms", to_json(outcome.withdraw_to_applied_ms)},
          {"alerts", outcome.alerts},
          {"planted", outcome.planted},
          {"controls", outcome.controls},
          {"sightings", outcome.sightings},
          {"ordinary_lines", ordinary_lines},
          {"seconds", std::stod(rounded(seconds, 1))},
          {"failed", std::move(failed)}};
}

void show_around(Stage& stage) {
  const auto program = demo::own_program();
  const auto& folder = stage.folder();
  print_line("");
  print_line("Everything stays up until Ctrl-C. The hub: " + stage.hub_url());
  print_line("Profiles: " + folder + "/{cert,studio,bank}.toml; the operator: " + folder + "/hub/admin.toml");
  print_line("Alerts of the bank: " + folder + "/bank/alerts.jsonl; its logs: " + folder + "/bank/logs");
  print_line("Its network talks to 45.255.0.7 once a second. Try, in another terminal:");
  print_line("  " + program + " share " + folder + "/try.json --circle lookout --profile " + folder +
             "/studio.toml");
  print_line("  " + program +
             " withdraw indicator--6c7d2b10-3a52-4a0e-9d0e-6c3d1f0b8a45 --circle lookout --why \"a test\" "
             "--profile " +
             folder + "/studio.toml");
  print_line("  " + program + " follow --circle lookout --profile " + folder + "/cert.toml");
  std::fflush(stdout);
}

/// Until Ctrl-C; alerts are shown as they come.
Status stay(Stage& stage, Timeline& timeline) {
  const std::string address = "45.255.0.7";
  const demo::Fact fact{"indicator--6c7d2b10-3a52-4a0e-9d0e-6c3d1f0b8a45",
                        "ipv4-addr:value",
                        address,
                        "",
                        "Something to try",
                        "",
                        "you",
                        50};
  TOCSIN_TRY(write_file(stage.folder() + "/try.json", indicator_json(fact, system_clock().now())));
  stage.let_bank_talk_to(address);
  if (timeline.json())
    print_json(json::Object{{"type", "up"}, {"url", stage.hub_url()}, {"folder", stage.folder()}});
  else
    show_around(stage);
  std::fflush(stdout);
  while (!stop_asked) {
    for (auto& player : stage.players()) {
      if (!player.sensor->running()) return stage.explained({Errc::unavailable, "the demonstration ends"});
      const auto alerts = player.house->collect(std::chrono::milliseconds{50});
      if (!alerts) break;
      for (const auto& alert : *alerts)
        timeline.alert(player.name, "ALERT " + alert.value, {{"value", alert.value}});
    }
  }
  return {};
}

int demo(const Context& context, const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  listen_to_signals();
  const auto folder = make_folder(options.folder);
  if (!folder) return fail(folder.error());
  Timeline timeline{context.json};
  json::Object result;
  {
    Stage stage{*folder, stop_asked};
    Story story{stage, timeline};
    auto played = set_up(stage, timeline);
    if (played) played = story.play();
    const bool all_happened = played && timeline.failures().empty();
    const auto played_in = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    result = summary(story.outcome(), timeline, stage.ordinary_lines(), played_in);
    if (!options.once && all_happened) {
      if (context.json) print_facts(result);
      played = stay(stage, timeline);
    }
    if (!played) timeline.require(false, played.error().detail);
    for (const auto& fault : stage.strike()) timeline.require(false, "all programs end well: " + fault);
    result = summary(story.outcome(), timeline, stage.ordinary_lines(), played_in);
  }
  const bool ok = timeline.failures().empty();
  if (options.folder.empty() && (ok || stop_asked)) {
    std::error_code error;
    fs::remove_all(*folder, error);
  } else if (!ok) {
    say("what everybody said lies in " + *folder);
  }
  if (options.once || !ok) print_facts(result);
  return ok ? exit_done : exit_refused;
}

}  // namespace

void add_demo(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb =
      root.add_subcommand("demo", "a hub, three members and their sensors replay the Sony case of 2014");
  verb->group(group_start);
  verb->add_flag("--once", options->once, "end when all has happened; the last line is JSON with the times");
  verb->add_option("--data", options->folder, "an empty folder to keep; else a temporary one")
      ->type_name("FOLDER");
  verb->footer(
      "Everything is this program, started anew: nothing leaves this machine. Exit code 0 means that all of "
      "it\nhappened: every planted value alerted, nothing else did.");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return demo(context, *options); }; });
}

}  // namespace tocsin::cli
