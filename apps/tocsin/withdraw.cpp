#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "base/time.hpp"
#include "output.hpp"
#include "remint.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string id, why;
  std::vector<std::string> circles;
};

/// The id under which the object left this machine: shared with --anonymous it has another one.
Result<std::string> id_as_shared(const Context& context, const Session& session, const std::string& id) {
  if (session.profile().mapping_key.empty()) return id;
  const auto mapping =
      Mapping::open(Mapping::path_beside(context.profile_path), session.profile().mapping_key);
  if (!mapping) return mapping.error();
  const auto minted = mapping->find(id);
  if (minted.empty()) return id;
  say("you shared it without your name, as " + minted);
  return minted;
}

/// Withdraws in one circle; the reply is the hub's.
Result<json::Object> withdraw_in(Session& session, const std::string& circle, const std::string& id,
                                 const std::string& why) {
  auto done = session.post(circle_path(circle) + "/withdrawals", json::Object{{"id", id}, {"why", why}});
  if (!done) return in_context("circle " + circle, done.error());
  done->insert_or_assign("circle", circle);
  return done;
}

int withdraw(const Context& context, const Options& options) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  auto shared_id = id_as_shared(context, *session, options.id);
  if (!shared_id) return fail(shared_id.error());
  json::Array withdrawn;
  int exit = exit_done;
  for (const auto& circle : split_list(options.circles)) {
    auto done = withdraw_in(*session, circle, *shared_id, options.why);
    // Where it was shared under its own id as well, that one is meant.
    if (!done && done.error().code == Errc::not_found && *shared_id != options.id)
      done = withdraw_in(*session, circle, options.id, options.why);
    if (!done) {
      exit = std::max(exit, fail(done.error()));
      continue;
    }
    if (!context.json) print_line("withdrawn in " + circle + ", entry " + cell(*done, "sequence"));
    withdrawn.push_back(*std::move(done));
  }
  if (context.json) print_json(json::Object{{"withdrawn", withdrawn}});
  if (!context.json && !withdrawn.empty())
    say("who has confirmed it: tocsin circle recall CIRCLE " + *shared_id);
  return exit;
}

}  // namespace

void add_withdraw(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("withdraw", "recall an object: every sensor stops matching it");
  verb->group(group_share);
  verb->add_option("id", options->id, "of the object")->required();
  verb->add_option("--circle", options->circles)->required()->type_name("C,…");
  verb->add_option("--why", options->why, "what everyone will read")->required()->type_name("TEXT");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return withdraw(context, *options); }; });
}

}  // namespace tocsin::cli
