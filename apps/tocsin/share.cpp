#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include "base/text.hpp"
#include "input.hpp"
#include "output.hpp"
#include "remint.hpp"
#include "screening.hpp"
#include "session.hpp"
#include "spool.hpp"
#include "submission.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t few_members = 10;  // below it, being unnamed hides little
constexpr std::size_t shown_max = 20;    // of each kind; -o json gives all

struct Options {
  std::vector<std::string> files, circles, recipients;
  std::string tlp;
  bool named = false, unnamed = false, anonymous = false, dry_run = false, spool = false, flush = false;
  bool screen = false;
  ScreenOptions screen_options;
};

/// The result as it comes: receipts are printed when they arrive, so that a share of a million objects does
/// not gather them in memory.
class Report {
 public:
  explicit Report(bool as_json) : json_{as_json} {}

  Outcome outcome;
  std::uint64_t spooled = 0;

  void receipt(const json::Value& receipt) {
    ++receipts_;
    if (!json_) return;
    const auto text = (receipts_ == 1 ? R"({"receipts":[)" : ",\n") + json::dump(receipt);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }

  void refuse(std::string_view id, std::string_view rule, std::string_view reason) {
    outcome.refused.push_back(json::Object{{"id", id}, {"path", ""}, {"rule", rule}, {"reason", reason}});
  }

  int finish(const Status& status) {
    if (json_)
      finish_json();
    else
      finish_human();
    if (outcome.unscreened)
      warn(
          "the circle is not screened by the hub (`tocsin circle rules C --screening yes`): share no "
          "production data");
    if (!status) return fail(status.error());
    return outcome.refused.empty() ? exit_done : exit_refused;
  }

 private:
  void finish_json() const {
    std::string text = receipts_ == 0 ? R"({"receipts":[)" : "";
    json::Object rest{{"accepted", outcome.accepted}, {"duplicates", outcome.duplicates},
                      {"refused", outcome.refused},   {"held", outcome.held},
                      {"warnings", outcome.warnings}, {"unscreened", outcome.unscreened}};
    if (spooled != 0) rest["spooled"] = spooled;
    text += "]," + json::dump(rest).substr(1) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  void finish_human() const {
    const auto tell = [](const json::Array& items, const char* what, Colour colour) {
      for (std::size_t i = 0; i < std::min(items.size(), shown_max); ++i) {
        if (!items[i].is_object()) continue;
        const auto& object = items[i].get_object();
        const auto path = json::text_or(object, "path");
        std::fprintf(stdout, "%s %s\n", coloured(what, colour).c_str(),
                     printable(cell(object, "id") + (path.empty() ? "" : " " + path) + " [" +
                               cell(object, "rule") + "] " + cell(object, "reason"))
                         .c_str());
      }
      if (items.size() > shown_max)
        print_line(std::string{what} + " " + std::to_string(items.size() - shown_max) +
                   " more (-o json names them all)");
    };
    tell(outcome.refused, "refused", Colour::red);
    tell(outcome.held, "held", Colour::yellow);
    for (std::size_t i = 0; i < std::min(outcome.warnings.size(), shown_max); ++i)
      if (const auto* warning = outcome.warnings[i].if_object())
        say(cell(*warning, "id") + ": " + cell(*warning, "warning"));
    std::string line = std::to_string(outcome.accepted) + " accepted";
    if (outcome.duplicates != 0) line += ", " + std::to_string(outcome.duplicates) + " already there";
    if (!outcome.held.empty()) line += ", " + std::to_string(outcome.held.size()) + " held";
    if (!outcome.refused.empty()) line += ", " + std::to_string(outcome.refused.size()) + " refused";
    if (spooled != 0) line += ", " + std::to_string(spooled) + " kept for `tocsin share --flush`";
    print_line(line);
  }

  const bool json_;
  std::uint64_t receipts_ = 0;
};

std::string query_of(const Options& options) {
  std::string query;
  const auto add = [&query](std::string_view key, std::string_view value) {
    query += (query.empty() ? "" : "&") + std::string{key} + "=" + path_part(value);
  };
  if (options.named) add("attribution", "named");
  if (options.unnamed || options.anonymous) add("attribution", "unnamed");
  if (!options.tlp.empty()) add("tlp", options.tlp);
  std::string to;
  for (const auto& member : split_list(options.recipients)) to += (to.empty() ? "" : ",") + member;
  if (!to.empty()) add("to", to);
  if (options.dry_run) add("dry_run", "1");
  return query;
}

/// Says among how many members the author hides. Errors: the circle is not there.
Status tell_crowd(Session& session, const Options& options, const std::vector<std::string>& circles) {
  if (options.named) return {};
  for (const auto& name : circles) {
    const auto circle = session.get(circle_path(name));
    if (!circle && circle.error().code == Errc::not_found)
      return Error{Errc::not_found, "there is no circle '" + name + "', or you are not in it"};
    if (!circle) return circle.error();
    const auto* rules = circle->if_contains("rules");
    const bool named_by_rule = !options.anonymous && !options.unnamed && rules != nullptr &&
                               rules->is_object() &&
                               json::text_or(rules->get_object(), "attribution") == "named";
    if (named_by_rule) {
      say("circle " + name + " names who shares, by its rules (--unnamed if you do not want that)");
      continue;
    }
    const auto* members = circle->if_contains("members");
    if (members == nullptr || !members->is_array()) continue;
    const auto count = members->get_array().size();
    const auto text =
        "in circle " + name + " you are one of " + std::to_string(count) + " members that it may be";
    count < few_members ? warn(text + ": that hides little") : say(text);
  }
  return {};
}

Result<Mapping> open_mapping(const Context& context, Session& session) {
  if (session.profile().identities.empty())
    return Error{Errc::denied,
                 "no identity of yours is registered (tocsin identity add identity--…), so no object "
                 "can be told to be your own; without --anonymous they pass as they are"};
  TOCSIN_TRY(session.ensure_mapping_key());
  return Mapping::open(context, session);
}

/// Gives every own object its new id, so that references can follow it whatever the order.
Status mint_all(Input& input, Session& session, Mapping& mapping) {
  TOCSIN_TRY(input.keep_stdin());
  TOCSIN_TRY(input.for_each([&](const std::string&, const formats::ObjectStream::Item& item) -> Status {
    std::string id;
    if (is_own(item.bytes, session.profile().identities, id)) mapping.minted(id);
    return {};
  }));
  return mapping.save(session);  // before anything leaves: else nobody could withdraw it
}

/// Sends objects, or keeps them when the hub is away and the user said so.
class Outlet {
 public:
  Outlet(Session& session, const Submission& submission, bool may_spool, std::string folder, Report& report)
      : submission_{submission},
        may_spool_{may_spool},
        folder_{std::move(folder)},
        report_{report},
        sender_{session.client(), submission, report.outcome,
                [&report](const json::Value& r) { report.receipt(r); }} {}

  Status add(std::string_view object) {
    if (!spool_) {
      auto sent = sender_.add(object);
      if (sent) return {};
      // The batch before is still unsent, and this object is in none.
      TOCSIN_TRY(turn_to_spool(sent.error()));
    }
    ++report_.spooled;
    return spool_->add(std::string{object} + "\n");
  }
  Status finish() {
    if (!spool_) {
      auto sent = sender_.finish();
      if (sent) return {};
      TOCSIN_TRY(turn_to_spool(sent.error()));
    }
    return spool_->close();
  }

 private:
  Status turn_to_spool(const Error& why) {
    if (!may_spool_ || (why.code != Errc::unavailable && why.code != Errc::overloaded)) return why;
    say(why.detail + "; keeping the objects for `tocsin share --flush`");
    auto file = SpoolFile::create(folder_, submission_);
    if (!file) return file.error();
    spool_.emplace(*std::move(file));
    const auto unsent = sender_.take_unsent();
    report_.spooled += static_cast<std::uint64_t>(std::count(unsent.begin(), unsent.end(), '\n'));
    return spool_->add(unsent);
  }

  const Submission submission_;
  const bool may_spool_;
  const std::string folder_;
  Report& report_;
  Sender sender_;
  std::optional<SpoolFile> spool_;
};

/// Objects come here without white space. What only looks like one is sent early, and nothing worse.
bool is_marking_definition(std::string_view object) {
  return object.find(R"("type":"marking-definition")") != std::string_view::npos;
}

/// What the screen lets out, marking definitions first; what it withholds is told, and stays. With --dry-run
/// it is shown as `tocsin screen` shows it.
Status send_screened(const Context& context, const Options& options, Input& input, Outlet& outlet,
                     Report& report) {
  const auto screening = open_screening(context, options.screen_options);
  if (!screening) return screening.error();
  std::vector<std::string> objects, places;
  const auto read =
      input.for_each([&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
        objects.emplace_back(item.problem.empty() ? item.bytes : std::string_view{});
        places.push_back("(" + file + ", object " + std::to_string(item.number) + ")");
        return {};
      });
  if (!read) return read;
  const std::vector<std::string_view> views{objects.begin(), objects.end()};
  const auto decisions = screening->screen.screen_all(views);
  ScreenSum sum;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    sum.add(decisions[i]);
    if (options.dry_run && !context.json) show_decision(decisions[i], views[i], places[i]);
    if (decisions[i].outcome != screen::Outcome::withheld) continue;
    const auto& found = decisions[i].findings;
    const auto it = std::find_if(found.begin(), found.end(),
                                 [](const auto& f) { return f.action == screen::Action::withhold; });
    report.refuse(
        decisions[i].id.empty() ? places[i] : decisions[i].id, it == found.end() ? "screen" : it->rule,
        "your screen withholds it" + (it == found.end() || it->path.empty() ? "" : ", for " + it->path));
  }
  say("screened: " + sum_line(sum, *screening));
  for (const bool markings : {true, false})
    for (const auto& decision : decisions)
      for (const auto* object : {&decision.output, &decision.relationship})
        if (!object->empty() && is_marking_definition(*object) == markings) TOCSIN_TRY(outlet.add(*object));
  return outlet.finish();
}

Status send_all(const Context& context, Session& session, const Options& options, Input& input,
                Report& report) {
  std::optional<Mapping> mapping;
  if (options.anonymous) {
    auto opened = open_mapping(context, session);
    if (!opened) return opened.error();
    mapping.emplace(*std::move(opened));
    TOCSIN_TRY(mint_all(input, session, *mapping));
  } else {
    TOCSIN_TRY(input.keep_stdin());
  }
  Outlet outlet{session,
                {split_list(options.circles), query_of(options)},
                options.spool && !options.dry_run,
                spool_folder(context.profile_path),
                report};
  if (options.screen) return send_screened(context, options, input, outlet, report);
  Progress progress{"sharing", input.bytes_total()};
  std::uint64_t objects = 0;
  // Marking definitions go first, whichever batch they would stand in: what an object refers to and nobody
  // knows may forbid anything, and the hub takes it for RED.
  bool markings = true;
  const auto take = [&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
    if (is_marking_definition(item.bytes) != markings) return {};
    const auto place = file + ", object " + std::to_string(item.number);
    progress.show(input.bytes_read(), ++objects);
    if (!item.problem.empty()) {
      report.refuse("(" + place + ")", "not-an-object", item.problem);
      return {};
    }
    if (!mapping) return outlet.add(item.bytes);
    const auto leaves = reminted(item.bytes, session.profile().identities, *mapping);
    if (leaves) return outlet.add(*leaves);
    report.refuse("(" + place + ")", "names-the-member", leaves.error().detail);
    return {};
  };
  if (const auto read = input.for_each(take); !read && read.error().code != Errc::invalid_input) return read;
  markings = false;
  const auto read = input.for_each(take);
  // What stood before a place that cannot be read is good, and goes out all the same.
  const auto finished = read || read.error().code == Errc::invalid_input ? outlet.finish() : Status{};
  return finished ? read : finished;
}

int share(const Context& context, const Options& options) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  auto input = Input::open(options.files);
  if (!input) return fail(input.error());
  if (auto told = tell_crowd(*session, options, split_list(options.circles)); !told) {
    if (!options.spool || told.error().code != Errc::unavailable) return fail(told.error());
  }
  Report report{context.json};
  return report.finish(send_all(context, *session, options, *input, report));
}

Status flush_file(Session& session, const std::string& path, Report& report) {
  std::ifstream file{path};
  std::string line;
  if (!file || !std::getline(file, line)) return Error{Errc::denied, path + ": cannot be read"};
  auto submission = parse_submission_line(line);
  if (!submission) return in_context(path, submission.error());
  Sender sender{session.client(), *std::move(submission), report.outcome,
                [&report](const json::Value& receipt) { report.receipt(receipt); }};
  while (std::getline(file, line)) TOCSIN_TRY(sender.add(line));
  TOCSIN_TRY(sender.finish());
  file.close();
  return std::remove(path.c_str()) == 0 ? Status{} : Error{Errc::denied, path + ": cannot be removed"};
}

int flush(const Context& context) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  Report report{context.json};
  Status all;
  for (const auto& path : spooled(spool_folder(context.profile_path))) {
    const auto sent = flush_file(*session, path, report);
    if (sent) continue;
    all = sent;
    if (sent.error().code == Errc::unavailable) break;
    say(path + " stays: " + sent.error().detail);
  }
  return report.finish(all);
}

}  // namespace

void add_share(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("share", "share STIX objects into circles");
  verb->group(group_share);
  verb->add_option("files", options->files,
                   "bundles, envelopes, single objects or one object a line; - is stdin")
      ->type_name("FILE");
  verb->add_option("--circle", options->circles, "an entry in each of them")
      ->type_name("C,…")
      ->allow_extra_args(false);
  verb->add_option("--to", options->recipients, "only these members (needed for TLP:RED)")
      ->type_name("MEMBER,…")
      ->allow_extra_args(false);
  verb->add_option("--tlp", options->tlp, "of objects that carry no TLP marking")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"clear", "green", "amber", "amber+strict", "red"}));
  auto* named = verb->add_flag("--named", options->named, "the members see that it was you");
  auto* unnamed = verb->add_flag("--unnamed", options->unnamed, "they do not (the usual rule)");
  auto* anonymous = verb->add_flag("--anonymous", options->anonymous,
                                   "and your own objects get new random ids and no creator");
  named->excludes(unnamed)->excludes(anonymous);
  verb->add_flag("--screen", options->screen, "take all through the screen first (see `tocsin screen`)")
      ->excludes(anonymous);
  verb->add_option("--policy", options->screen_options.policy_file, "of the screen")->type_name("FILE");
  verb->add_flag("--dry-run", options->dry_run, "only say what would happen");
  verb->add_flag("--spool", options->spool, "when the hub is away, keep the objects for later");
  verb->add_flag("--flush", options->flush, "send what was kept");
  verb->footer(
      "A share that was broken off is resumed by running it again: what is there already is not taken "
      "twice.");
  verb->callback([&context, options] {
    if (!options->flush && options->files.empty()) throw CLI::RequiredError("FILE");
    if (!options->flush && split_list(options->circles).empty()) throw CLI::RequiredError("--circle");
    context.run = [&context, options] { return options->flush ? flush(context) : share(context, *options); };
  });
}

}  // namespace tocsin::cli
