#include "sensor_status.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "base/file.hpp"
#include "base/text.hpp"
#include "output.hpp"
#include "sensor/sensor.hpp"
#include "session.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

/// Hits, what kept them from alerting, and what is kept on disk.
void print_restraint(const json::Object& all) {
  const auto part = [&](const json::Object& of, const char* key) {
    const auto* found = of.if_contains(key);
    return found != nullptr && found->is_object() ? found->get_object() : json::Object{};
  };
  const auto list = [](const json::Object& of, const char* key) {
    const auto* found = of.if_contains(key);
    return found != nullptr && found->is_array() ? found->get_array() : json::Array{};
  };
  const auto number = [](const json::Object& of, const char* key) {
    return std::to_string(json::number_or(of, key));
  };
  const auto hits = part(all, "hits"), muted = part(all, "muted"), emit = part(all, "emit"),
             in_force = part(emit, "in_force");
  print_line(std::string{json::flag_or(all, "simulate") ? "simulated: " : ""} + number(all, "alerts") +
             " alerts, " + number(all, "held_back") + " held back, " + number(all, "below_confidence") +
             " below the confidence, " + number(muted, "alerts") + " of muted indicators; " +
             number(hits, "hour") + " hits in the last hour, " + number(hits, "total") + " in all");
  Table top{{"INDICATOR", "NAME", "CIRCLE", "HITS", "LAST HOUR", "MUTED"}};
  for (const auto& one : list(hits, "top")) {
    const auto& line = one.as_object();
    top.add({cell(line, "indicator"), cell(line, "name"), cell(line, "circle"), cell(line, "hits"),
             cell(line, "hour"), json::flag_or(line, "muted") ? "yes" : ""});
  }
  if (!list(hits, "top").empty()) top.print();
  for (const auto& one : list(muted, "indicators"))
    print_line("muted: " + cell(one.as_object(), "indicator") + ": it " + cell(one.as_object(), "why"));
  if (const auto problem = json::text_or(part(all, "harmless"), "problem"); !problem.empty())
    print_line(printable(problem));
  const auto passed = part(all, "passed_on");
  for (const auto& one : list(passed, "rules"))
    print_line("not evaluated, passed on: " + cell(one.as_object(), "type") + " " +
               cell(one.as_object(), "indicator") + " " + cell(one.as_object(), "name"));
  if (list(emit, "targets").empty()) return;
  print_line(number(in_force, "values") + " values in force for lists; " +
             number(in_force, "below_confidence") + " indicators below the confidence, " +
             number(in_force, "conditional") + " with conditions, " + number(in_force, "harmless") +
             " values held");
  Table targets{{"LIST", "LISTED", "LEFT OUT", "AGE S", "FAILURE"}};
  for (const auto& one : list(emit, "targets")) {
    const auto& line = one.as_object();
    targets.add({cell(line, "emit"), cell(line, "listed"), cell(line, "left_out"), cell(line, "age_seconds"),
                 cell(line, "failure")});
  }
  targets.print();
  for (const auto& one : list(emit, "targets"))
    for (const auto& rule : list(part(one.as_object(), "refused"), "rules"))
      print_line("not passed on: " + cell(rule.as_object(), "indicator") + ": " +
                 cell(rule.as_object(), "why"));
  for (const auto& one : list(emit, "reloads"))
    if (const auto problem = json::text_or(one.as_object(), "problem"); !problem.empty())
      print_line("reload of " + cell(one.as_object(), "form") + ": " + printable(problem));
}

int status(const Context& context, const std::string& given_state) {
  const auto state = given_state.empty() ? default_state() : given_state;
  const auto text = read_file(sensor::status_path(state));
  if (!text) return fail({text.error().code, "no sensor has run with the state folder " + state});
  const auto parsed = json::parse_object(*text);
  if (!parsed) return fail(parsed.error());
  const auto& all = *parsed;
  const bool running = ::kill(static_cast<pid_t>(json::number_or(all, "pid")), 0) == 0 || errno == EPERM;
  if (context.json) {
    auto out = all;
    out["running"] = running;
    print_json(out);
    return exit_done;
  }
  print_line(json::text_or(all, "name") + (running ? ": running" : ": not running") + ", as of " +
             json::text_or(all, "time"));
  const auto table = [&](std::string_view key, const Columns& columns) {
    const auto* list = all.if_contains(key);
    if (list == nullptr || !list->is_array()) return;
    std::vector<std::string> heads;
    for (const auto& column : columns) heads.push_back(column.first);
    Table rows{std::move(heads)};
    for (const auto& item : list->get_array()) {
      std::vector<std::string> cells;
      for (const auto& column : columns) cells.push_back(cell(item.as_object(), column.second));
      rows.add(std::move(cells));
    }
    rows.print();
  };
  table("circles", {{"CIRCLE", "circle"},
                    {"CONDITION", "condition"},
                    {"POSITION", "position"},
                    {"INDICATORS", "indicators"},
                    {"STALE S", "stale_seconds"},
                    {"DETAIL", "detail"}});
  table("files", {{"FILE", "file"},
                  {"LINES", "lines"},
                  {"RECORDS", "records"},
                  {"UNREADABLE", "unreadable"},
                  {"BEHIND BYTES", "lag_bytes"}});
  if (const auto* patterns = all.if_contains("patterns"); patterns != nullptr && patterns->is_object()) {
    const auto& some = patterns->get_object();
    const auto number = [&](const char* key) { return std::to_string(json::number_or(some, key)); };
    print_line(number("count") + " patterns evaluated; " + number("records_held") +
               " records held for those over several, " + number("records_dropped") +
               " dropped for want of room, " + number("undecided") + " undecided");
    if (const auto* always = some.if_contains("always");
        always != nullptr && always->is_object() && json::number_or(always->get_object(), "count") > 0) {
      std::string line = cell(always->get_object(), "count") + " of them look at every record of a kind:";
      for (const auto& id : always->get_object().at("indicators").as_array())
        line += " " + printable(json::view(id.as_string()));
      print_line(line);
    }
  }
  if (const auto* letters = all.if_contains("dead_letters"); letters != nullptr && letters->is_object()) {
    const auto& some = letters->get_object();
    if (const auto file = json::text_or(some, "file"); !file.empty())
      print_line(std::to_string(json::number_or(some, "kept")) + " unreadable lines kept in " +
                 printable(file) + ", " + std::to_string(json::number_or(some, "left_out")) + " left out");
  }
  print_restraint(all);
  table("outputs", {{"OUTPUT", "output"},
                    {"SENT", "sent"},
                    {"WAITING", "waiting_bytes"},
                    {"DROPPED", "dropped"},
                    {"REFUSED", "refused"},
                    {"FAILURES", "failures"},
                    {"PROBLEM", "problem"}});
  return exit_done;
}

/// `tocsin sensor unmute ID`: the sensor takes the word within a second or so.
int unmute(const Context& context, const std::string& given_state, const std::string& id) {
  const auto state = given_state.empty() ? default_state() : given_state;
  const auto text = read_file(sensor::status_path(state));
  const auto all = text ? json::parse_object(*text) : Result<json::Object>{text.error()};
  if (!all) return fail({Errc::not_found, "no sensor has run with the state folder " + state});
  bool known = false;
  if (const auto* muted = all->if_contains("muted"); muted != nullptr && muted->is_object())
    for (const auto& one : muted->get_object().at("indicators").as_array())
      known = known || json::text_or(one.as_object(), "indicator") == id;
  if (!known) return fail({Errc::not_found, "'" + id + "' is not muted"});
  const auto folder = sensor::unmute_folder(state);
  auto left = system_files().make_folder(folder);
  if (left) left = write_file(folder + "/" + id, "", 0600);
  if (!left) return fail(left.error());
  if (context.json)
    print_json(json::Object{{"unmuted", id}});
  else
    print_line(id + " alerts again, and is not muted again while this sensor runs");
  return exit_done;
}

}  // namespace

/// $XDG_STATE_HOME/tocsin/sensor, else ~/.local/state/tocsin/sensor.
std::string default_state() {
  const auto* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string{state} + "/tocsin/sensor";
  const auto* home = std::getenv("HOME");
  return std::string{home != nullptr ? home : "."} + "/.local/state/tocsin/sensor";
}

void add_sensor_status(CLI::App& noun, Context& context) {
  auto state = std::make_shared<std::string>();
  auto* shown = noun.add_subcommand("status", "how a running sensor stands");
  shown->add_option("--state", *state)->type_name("DIR");
  shown->callback([&context, state] { context.run = [&context, state] { return status(context, *state); }; });
  auto id = std::make_shared<std::string>();
  auto* heard =
      noun.add_subcommand("unmute", "let an indicator alert again that was muted for hitting too much");
  heard->add_option("ID", *id, "of the indicator")->required();
  heard->add_option("--state", *state)->type_name("DIR");
  heard->callback([&context, state, id] {
    context.run = [&context, state, id] { return unmute(context, *state, *id); };
  });
}

}  // namespace tocsin::cli
