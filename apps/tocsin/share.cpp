#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include "base/text.hpp"
#include "input.hpp"
#include "line_file.hpp"
#include "outlet.hpp"
#include "output.hpp"
#include "screening.hpp"
#include "session.hpp"
#include "way_out.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t few_members = 10;  // below it, being unnamed hides little

struct Options {
  std::vector<std::string> files, circles, recipients;
  std::string tlp;
  bool named = false, unnamed = false, anonymous = false, dry_run = false, spool = false, flush = false;
  bool screen = false, no_screen = false;  // the first is the usual rule, and says so
  ScreenOptions screen_options;
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
  if (options.dry_run) add("receivers", "1");
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

/// What `--no-screen --anonymous` needs: every own object has its new id, so that references can follow.
Result<Mapping> mint_all(const Context& context, Session& session, Input& input) {
  if (session.profile().identities.empty())
    return Error{Errc::denied,
                 "no identity of yours is registered (tocsin identity add identity--…), so no object "
                 "can be told to be your own; without --anonymous they pass as they are"};
  TOCSIN_TRY(session.ensure_mapping_key());
  auto mapping = Mapping::open(context, session);
  if (!mapping) return mapping;
  TOCSIN_TRY(input.for_each([&](const std::string&, const formats::ObjectStream::Item& item) -> Status {
    std::string id;
    if (is_own(item.bytes, session.profile().identities, id)) mapping->minted(id);
    return {};
  }));
  TOCSIN_TRY(mapping->save(session));  // before anything leaves: else nobody could withdraw it
  return mapping;
}

/// Objects come here without white space. What only looks like one is sent early, and nothing worse.
bool is_marking_definition(std::string_view object) {
  return object.find(R"("type":"marking-definition")") != std::string_view::npos;
}

std::string place_of(const std::string& file, const formats::ObjectStream::Item& item) {
  return "(" + file + ", object " + std::to_string(item.number) + ")";
}

/// As they are, in the order in which they come, none held in memory.
Status send_as_is(const Context& context, Session& session, const Options& options, Input& input,
                  Outlet& outlet, Report& report) {
  TOCSIN_TRY(input.keep_stdin());
  std::optional<Mapping> mapping;
  if (options.anonymous) {
    auto made = mint_all(context, session, input);
    if (!made) return made.error();
    mapping.emplace(*std::move(made));
  }
  Progress progress{"sharing", input.bytes_total()};
  std::uint64_t objects = 0;
  // Marking definitions go first, whichever batch they would stand in: what an object refers to and nobody
  // knows may forbid anything, and the hub takes it for RED.
  bool markings = true;
  const auto take = [&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
    if (is_marking_definition(item.bytes) != markings) return {};
    progress.show(input.bytes_read(), ++objects);
    if (!item.problem.empty()) {
      report.refuse(place_of(file, item), "not-an-object", item.problem);
      return {};
    }
    if (!mapping) return outlet.add(item.bytes);
    const auto leaves = reminted(item.bytes, session.profile().identities, *mapping);
    if (leaves) return outlet.add(*leaves);
    report.refuse(place_of(file, item), "names-the-member", leaves.error().detail);
    return {};
  };
  if (const auto read = input.for_each(take); !read && read.error().code != Errc::invalid_input) return read;
  markings = false;
  const auto read = input.for_each(take);
  // What stood before a place that cannot be read is good, and goes out all the same.
  const auto finished = read || read.error().code == Errc::invalid_input ? outlet.finish() : Status{};
  return finished ? read : finished;
}

/// What leaves, on its way through one temporary file: nothing is sent before all of it is decided and what
/// must be remembered is on disk.
class Screened {
 public:
  Screened(const Context& context, const Options& options, WayOut& out, LineFile& leaving, Report& report)
      : rehearsal_{options.dry_run},
        json_{context.json},
        anonymous_{options.anonymous},
        out_{out},
        leaving_{leaving},
        report_{report} {}

  ScreenSum sum;

  Status take(const screen::Decision& decision, std::string_view object, const std::string& place) {
    sum.add(decision);
    if (rehearsal_ && json_)
      report_.screened.emplace_back(json_of(decision));
    else if (rehearsal_)
      show_decision(decision, object, place);
    if (decision.needs_review) report_.to_review.emplace_back(decision.id);
    if (decision.outcome == screen::Outcome::withheld) {
      const auto why = why_withheld(decision);
      report_.refuse(decision.id.empty() ? place : decision.id, why.rule,
                     "your screen withholds it" + (why.path.empty() ? "" : ", for " + why.path) +
                         (decision.needs_review ? ", until you release it" : ""));
      TOCSIN_TRY(out_.stay(decision));
      return decision.needs_review ? out_.keep_for_review(decision, object, "") : Status{};
    }
    const auto leaves = out_.leave(decision);
    if (!leaves && leaves.error().code == Errc::denied && anonymous_) {
      report_.refuse(decision.id, "names-the-member", leaves.error().detail);
      return {};
    }
    if (!leaves) return leaves.error();
    if (leaves->id != decision.id)
      report_.changed.push_back(json::Object{{"id", decision.id}, {"as", leaves->id}});
    TOCSIN_TRY(leaving_.add(Sender::spool_line(leaves->bytes, leaves->record)));
    // An original is not named where its maker is not to be known.
    if (!decision.relationship.empty() && !anonymous_) TOCSIN_TRY(leaving_.add(decision.relationship));
    return decision.needs_review ? out_.keep_for_review(decision, object, leaves->id) : Status{};
  }

 private:
  const bool rehearsal_, json_, anonymous_;
  WayOut& out_;
  LineFile& leaving_;
  Report& report_;
};

Status send_screened(const Context& context, Session& session, const Options& options, Input& input,
                     const Submission& submission, Outlet& outlet, Report& report) {
  TOCSIN_TRY(session.ensure_mapping_key());  // the screen's key comes from it
  auto screening = open_screening(context, options.screen_options);
  if (!screening) return screening.error();
  auto out = WayOut::open(context, session, *screening, submission, options.anonymous, options.dry_run);
  if (!out) return out.error();
  auto objects = LineFile::create(), leaving = LineFile::create();
  if (!objects || !leaving) return objects ? leaving.error() : objects.error();
  const auto read =
      input.for_each([&](const std::string& file, const formats::ObjectStream::Item& item) -> Status {
        if (!item.problem.empty()) report.refuse(place_of(file, item), "not-an-object", item.problem);
        return item.problem.empty() ? objects->add(item.bytes) : Status{};
      });
  // What stood before a place that cannot be read is good, and goes out all the same.
  if (!read && read.error().code != Errc::invalid_input) return read;
  const auto views = objects->lines();
  if (!views) return views.error();
  if (options.anonymous)
    screening->screen.screen_each(*views, [&](std::size_t, const screen::Decision& d) { out->expect(d); });
  Screened screened{context, options, *out, *leaving, report};
  Status taken;
  screening->screen.screen_each(*views, [&](std::size_t i, const screen::Decision& decision) {
    if (taken) taken = screened.take(decision, (*views)[i], "(object " + std::to_string(i + 1) + ")");
  });
  if (!taken) return taken;
  warn_of_creators(screened.sum, *screening);
  say("screened: " + sum_line(screened.sum, *screening));
  TOCSIN_TRY(out->save());
  const auto lines = leaving->lines();
  if (!lines) return lines.error();
  for (const bool markings : {true, false})
    for (const auto line : *lines)
      if (is_marking_definition(line) == markings) TOCSIN_TRY(outlet.add_spooled(line));
  const auto finished = outlet.finish();
  return finished ? read : finished;
}

Status send_all(const Context& context, Session& session, const Options& options, Input& input,
                Report& report) {
  const Submission submission{split_list(options.circles), query_of(options)};
  Outlet outlet{session.client(), submission,
                options.spool && !options.dry_run ? spool_folder(context.profile_path) : "", report};
  if (!options.no_screen) return send_screened(context, session, options, input, submission, outlet, report);
  warn("not screened: the objects leave as they are");
  return send_as_is(context, session, options, input, outlet, report);
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
  while (std::getline(file, line)) TOCSIN_TRY(sender.add_spooled(line));
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
  auto* screened = verb->add_flag("--screen", options->screen,
                                  "take all through the screen first (the usual rule; see `tocsin screen`)");
  verb->add_flag("--no-screen", options->no_screen,
                 "send as is: for exercises, and for what was screened already")
      ->excludes(screened);
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
