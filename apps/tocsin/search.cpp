#include <CLI/CLI.hpp>
#include <memory>

#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

void print_hits(const json::Object& found) {
  const auto* hits = found.if_contains("hits");
  if (hits == nullptr || !hits->is_array() || hits->get_array().empty())
    return say("not known in your circles");
  Table table{{"CIRCLE", "SEQUENCE", "ADDED", "OBJECT", "NAME"}};
  for (const auto& hit : hits->get_array()) {
    if (!hit.is_object()) continue;
    const auto* entry = hit.get_object().if_contains("entry");
    if (entry == nullptr || !entry->is_object()) continue;
    const auto* object = entry->get_object().if_contains("object");
    const json::Object none;
    const auto& shown = object != nullptr && object->is_object() ? object->get_object() : none;
    table.add({cell(hit.get_object(), "circle"), cell(entry->get_object(), "sequence"),
               cell(entry->get_object(), "date_added"), cell(shown, "id"), cell(shown, "name")});
  }
  table.print();
}

}  // namespace

void add_search(CLI::App& root, Context& context) {
  auto value = std::make_shared<std::string>();
  auto* verb = root.add_subcommand("search", "where your circles know a value");
  verb->group(group_read);
  verb->add_option("value", *value, "an address, domain, URL or hash; hxxp and [.] are understood")
      ->required();
  verb->callback([&context, value] {
    context.run = [&context, value] {
      return answer(
          context, [&](Session& session) { return session.get("/search?value=" + path_part(*value)); },
          print_hits);
    };
  });
}

}  // namespace tocsin::cli
