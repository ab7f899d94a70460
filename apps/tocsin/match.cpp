#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/text.hpp"
#include "input.hpp"
#include "output.hpp"
#include "pattern/matcher.hpp"
#include "pattern/unicode.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

// Beyond those of all verbs: exit_done is a match, exit_refused is none, exit_usage is no valid pattern.
constexpr int exit_undecided = exit_unreachable;

struct Options {
  std::string pattern;
  std::vector<std::string> files;
};

/// The number in "column 14: expected …".
std::optional<std::size_t> column_of(std::string_view detail) {
  constexpr std::string_view word = "column ";
  std::size_t column = 0;
  if (!detail.starts_with(word)) return std::nullopt;
  detail.remove_prefix(word.size());
  const auto [stop, error] = std::from_chars(detail.data(), detail.data() + detail.size(), column);
  if (error != std::errc{} || stop == detail.data() || column == 0) return std::nullopt;
  return column;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); i += pattern::code_point_size(text[i])) ++count;
  return count;
}

/// The line of the pattern that holds the column, cut to what a terminal shows, and a caret below it.
void point_at(std::string_view text, std::size_t column) {
  constexpr std::size_t shown_before = 60, shown_behind = 40;
  std::size_t at = 0;
  for (std::size_t i = 1; i < column && at < text.size(); ++i) at += pattern::code_point_size(text[at]);
  at = std::min(at, text.size());
  auto begin = text.substr(0, at).find_last_of("\r\n") + 1;  // npos + 1 is the beginning
  const auto end = std::min(text.find_first_of("\r\n", at), text.size());
  for (auto over = characters(text.substr(begin, at - begin)); over > shown_before; --over)
    begin += pattern::code_point_size(text[begin]);
  auto stop = at;
  for (std::size_t i = 0; i < shown_behind && stop < end; ++i) stop += pattern::code_point_size(text[stop]);
  stop = std::min(stop, end);
  const auto before = printable(text.substr(begin, at - begin));
  std::fprintf(stderr, "  %s%s\n  %*s^\n", before.c_str(), printable(text.substr(at, stop - at)).c_str(),
               static_cast<int>(characters(before)), "");
}

int not_valid(const Context& context, const Options& options, const Error& error) {
  const auto column = column_of(error.detail);
  say("not a valid pattern: " + error.detail);
  if (column && is_utf8(options.pattern)) point_at(options.pattern, *column);
  if (context.json) {
    json::Object said{{"error", error.detail}};
    if (column) said["column"] = *column;
    said["match"] = false;  // what is no pattern matches nothing
    said["observations"] = json::Array{};
    print_json(said);
  }
  return exit_usage;
}

int undecided(const Context& context, const Error& error) {
  fail(error);
  if (context.json) print_json(json::Object{{"error", error.detail}});
  return exit_undecided;
}

Result<std::vector<pattern::Observation>> read(const Options& options) {
  auto input = Input::open(options.files);
  if (!input) return input.error();
  pattern::ObservationReader reader;
  std::size_t skipped = 0;
  const auto read =
      input->for_each([&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
        Status added = item.problem.empty() ? reader.add(item.bytes)
                                            : Status{Error{Errc::invalid_input, std::string{item.problem}}};
        if (added || added.error().code == Errc::overloaded) return added;
        constexpr std::size_t shown_max = 10;
        if (++skipped <= shown_max)
          warn(file + ", object " + std::to_string(item.number) + " is left out: " + added.error().detail);
        return {};
      });
  if (!read) return read.error();
  if (skipped != 0) warn(std::to_string(skipped) + " objects are left out");
  return reader.take();
}

int match(const Context& context, const Options& options) {
  const auto plan = pattern::compile(options.pattern);
  if (!plan) {
    if (plan.error().code == Errc::overloaded) return undecided(context, plan.error());
    return not_valid(context, options, plan.error());
  }
  const auto observations = read(options);
  if (!observations) return undecided(context, observations.error());
  if (observations->empty()) say("there is no observed-data object in it");
  const auto found = pattern::match(*plan, *observations);
  if (!found) return undecided(context, found.error());

  json::Array bound;
  if (*found)
    for (const auto& one : **found)
      bound.push_back(one.id.empty() ? json::Value(one.number) : json::Value(one.id));
  if (context.json) {
    print_json(json::Object{{"match", found->has_value()}, {"observations", bound}});
  } else {
    print_line(*found ? "match" : "no match");
    for (const auto& one : bound) print_line("  " + cell(&one));
  }
  return *found ? exit_done : exit_refused;
}

}  // namespace

void add_match(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("match", "evaluate one STIX pattern over observed data");
  verb->group(group_read);
  verb->footer("Exit: 0 match, 1 no match, 2 not a valid pattern, 3 not decided (a file, or a limit).");
  verb->add_option("pattern", options->pattern, "as an indicator has it, e.g. [file:name = 'a.exe']")
      ->required();
  verb->add_option("file", options->files, "bundles or newline-delimited objects; - is standard input")
      ->required();
  verb->callback(
      [&context, options] { context.run = [&context, options] { return match(context, *options); }; });
}

}  // namespace tocsin::cli
