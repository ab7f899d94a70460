#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <tuple>

#include "base/file.hpp"
#include "base/text.hpp"
#include "history/store.hpp"
#include "match/pattern.hpp"
#include "match/rule.hpp"
#include "net/server.hpp"
#include "output.hpp"
#include "sensor/alert.hpp"
#include "sensor/circle.hpp"
#include "sensor/past_search.hpp"
#include "sensor/scan.hpp"
#include "sensor/sensor.hpp"
#include "sensor_status.hpp"
#include "sensor_verbs.hpp"

namespace tocsin::cli {
namespace {

namespace fs = std::filesystem;
using sensor::PastHit;
using sensor::PastSearch;

struct Options {
  std::vector<std::string> values;
  std::string state, indicators, since, until, warning_lists;
  bool subdomains = false, show_held_back = false;
};

/// What is asked, and what is known of where it comes from.
struct Hunt {
  match::IndicatorSet set;
  std::vector<std::unique_ptr<sensor::Circle>> circles;  // by number, from 1
  std::vector<PastHit> hits;
  std::uint64_t asked = 0, undecided = 0, left_out = 0, held_back = 0;
};

/// A time, or a day: its begin, or its end.
Result<std::uint32_t> second_of(const std::string& text, bool end) {
  const bool day = text.size() == 10;
  const auto time = parse_rfc3339(day ? text + (end ? "T23:59:59Z" : "T00:00:00Z") : text);
  if (!time)
    return Error{Errc::invalid_input, "'" + text + "' is neither a day (2026-11-23) nor a time in RFC 3339"};
  return match::to_second(*time);
}

Status add_pattern(const std::string& pattern, bool subdomains, match::IndicatorSet& set) {
  match::Indicator one;
  one.id = pattern;
  if (subdomains) one.domains = match::DomainMatch::with_subdomains;
  if (auto alternatives = match::alternatives_of(pattern)) {
    one.alternatives = *std::move(alternatives);
  } else {
    auto rule = match::rule_of(pattern);
    if (!rule) return in_context(pattern, std::move(rule).error());
    one.rule = *std::move(rule);
  }
  return set.add(one);
}

/// The circles whose journals lie in a sensor's folder.
Status add_circles(const std::string& state, bool subdomains, Hunt& hunt) {
  constexpr std::string_view front = "circle-", back = ".journal";
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{state, error}, end; at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (!name.starts_with(front) || !name.ends_with(back)) continue;
    const auto encoded =
        std::string_view{name}.substr(front.size(), name.size() - front.size() - back.size());
    if (const auto decoded = net::percent_decode(encoded, false)) names.push_back(*decoded);
  }
  std::ranges::sort(names);
  for (const auto& name : names) {
    sensor::Circle::Options how;
    how.number = CircleId{hunt.circles.size() + 1};
    how.name = name;
    if (subdomains) how.domains = match::DomainMatch::with_subdomains;
    how.journal = sensor::journal_path(state, name);
    hunt.circles.push_back(std::make_unique<sensor::Circle>(std::move(how), hunt.set));
    TOCSIN_TRY(hunt.circles.back()->read());
  }
  if (names.empty()) return Error{Errc::not_found, "no circle lies in the state folder " + state};
  return {};
}

void ask_all(const history::Past& past, Hunt& hunt) {
  hunt.set.settle();
  PastSearch search{past, system_clock().now()};
  const auto pinned = hunt.set.pin();
  for (const auto& segment : pinned->segments)
    for (std::uint32_t i = 0; i < segment->size(); ++i) search.ask(*segment, i);
  search.finish();
  std::ranges::move(search.take(), std::back_inserter(hunt.hits));
  const auto& totals = search.totals();
  hunt.asked += totals.asked;
  hunt.undecided += totals.undecided + hunt.set.stats().unevaluable;
  hunt.left_out += totals.left_out;
}

Status look(const history::Past& past, const Options& options, const std::string& state, Hunt& hunt) {
  for (const auto& value : options.values) {
    if (value.starts_with('[') || value.starts_with('(')) {
      TOCSIN_TRY(add_pattern(value, options.subdomains, hunt.set));
      continue;
    }
    ++hunt.asked;
    if (!past.can_walk() && (options.subdomains || value.find('/') != std::string::npos)) ++hunt.undecided;
    std::ranges::move(sensor::find_value(past, value, options.subdomains), std::back_inserter(hunt.hits));
  }
  if (!options.indicators.empty()) {
    const auto text = read_file(options.indicators, 1ULL << 30);
    if (!text) return text.error();
    const auto added = sensor::add_indicators(
        *text, options.subdomains ? match::DomainMatch::with_subdomains : match::DomainMatch::exact,
        hunt.set);
    if (!added) return in_context(options.indicators, added.error());
  } else if (options.values.empty()) {
    TOCSIN_TRY(add_circles(state, options.subdomains, hunt));
  }
  ask_all(past, hunt);
  return {};
}

/// One hit as the alert that it would be, without what only alerts have.
json::Object object_of(const PastHit& hit, const Hunt& hunt,
                       const std::vector<const screen::WarningList*>& lists) {
  const auto describe = [&](CircleId circle, std::string_view id) -> std::optional<sensor::Origin> {
    if (circle.value() == 0) return std::nullopt;
    return hunt.circles[circle.value() - 1]->describe(id);
  };
  auto out = *json::parse_object(trim(sensor::past_alert_line(hit, Timestamp{}, describe, lists)));
  for (const auto* key : {"type", "time", "retrospective", "delay_ms"}) out.erase(key);
  return out;
}

void print_human(const std::vector<PastHit>& hits) {
  Table table{{"VALUE", "PATH", "FIRST SEEN", "LAST SEEN", "TIMES", "WHERE LAST", "NAMED BY"}};
  const auto time = [](std::uint32_t second) {
    return to_rfc3339(from_micros(std::int64_t{second} * 1'000'000)).substr(0, 19) + "Z";
  };
  for (const auto& hit : hits) {
    std::string by;
    for (const auto& source : hit.sources)
      by += (by.empty() ? "" : ", ") + (source.name.empty() ? source.id : source.name);
    table.add({hit.value, std::string{stix::name(hit.path)}, time(hit.first_second), time(hit.last_second),
               std::to_string(hit.count), hit.last_file + " +" + std::to_string(hit.last_offset_bytes), by});
  }
  table.print();
}

int hunt_for(const Context& context, const Options& options) {
  const auto refuse = [](const Error& error) {
    fail(error);
    return exit_usage;
  };
  std::uint32_t since = 0, until = UINT32_MAX;
  for (const auto& [text, end, into] :
       {std::tuple{&options.since, false, &since}, {&options.until, true, &until}}) {
    if (text->empty()) continue;
    const auto second = second_of(*text, end);
    if (!second) return refuse(second.error());
    *into = *second;
  }
  const auto lists = warning_lists(options.warning_lists);
  if (!lists) return refuse(lists.error());
  const auto state = options.state.empty() ? default_state() : options.state;
  const auto past = history::Past::read(state + "/history");
  if (!past) {
    if (past.error().code != Errc::not_found) return refuse(past.error());
    return refuse({Errc::not_found, "no sensor has kept a history in " + state});
  }
  Hunt hunt;
  if (const auto status = look(*past, options, state, hunt); !status) return refuse(status.error());

  json::Array out;
  std::vector<PastHit> shown;
  for (auto& hit : hunt.hits) {
    if (hit.last_second < since || hit.first_second > until) continue;
    std::vector<const screen::WarningList*> held;
    if (!hit.sources.empty() && options.values.empty())
      held = lists->check(sensor::value_of(hit.path, hit.value));
    if (!held.empty()) ++hunt.held_back;
    if (!held.empty() && !options.show_held_back) continue;
    if (context.json) out.push_back(object_of(hit, hunt, held));
    shown.push_back(std::move(hit));
  }
  if (context.json)
    print_json(json::Object{{"hits", std::move(out)},
                            {"asked", hunt.asked},
                            {"undecided", hunt.undecided},
                            {"held_back", hunt.held_back},
                            {"left_out", hunt.left_out},
                            {"entries", past->view().entries()}});
  else if (!shown.empty())
    print_human(shown);
  say(std::to_string(hunt.asked) + " asked, " + std::to_string(shown.size()) + " found among " +
      std::to_string(past->view().entries()) + " values, " + std::to_string(hunt.undecided) +
      " cannot be told from values alone, " + std::to_string(hunt.held_back) + " held back");
  return shown.empty() ? exit_done : exit_refused;
}

}  // namespace

void add_hunt(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand(
      "hunt",
      "ask a sensor's history: was this seen here, when, how often, where; exit code 1 when it was, 0 when "
      "not, 2 for "
      "what cannot be asked. The sensor may run meanwhile: its last seconds are not on disk yet");
  // Else a pattern, which stands in [ ], would be taken for a list.
  verb->add_option("VALUE", options->values,
                   "a value, a network such as 10.0.0.0/8, or a STIX pattern; none: all indicators of the "
                   "sensor's circles")
      ->allow_extra_args(false);
  verb->add_option("--state", options->state, "the sensor's folder")->type_name("DIR");
  verb->add_option("--indicators", options->indicators, "those of a bundle or of newline-delimited objects")
      ->type_name("FILE");
  verb->add_option("--since", options->since, "seen on this day or at this time, or later")
      ->type_name("TIME");
  verb->add_option("--until", options->until, "seen on this day or at this time, or before")
      ->type_name("TIME");
  verb->add_flag("--subdomains", options->subdomains, "a domain stands for all below it too");
  verb->add_option("--warning-lists", options->warning_lists,
                   "values of indicators that are no hits, beside the built-in ones; none: not even those")
      ->type_name("PATH");
  verb->add_flag("--show-held-back", options->show_held_back, "print what warning lists held back, too");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return hunt_for(context, *options); }; });
}

}  // namespace tocsin::cli
