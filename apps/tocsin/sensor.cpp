#include "sensor/sensor.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <thread>

#include "base/file.hpp"
#include "base/text.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "screen/allow_list.hpp"
#include "sensor/explain.hpp"
#include "sensor/feed.hpp"
#include "sensor/file_scan.hpp"
#include "sensor/scan.hpp"
#include "sensor_status.hpp"
#include "sensor_verbs.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

using sensor::Circle;
using sensor::Config;

struct Options {
  Config given;
  std::string config_path;
  std::vector<std::string> circles, files, folders;
  std::string indicators, format = "auto", pattern, record;
  std::map<std::string, const CLI::Option*> set;  // by key: what the command line says itself
};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "sensor";
}

/// The file first, then what the command line says.
Result<Config> effective_config(const Options& options) {
  Config out;
  if (!options.config_path.empty()) {
    const auto text = read_file(options.config_path);
    if (!text) return text.error();
    auto parsed = sensor::parse_config(*text);
    if (!parsed) return in_context(options.config_path, std::move(parsed).error());
    out = *std::move(parsed);
  }
  const auto& given = options.given;
  const auto is_set = [&](const char* key) { return options.set.at(key)->count() > 0; };
  if (is_set("circle")) out.circles = split_list(options.circles);
  if (is_set("file")) out.files = split_list(options.files);
  if (is_set("state")) out.state = given.state;
  if (is_set("alerts")) out.alerts = given.alerts;
  if (is_set("output")) out.outputs = given.outputs;
  if (is_set("name")) out.name = given.name;
  if (is_set("sightings")) out.sightings = given.sightings;
  if (is_set("warning-lists")) out.warning_lists = given.warning_lists;
  if (is_set("mapping")) out.mappings = given.mappings;
  if (is_set("dead-letters")) out.dead_letters = given.dead_letters;
  if (is_set("history-values")) out.history_values = given.history_values;
  if (is_set("history-days")) out.history_days = given.history_days;
  if (is_set("history-bytes")) out.history_bytes = given.history_bytes;
  if (is_set("subdomains")) out.subdomains = given.subdomains;
  if (is_set("from-start")) out.from_start = given.from_start;
  if (is_set("show-held-back")) out.show_held_back = given.show_held_back;
  for (const auto& [key, to, from] :
       {std::tuple{"allow", &out.allow, &given.allow},
        {"alert-min-confidence", &out.alert_min_confidence, &given.alert_min_confidence},
        {"emit-min-confidence", &out.emit_min_confidence, &given.emit_min_confidence},
        {"mute-hits", &out.mute_hits, &given.mute_hits},
        {"mute-share", &out.mute_share, &given.mute_share}})
    if (is_set(key)) *to = *from;
  if (is_set("emit")) out.emit = given.emit;
  if (is_set("emit-reload")) out.reloads = given.reloads;
  if (is_set("trust")) out.trust = given.trust;
  if (is_set("simulate")) out.simulate = given.simulate;
  TOCSIN_TRY(sensor::check_config(out));
  if (out.state.empty()) out.state = default_state();
  if (out.name.empty()) out.name = host_name();
  return out;
}

}  // namespace

Result<screen::WarningLists> warning_lists(const std::string& path, const std::string& allow) {
  std::vector<screen::WarningList> before;
  if (path != "none") before = screen::built_in_warning_lists();
  if (!allow.empty()) {
    const auto text = read_file(allow);
    if (!text) return text.error();
    auto allowed = screen::parse_allow_list(*text);
    if (!allowed) return in_context(allow, std::move(allowed).error());
    std::ranges::move(*allowed, std::back_inserter(before));
  }
  // Those of the hub come once the sensor runs.
  if (path.empty() || path == "none" || path == "hub") return screen::WarningLists{std::move(before)};
  const auto before_count = before.size();
  auto lists = screen::WarningLists::load(path, std::move(before));
  if (!lists) return lists;
  constexpr std::size_t warnings_max = 5;
  const auto& refused = lists->refused();
  for (std::size_t i = 0; i < std::min(refused.size(), warnings_max); ++i)
    warn("warning lists: " + refused[i]);
  if (refused.size() > warnings_max)
    warn("warning lists: " + std::to_string(refused.size() - warnings_max) + " more cannot be used");
  if (lists->lists().size() == before_count)
    return Error{Errc::invalid_input, path + ": there is no warning list in it"};
  return lists;
}

namespace {

/// What would have been, when nothing was done.
void print_simulated(const json::Object& status) {
  const auto number = [&](const char* key) { return std::to_string(json::number_or(status, key)); };
  const auto& muted = status.at("muted").as_object();
  const auto& in_force = status.at("emit").as_object().at("in_force").as_object();
  say("simulated: " + number("alerts") + " alerts would have gone out; " + number("held_back") +
      " held back, " + number("below_confidence") + " below the confidence, " +
      std::to_string(json::number_or(muted, "alerts")) + " of muted indicators; " +
      std::to_string(json::number_or(in_force, "values")) + " values would be listed");
}

int run(const Context& context, const Options& given) {
  auto config = effective_config(given);
  if (!config) {
    fail(config.error());
    return exit_usage;
  }
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  if (config->circles.empty()) config->circles = session->profile().circles;
  if (config->circles.empty() || config->files.empty()) {
    say("there is nothing to watch: give --circle and --file");
    return exit_usage;
  }
  auto lists = warning_lists(config->warning_lists);
  if (!lists) return fail(lists.error());
  InterruptWatch signals;
  sensor::Sensor::Options options;
  options.config = *config;
  options.subscription.client = client_options(session->profile());
  if (!session->profile().identities.empty()) options.creator = session->profile().identities.front();
  options.warning_lists = *std::move(lists);
  options.speaker = {host_name(), "", TOCSIN_VERSION, ::getpid()};
  options.say = [](const std::string& text) { warn(text); };
  auto opened = sensor::Sensor::open(std::move(options));
  if (!opened) return fail(opened.error());
  say("watching " + std::to_string(config->files.size()) + " files for " +
      std::to_string(config->circles.size()) + " circles; state in " + config->state);
  signals.watch([&running = **opened] { running.stop(); });
  (*opened)->run();
  signals.end();
  if (config->simulate) print_simulated((*opened)->status());
  return exit_done;
}

/// Circles by number, from 1, and their rules that say nothing of log records.
struct Loaded {
  std::unique_ptr<sensor::RuleShelf> shelf;  // first: the circles put into it
  std::vector<std::unique_ptr<Circle>> circles;
};

/// The circles' indicators: from a sensor's state folder, or a snapshot from the hub.
Result<Loaded> load_circles(const Context& context, const Options& options, match::IndicatorSet& set,
                            sensor::FileRules& file_rules) {
  Loaded out;
  auto names = split_list(options.circles);
  const auto& state = options.given.state;
  std::optional<Session> session;
  if (state.empty() || names.empty()) {
    auto opened = Session::open(context);
    if (!opened) return opened.error();
    session.emplace(*std::move(opened));
    if (names.empty()) names = session->profile().circles;
  }
  out.shelf = sensor::RuleShelf::read(state.empty() ? "" : sensor::rules_path(state));
  for (const auto& name : names) {
    Circle::Options how;
    how.shelf = out.shelf.get();
    how.number = CircleId{out.circles.size() + 1};
    how.name = name;
    if (options.given.subdomains) how.domains = match::DomainMatch::with_subdomains;
    if (!state.empty()) how.journal = sensor::journal_path(state, name);
    out.circles.push_back(std::make_unique<Circle>(std::move(how), set));
    if (!state.empty()) {
      TOCSIN_TRY(out.circles.back()->read());
      continue;
    }
    push::Subscription::Options subscription;
    subscription.client = client_options(session->profile());
    sensor::Feed feed{*out.circles.back(), std::move(subscription)};
    const auto standing = feed.fetch();
    if (standing.condition == push::Condition::live) continue;
    const auto code = standing.condition == push::Condition::stale    ? Errc::unavailable
                      : standing.condition == push::Condition::denied ? Errc::denied
                                                                      : Errc::corrupt;
    return Error{code, "circle " + name + ": " + standing.detail};
  }
  const auto now = system_clock().now();
  for (const auto& rule : out.shelf->all())
    if (const auto at = std::ranges::find(names, rule.circle);
        rule.pattern_type == "yara" && rule.holds_at(now) && at != names.end())
      file_rules.add(CircleId{static_cast<std::uint64_t>(at - names.begin()) + 1}, rule);
  return out;
}

void print_totals(const sensor::Scan::Totals& totals, const match::IndicatorSet& set) {
  const auto stats = set.stats();
  say(std::to_string(stats.indicators) + " indicators, " + std::to_string(stats.unevaluable) +
      " not evaluated; " + std::to_string(totals.lines) + " lines, " + std::to_string(totals.records) +
      " records, " + std::to_string(totals.unreadable) + " unreadable, " + std::to_string(totals.hits) +
      " hits, " + std::to_string(totals.held_back) + " held back" +
      (totals.expired > 0 ? ", " + std::to_string(totals.expired) + " on expired indicators" : ""));
}

/// The format that is asked for, and all that there are.
struct Chosen {
  std::shared_ptr<const observe::Formats> formats;
  observe::Format format{};
};
Result<Chosen> choose(const Options& options) {
  auto formats = observe::Formats::with(options.given.mappings);
  if (!formats) return formats.error();
  const auto format = (*formats)->named(options.format);
  if (!format)
    return Error{Errc::invalid_input,
                 "there is no format '" + options.format + "'; `tocsin sensor formats` lists them"};
  return Chosen{*std::move(formats), *format};
}

/// Files themselves, by name, hash and YARA rule. Returns their hits, or nothing when one could not be looked
/// at.
std::optional<std::uint64_t> scan_folders(const std::vector<std::string>& folders,
                                          const match::IndicatorSet& set, const sensor::FileRules& texts,
                                          const screen::WarningLists& lists, const sensor::Describe& describe,
                                          bool show_held_back) {
  std::vector<yara::Refused> refused;
  const auto rules = yara::Rules::compile(texts.texts, refused);
  if (!rules) {
    fail(rules.error());
    return std::nullopt;
  }
  for (const auto& one : refused) warn(one.id + ": YARA rules not evaluated: " + one.why);
  sensor::FileScan::Options how;
  how.show_held_back = show_held_back;
  how.print = [](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stdout); };
  how.tell = [](std::string_view text) { warn(std::string{text}); };
  sensor::FileScan scan{set, *rules, texts.origins, lists, describe, std::move(how)};
  bool broken = false;
  for (const auto& folder : folders)
    if (const auto status = scan.tree(folder); !status) {
      fail(status.error());
      broken = true;
    }
  std::fflush(stdout);
  const auto& totals = scan.totals();
  say(std::to_string(rules->size()) + " indicators with YARA rules; " + std::to_string(totals.files) +
      " files, " + std::to_string(totals.bytes) + " bytes, " + std::to_string(totals.unreadable) +
      " left out, " + std::to_string(totals.cut) + " of which rules saw only the beginning, " +
      std::to_string(totals.undecided) + " not decided in time, " + std::to_string(totals.hits) + " hits, " +
      std::to_string(totals.held_back) + " held back");
  if (broken) return std::nullopt;
  return totals.hits;
}

int scan(const Context& context, const Options& options) {
  if (options.files.empty() && options.folders.empty()) {
    say("there is nothing to scan: give log files, or --files FOLDER");
    return exit_usage;
  }
  auto chosen = choose(options);
  if (!chosen) {
    say(chosen.error().detail);
    return exit_usage;
  }
  auto dead_letters = sensor::DeadLetters::open(options.given.dead_letters);
  if (!dead_letters) {
    say(dead_letters.error().detail);
    return exit_usage;
  }
  match::IndicatorSet set;
  sensor::FileRules file_rules;
  if (!options.indicators.empty()) {
    const auto text = read_file(options.indicators, 1ULL << 30);
    if (!text) return fail(text.error());
    const auto added = sensor::add_indicators(
        *text, options.given.subdomains ? match::DomainMatch::with_subdomains : match::DomainMatch::exact,
        set, &file_rules);
    if (!added) return fail(in_context(options.indicators, added.error()));
  }
  Loaded from_circles;
  if (options.indicators.empty() || !options.circles.empty()) {
    auto loaded = load_circles(context, options, set, file_rules);
    if (!loaded) return fail(loaded.error());
    from_circles = *std::move(loaded);
  }
  auto lists = warning_lists(options.given.warning_lists, options.given.allow);
  if (!lists) return fail(lists.error());
  set.settle();

  std::unique_ptr<Progress> progress;
  sensor::Scan::Options how;
  how.format = chosen->format;
  how.formats = chosen->formats;
  if (!options.given.dead_letters.empty()) how.dead_letters = &*dead_letters;
  how.show_held_back = options.given.show_held_back;
  how.print = [](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stdout); };
  sensor::Scan* running = nullptr;
  how.progress = [&](const sensor::Input::Progress& now) {
    if (progress) progress->show(now.read_bytes, running->totals().hits);
  };
  const sensor::Describe describe = [&](CircleId circle,
                                        std::string_view id) -> std::optional<sensor::Origin> {
    if (circle.value() == 0) return std::nullopt;
    return from_circles.circles[circle.value() - 1]->describe(id);
  };
  std::uint64_t file_hits = 0;
  if (!options.folders.empty()) {
    const auto hits =
        scan_folders(options.folders, set, file_rules, *lists, describe, options.given.show_held_back);
    if (!hits) return exit_usage;
    file_hits = *hits;
    if (options.files.empty()) return file_hits > 0 ? exit_refused : exit_done;
  }
  sensor::Scan scan{set, *lists, describe, std::move(how)};
  running = &scan;
  int broken = exit_done;
  const bool in_order = sensor::Scan::needs_order(set);
  if (in_order)
    for (const auto& error : scan.in_order(options.files)) broken = fail(error);
  for (const auto& path : in_order ? std::vector<std::string>{} : options.files) {
    std::uint64_t total_bytes = 0;
    if (const auto input = sensor::Input::open(path); path != "-" && input)
      total_bytes = input->progress().total_bytes.value_or(0);
    progress = std::make_unique<Progress>(path, total_bytes);
    if (const auto status = scan.file(path); !status) broken = fail(in_context(path, status.error()));
    progress->clear();
  }
  std::fflush(stdout);
  print_totals(scan.totals(), set);
  if (broken != exit_done) return exit_usage;
  return scan.totals().hits + file_hits > 0 ? exit_refused : exit_done;
}

int explain(const Context& context, const Options& options) {
  auto chosen = choose(options);
  if (!chosen) {
    say(chosen.error().detail);
    return exit_usage;
  }
  auto lines = options.record;
  if (lines == "-") {
    auto read = read_file("/dev/stdin");
    if (!read) return fail(read.error());
    lines = *std::move(read);
  }
  const auto said =
      sensor::explain(options.pattern, lines, chosen->format, system_clock().now(), chosen->formats);
  if (!said) {
    say(said.error().detail);
    if (context.json) print_json(json::Object{{"error", said.error().detail}, {"match", false}});
    return exit_usage;
  }
  const bool match = json::flag_or(*said, "match");
  if (context.json) {
    print_json(*said);
    return match ? exit_done : exit_refused;
  }
  const auto lines_of = [](const json::Object& one) {
    const auto& list = one.at("records").as_array();
    return list.empty() ? std::string{"no record"}
                        : (list.size() == 1 ? "line " : "lines ") + json::dump(list);
  };
  for (const auto& item : said->at("records").as_array()) {
    const auto& record = item.as_object();
    print_line("line " + cell(record, "line") + ": " + json::text_or(record, "format") + ", " +
               json::text_or(record, "time", "no time"));
    for (const auto& item_of : record.at("values").as_array()) {
      const auto& value = item_of.as_object();
      const auto field = json::text_or(value, "field");
      print_line(
          "  object " + cell(value, "object") + "  " + cell(value, "path") + " = " + cell(value, "value") +
          (field.empty() ? ""
                         : "  (" + printable(field) + ", read as " + json::text_or(value, "read_as") + ")"));
    }
  }
  for (const auto& item : said->at("observations").as_array()) {
    const auto& observation = item.as_object();
    print_line(json::text_or(observation, "observation") + ": " + lines_of(observation));
    for (const auto& comparison : observation.at("comparisons").as_array())
      print_line("  " + json::text_or(comparison.as_object(), "comparison") + ": " +
                 lines_of(comparison.as_object()) +
                 (comparison.as_object().at("told").as_array().empty() ? ", nothing is told there" : ""));
  }
  print_line(json::text_or(*said, "how"));
  print_line((match ? "match: " : "no match: ") + json::text_or(*said, "why"));
  return match ? exit_done : exit_refused;
}

CLI::Option* add_mapping(CLI::App& verb, Options& options) {
  return verb.add_option("--mapping", options.given.mappings, "a log format of your own; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}
CLI::Option* add_dead_letters(CLI::App& verb, Options& options) {
  return verb
      .add_option("--dead-letters", options.given.dead_letters, "a sample of the lines that cannot be read")
      ->type_name("FILE");
}

void add_run(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("run", "follow circles and watch log files; one line of JSON per alert");
  auto& given = options->given;
  auto& set = options->set;
  verb->add_option("--config", options->config_path, "TOML with the same keys as these options")
      ->type_name("FILE");
  set["circle"] =
      verb->add_option("--circle", options->circles, "else all of your profile")->type_name("C,…");
  set["file"] = verb->add_option("--file", options->files, "a growing log")->type_name("PATH[=FORMAT],…");
  set["state"] = verb->add_option("--state", given.state, "what is kept between runs")->type_name("DIR");
  set["alerts"] = verb->add_option("--alerts", given.alerts, "- is standard output")->type_name("FILE");
  set["output"] = verb->add_option("--output", given.outputs,
                                   "further receivers of alerts, may be repeated: jsonl|ecs|cef:FILE, "
                                   "syslog:udp|tcp|tls://HOST:PORT, hec:https://…, webhook:https://…")
                      ->type_name("OUTPUT")
                      ->allow_extra_args(false);
  set["name"] = verb->add_option("--name", given.name, "under which the hub knows this sensor");
  set["sightings"] = verb->add_option("--sightings", given.sightings, "tell circles what was seen")
                         ->type_name("HOW")
                         ->check(CLI::IsMember({"off", "count", "named"}));
  set["warning-lists"] = verb->add_option("--warning-lists", given.warning_lists,
                                          "values that never alert, beside the built-in ones: a path, or hub "
                                          "for those of the hub; none: not even those")
                             ->type_name("PATH");
  set["allow"] =
      verb->add_option(
              "--allow", given.allow,
              "a file with a value, network or domain a line that never alerts; read again when it changes")
          ->type_name("FILE");
  set["trust"] =
      verb->add_option(
              "--trust", given.trust,
              "your own confidence in a source, may be repeated: circle:NAME=0…100, author:NAME=0…100")
          ->type_name("SOURCE=NUMBER")
          ->allow_extra_args(false);
  set["alert-min-confidence"] = verb->add_option("--alert-min-confidence", given.alert_min_confidence,
                                                 "what is believed less does not alert")
                                    ->type_name("0…100");
  set["mute-share"] =
      verb->add_option("--mute-share", given.mute_share,
                       "an indicator that hits more of a minute's records is muted; 100: never")
          ->type_name("PERCENT");
  set["mute-hits"] = verb->add_option("--mute-hits", given.mute_hits, "but not before it has hit so often")
                         ->type_name("COUNT");
  set["emit"] =
      verb->add_option(
              "--emit", given.emit,
              "a list kept up to date on disk, may be repeated: suricata-dataset:DIR, zeek-intel:FILE, "
              "rpz:FILE, plain:FILE, suricata-rules:FILE, snort-rules:FILE, sigma:DIR")
          ->type_name("FORM:PATH")
          ->allow_extra_args(false);
  set["emit-min-confidence"] = verb->add_option("--emit-min-confidence", given.emit_min_confidence,
                                                "for those lists; 0: also what says nothing of it")
                                   ->type_name("0…100");
  set["emit-reload"] =
      verb->add_option("--emit-reload", given.reloads,
                       "a program that runs, without a shell, when lists of a form have changed")
          ->type_name("FORM=COMMAND")
          ->allow_extra_args(false);
  set["simulate"] = verb->add_flag("--simulate", given.simulate,
                                   "match and count, but send no alert and no sighting, and write no list");
  set["mapping"] = add_mapping(*verb, *options);
  set["dead-letters"] = add_dead_letters(*verb, *options);
  set["history-values"] = verb->add_option("--history-values", given.history_values,
                                           "how what was seen is kept, to look back when an indicator comes")
                              ->type_name("HOW")
                              ->check(CLI::IsMember({"plain", "hashed", "off"}));
  set["history-days"] = verb->add_option("--history-days", given.history_days,
                                         "what was not seen for so long is forgotten; else 90")
                            ->type_name("DAYS");
  set["history-bytes"] = verb->add_option("--history-bytes", given.history_bytes,
                                          "the oldest is forgotten when more is kept; else 1G")
                             ->type_name("BYTES");
  set["subdomains"] =
      verb->add_flag("--subdomains", given.subdomains, "a domain stands for all below it too");
  set["from-start"] =
      verb->add_flag("--from-start", given.from_start, "at the first start, read files from their beginning");
  set["show-held-back"] =
      verb->add_flag("--show-held-back", given.show_held_back, "write what warning lists held back, too");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return run(context, *options); }; });
}

void add_scan(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto& given = options->given;
  auto* verb =
      noun.add_subcommand("scan", "logs, or files themselves, once; exit code 1 when there are hits");
  verb->add_option("FILES", options->files, "logs: plain, gzip or zstd; - is standard input");
  verb->add_option("--files", options->folders,
                   "a file or folder, itself: names, hashes and YARA rules of all files below")
      ->type_name("PATH")
      ->allow_extra_args(false);
  verb->add_option("--circle", options->circles, "with these circles' indicators")->type_name("C,…");
  verb->add_option("--indicators", options->indicators,
                   "with those of a bundle or of newline-delimited objects")
      ->type_name("FILE");
  verb->add_option("--state", given.state, "the circles as a sensor knows them, without the hub")
      ->type_name("DIR");
  verb->add_option("--format", options->format, "see `tocsin sensor formats`")->type_name("FORMAT");
  add_mapping(*verb, *options);
  add_dead_letters(*verb, *options);
  verb->add_flag("--subdomains", given.subdomains, "a domain stands for all below it too");
  verb->add_option("--warning-lists", given.warning_lists,
                   "values that are no hits, beside the built-in ones; none: not even those")
      ->type_name("PATH");
  verb->add_option("--allow", given.allow, "a file with a value, network or domain a line that is no hit")
      ->type_name("FILE");
  verb->add_flag("--show-held-back", given.show_held_back, "print what warning lists held back, too");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return scan(context, *options); }; });
}

void add_explain(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand(
      "explain", "why a pattern matches a log's record, or does not; exit codes as of match");
  verb->add_option("PATTERN", options->pattern, "a STIX pattern")->required();
  verb->add_option("RECORD", options->record, "a line of a log, or several; - reads them from standard input")
      ->required();
  verb->add_option("--format", options->format, "see `tocsin sensor formats`")->type_name("FORMAT");
  add_mapping(*verb, *options);
  verb->callback(
      [&context, options] { context.run = [&context, options] { return explain(context, *options); }; });
}

}  // namespace

void add_sensor(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("sensor", "watch your logs for what your circles name");
  noun->group(group_read);
  noun->require_subcommand(1);
  add_run(*noun, context);
  add_scan(*noun, context);
  add_hunt(*noun, context);
  add_explain(*noun, context);
  add_sensor_status(*noun, context);
  add_formats(*noun, context);
}

}  // namespace tocsin::cli
