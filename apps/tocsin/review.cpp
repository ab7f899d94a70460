#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/check.hpp"
#include "base/file.hpp"
#include "outlet.hpp"
#include "output.hpp"
#include "report.hpp"
#include "review_sheet.hpp"
#include "way_out.hpp"

namespace tocsin::cli {
namespace {

constexpr std::uint64_t sheet_bytes_max = 16 << 20;

Result<ReviewQueue> open_queue(const Context& context) {
  return ReviewQueue::open(review_folder(context.profile_path));
}

std::string properties_of(const ReviewItem& item) {
  std::string out;
  for (const auto& text : waiting_texts(item)) out += (out.empty() ? "" : ",") + text.property;
  return out;
}

json::Object json_of(const ReviewItem& item) {
  json::Array circles, texts;
  for (const auto& circle : item.submission.circles) circles.emplace_back(circle);
  for (const auto& text : waiting_texts(item))
    texts.push_back(json::Object{{"property", text.property}, {"here", text.here}, {"leaves", text.leaves}});
  return {{"id", item.id},
          {"state", name(item.state)},
          {"original", item.original},
          {"as", item.left_as},
          {"circles", circles},
          {"made", to_rfc3339(item.made)},
          {"expires", to_rfc3339(item.expires)},
          {"withheld", item.left_as.empty()},
          {"texts", texts},
          {"findings", item.findings}};
}

int list(const Context& context) {
  auto queue = open_queue(context);
  if (!queue) return fail(queue.error());
  std::vector<std::string> damaged;
  const auto items = queue->list(system_clock().now(), damaged);
  if (!items) return fail(items.error());
  for (const auto& one : damaged) warn(one);
  if (context.json) {
    json::Array all;
    for (const auto& item : *items) {
      auto shown = json_of(item);
      shown.erase("texts");
      shown["properties"] = properties_of(item);
      all.push_back(std::move(shown));
    }
    print_json(json::Object{{"items", all}});
  } else {
    Table table{{"ITEM", "STATE", "OBJECT", "WAITS", "CIRCLES", "EXPIRES"}};
    for (const auto& item : *items) {
      std::string circles;
      for (const auto& circle : item.submission.circles) circles += (circles.empty() ? "" : ",") + circle;
      table.add({item.id, std::string{name(item.state)}, item.original, properties_of(item), circles,
                 to_rfc3339(item.expires).substr(0, 16) + "Z"});
    }
    table.empty() ? print_line("nothing waits for review") : table.print();
  }
  return damaged.empty() ? exit_done : exit_refused;
}

/// An item that waits. Errors: it is decided, or overdue.
Result<ReviewItem> waiting(const Context& context, const std::string& id) {
  auto queue = open_queue(context);
  if (!queue) return queue.error();
  auto item = queue->get(id);
  if (!item) return item;
  if (item->state == ReviewState::waits && item->expires <= system_clock().now()) {
    TOCSIN_TRY(queue->decide(*item, ReviewState::expired));
    item->state = ReviewState::expired;
  }
  if (item->state == ReviewState::waits) return item;
  return Error{Errc::conflict, "item " + id + " is " + std::string{name(item->state)} +
                                   ", and its texts are gone" +
                                   (item->state == ReviewState::expired ? "; share the object again" : "")};
}

int show(const Context& context, const std::string& id) {
  const auto item = waiting(context, id);
  if (!item) return fail(item.error());
  if (context.json) {
    print_json(json_of(*item));
    return exit_done;
  }
  print_line(item->original + (item->left_as.empty() ? ", withheld until you let it go"
                                                     : ", shared without these texts as " + item->left_as));
  show_sides(*item);
  return exit_done;
}

/// What the member's own rules find in texts that a person wrote; empty when they may leave.
Result<std::string> found_in(const Context& context, const ReviewItem& item, const std::string& object) {
  const auto screening = open_screening(context, {}, Texts::read);
  if (!screening) return screening.error();
  std::string out;
  const auto texts = waiting_texts(item);
  for (const auto& finding : screening->screen.screen(object).findings) {
    const auto property = finding.path.substr(0, finding.path.find_first_of(".["));
    const bool written =
        std::any_of(texts.begin(), texts.end(), [&](const auto& text) { return text.property == property; });
    if (written) out += (out.empty() ? "" : ", ") + finding.path + " (" + finding.rule + ")";
  }
  return out;
}

/// Shares a later version of the object, with the texts in it, to the same circles in the same way.
int release(const Context& context, Session& session, const ReviewItem& item, std::string object,
            ReviewState state) {
  TOCSIN_CHECK(state == ReviewState::approved || state == ReviewState::edited, "only these leave");
  Report report{context.json};
  const auto send = [&]() -> Status {
    const auto screening = open_screening(context, {});
    if (!screening) return screening.error();
    auto out = WayOut::open(context, session, *screening, item.submission, item.anonymous, false);
    if (!out) return out.error();
    const auto leaves = out->leave_reviewed(item, std::move(object), name(state));
    if (!leaves) return leaves.error();
    TOCSIN_TRY(out->save());
    report.changed.push_back(json::Object{{"id", item.original}, {"as", leaves->id}});
    Outlet outlet{session.client(), item.submission, "", report};
    TOCSIN_TRY(outlet.add(leaves->bytes, leaves->record));
    return outlet.finish();
  };
  auto sent = send();
  if (sent && report.outcome.refused.empty()) {
    auto queue = open_queue(context);
    sent = queue ? queue->decide(item, state) : Status{queue.error()};
  }
  return report.finish(sent);
}

int approve(const Context& context, const std::vector<std::string>& ids) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  if (const auto key = session->ensure_mapping_key(); !key) return fail(key.error());
  int exit = exit_done;
  for (const auto& id : ids) {
    const auto item = waiting(context, id);
    exit = std::max(exit, item ? release(context, *session, *item, item->reviewed, ReviewState::approved)
                               : fail(item.error()));
  }
  return exit;
}

Result<std::string> edited_by_hand(const ReviewItem& item) {
  const char* editor = std::getenv("VISUAL");
  if (editor == nullptr || *editor == '\0') editor = std::getenv("EDITOR");
  if (editor == nullptr || *editor == '\0')
    return Error{Errc::invalid_input, "no editor: set EDITOR, or give the texts with --file"};
  auto path = (std::filesystem::temp_directory_path() / "tocsin-review-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());  // mode 0600
  if (descriptor < 0) return Error{Errc::denied, "no temporary file can be made"};
  ::close(descriptor);
  auto sheet = Result<std::string>{Error{Errc::denied, "the editor ended with an error; nothing is shared"}};
  if (write_file(path, sheet_of(item), 0600))
    // The editor is the user's own word, and the path is ours: through the shell, as every program does it.
    if (std::system((std::string{editor} + " '" + path + "'").c_str()) == 0)
      sheet = read_file(path, sheet_bytes_max);
  ::unlink(path.c_str());
  return sheet;
}

int edit(const Context& context, const std::string& id, const std::string& file) {
  const auto item = waiting(context, id);
  if (!item) return fail(item.error());
  const auto sheet = file.empty() ? edited_by_hand(*item) : read_file(file, sheet_bytes_max);
  if (!sheet) return fail(sheet.error());
  auto object = with_sheet(*item, *sheet);
  if (!object) return fail(object.error());
  const auto found = found_in(context, *item, *object);
  if (!found) return fail(found.error());
  if (!found->empty())
    return fail(Error{Errc::denied, "your screen finds something in the edited text: " + *found +
                                        "; nothing is shared, and the item waits"});
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  return release(context, *session, *item, *std::move(object), ReviewState::edited);
}

int reject(const Context& context, const std::vector<std::string>& ids) {
  int exit = exit_done;
  json::Array rejected;
  for (const auto& id : ids) {
    const auto item = waiting(context, id);
    auto done = item ? Status{} : Status{item.error()};
    if (item) {
      auto queue = open_queue(context);
      done = queue ? queue->decide(*item, ReviewState::rejected) : Status{queue.error()};
    }
    if (!done) {
      exit = std::max(exit, fail(done.error()));
      continue;
    }
    rejected.emplace_back(id);
    if (!context.json) print_line("rejected " + id + ": its texts stay at home, and are gone from the queue");
  }
  if (context.json) print_json(json::Object{{"rejected", rejected}});
  return exit;
}

}  // namespace

void add_review(CLI::App& root, Context& context) {
  struct Options {
    std::string id, file;
    std::vector<std::string> ids;
  };
  auto options = std::make_shared<Options>();
  auto* noun = root.add_subcommand("review", "texts that wait for a person before they leave");
  noun->group(group_share);
  noun->require_subcommand(1);
  noun->footer(
      "What the screen cannot judge waits here; the rest of the object was shared at once. Approved texts "
      "follow as a new version. After 72 hours (review_hours in the policy file) they are not shared.");
  const auto add = [&](const char* verb, const char* help, std::function<int()> run) {
    auto* sub = noun->add_subcommand(verb, help);
    sub->callback([&context, run = std::move(run)] { context.run = run; });
    return sub;
  };
  add("list", "what waits, and what was decided in the last 30 days", [&context] { return list(context); });
  add("show", "an item's texts: as they are here, and as they would leave",
      [&context, options] { return show(context, options->id); })
      ->add_option("id", options->id, "of the item")
      ->required();
  add("approve", "share the texts as `show` gives them",
      [&context, options] { return approve(context, options->ids); })
      ->add_option("id", options->ids, "of the items")
      ->required();
  auto* edits = add("edit", "change the texts in $VISUAL or $EDITOR, and share them",
                    [&context, options] { return edit(context, options->id, options->file); });
  edits->add_option("id", options->id, "of the item")->required();
  edits->add_option("--file", options->file, "the texts, below headings `--- PROPERTY`")->type_name("FILE");
  add("reject", "keep the texts at home", [&context, options] { return reject(context, options->ids); })
      ->add_option("id", options->ids, "of the items")
      ->required();
}

}  // namespace tocsin::cli
