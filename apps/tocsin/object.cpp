#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string id, circle;
};

const json::Object& part_of(const json::Object& object, std::string_view key) {
  static const json::Object none;
  const auto* part = object.if_contains({key.data(), key.size()});
  return part != nullptr && part->is_object() ? part->get_object() : none;
}

const json::Array& list_of(const json::Object& object, std::string_view key) {
  static const json::Array none;
  const auto* list = object.if_contains({key.data(), key.size()});
  return list != nullptr && list->is_array() ? list->get_array() : none;
}

void print_versions(const json::Object& shown) {
  Table table{{"ENTRY", "SHARED", "VERSION", "TLP", "AUTHORSHIP", "BY"}};
  for (const auto& one : list_of(shown, "versions")) {
    if (!one.is_object()) continue;
    const auto& entry = one.get_object();
    const auto& attributes = part_of(entry, "attributes");
    const auto& object = part_of(entry, "object");
    table.add({cell(entry, "sequence"), cell(entry, "date_added"),
               cell(object, object.contains("modified") ? "modified" : "created"), cell(attributes, "tlp"),
               cell(attributes, "authorship"),
               attributes.contains("author_name") ? cell(attributes, "author_name") : "unnamed"});
  }
  table.print();
}

/// A value in basis points as per cent.
std::string per_cent(const json::Object& object, std::string_view key) {
  return std::to_string(json::number_or(object, key) / 100);
}

void print_voices(const json::Object& score, const std::string& what) {
  const auto& said = part_of(score, what);
  if (json::number_or(said, "weight") == 0) return print_line("  " + what + ": none that you see and count");
  std::string line = "  " + what + ": " + per_cent(said, "value") + ", weight " + cell(said, "weight") +
                     ", members " + cell(said, "members") + " (";
  bool first = true;
  for (const auto& [says, members] : part_of(said, "say")) {
    line += (first ? "" : ", ") + std::string{says} + " " + cell(&members);
    first = false;
  }
  print_line(line + ")");
}

void print_score(const json::Object& score) {
  const auto& source = part_of(score, "source");
  const auto& age = part_of(score, "age");
  print_line("score " + cell(score, "score") + " of 100");
  print_line("  source: " + per_cent(source, "value") + ", weight " + cell(source, "weight") +
             " (reliability " + cell(source, "reliability") + ", its own confidence " +
             cell(source, "confidence") + ")");
  print_voices(score, "opinions");
  print_voices(score, "sightings");
  const auto half_life = cell(age, "half_life_days");
  print_line("  freshness: " + per_cent(age, "freshness") + " % " +
             (half_life == "-" ? "(the circle's rules let it not fade)"
                               : "(half is lost in " + half_life + " days)"));
  if (const auto ends = cell(age, "ends"); ends != "-")
    print_line("  ends, unless it is renewed: " + ends + ", " + cell(age, "reason"));
}

void print_object(const json::Object& shown) {
  print_line(cell(shown, "id") + (json::flag_or(shown, "owner_is_me") ? "  (yours)" : "") +
             (json::flag_or(shown, "withdrawn") ? "  WITHDRAWN" : ""));
  print_versions(shown);
  print_score(part_of(shown, "score"));
  for (const auto& one : list_of(shown, "same"))
    if (one.is_object())
      print_line("says the same: " + cell(one.get_object(), "id") + " (by " + cell(one.get_object(), "by") +
                 ")");
  for (const auto& one : list_of(shown, "referrers"))
    if (one.is_object())
      print_line("referred to by " + cell(one.get_object(), "id") + " (" +
                 cell(one.get_object(), "property") + ")");
}

}  // namespace

void add_object(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("object", "what a circle knows of an object");
  noun->group(group_read);
  noun->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* verb = noun->add_subcommand("show", "versions, score, opinions, age, and what else says the same");
  verb->add_option("id", options->id, "the object")->required();
  verb->add_option("--circle", options->circle)->type_name("CIRCLE")->required();
  verb->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) {
            return session.get(circle_path(options->circle) + "/objects/" + path_part(options->id));
          },
          print_object);
    };
  });
}

}  // namespace tocsin::cli
