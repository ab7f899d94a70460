#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "formats/object_stream.hpp"
#include "output.hpp"
#include "push/client_event.hpp"
#include "raw_json.hpp"
#include "remint.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string id, why;
  std::vector<std::string> circles;
};

/// The id under which the object left this machine: shared with --anonymous it has another one.
Result<std::string> id_as_shared(const Context& context, Session& session, const std::string& id) {
  if (session.profile().mapping_key.empty()) return id;
  const auto mapping = Mapping::open(context, session);
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

/// The newest version that the circle holds, and the level it was shared under. Nullopt when it is none that
/// the member made itself, or went to named recipients only.
struct Made {
  std::string object, tlp;
  bool unnamed;
};
std::optional<Made> made_by_oneself(Session& session, const Context& context, const std::string& circle,
                                    const std::string& id) {
  const auto response =
      session.client().request({.target = "/api/v1" + circle_path(circle) + "/objects/" + path_part(id)});
  if (!response || response->status != 200) return std::nullopt;
  std::optional<Made> made;
  Sequence newest;
  push::EventReader reader;
  formats::ObjectStream stream{{.object_bytes_max = 16 << 20, .list_key = "versions"}};
  const auto take = [&](const formats::ObjectStream::Item& item) {
    const auto event = reader.read("object", item.bytes);
    if (!event || event->sequence < newest) return;
    newest = event->sequence;
    const auto attributes = push::read_attributes(event->attributes);
    made.reset();
    if (attributes && !attributes->addressed)
      made = Made{std::string{event->content}, attributes->tlp, false};
  };
  if (!stream.feed(response->body, take) || !made) return std::nullopt;
  std::string own_id;
  if (is_own(made->object, session.profile().identities, own_id)) return made;
  if (session.profile().mapping_key.empty()) return std::nullopt;
  const auto mapping = Mapping::open(context, session);
  made->unnamed = true;
  return mapping && mapping->knows(id) ? made : std::nullopt;
}

/// Those who poll do not see withdrawals: a revoked version tells them. Only its maker may write one.
void share_revoked(Session& session, const std::string& circle, const Made& made) {
  if (member_value(made.object, "modified").empty()) return;  // such objects have no versions
  std::string object = without_member(without_member(made.object, "modified"), "revoked");
  object.pop_back();
  object += R"(,"modified":")" + to_rfc3339(system_clock().now()) + R"(","revoked":true})";
  const auto response =
      session.client().request({.method = "POST",
                                .target = "/api/v1" + circle_path(circle) +
                                          "/objects?attribution=" + (made.unnamed ? "unnamed" : "named") +
                                          (made.tlp.empty() ? "" : "&tlp=" + path_part(made.tlp)),
                                .headers = {{"Content-Type", "application/json"}},
                                .body = std::move(object)});
  const auto answer = response ? json::parse_object(response->body) : Result<json::Object>{response.error()};
  if (answer && json::number_or(*answer, "accepted") == 1) return;
  say("the hub takes no revoked version of it, so those who only poll for objects see it vanish, not end");
}

int withdraw(const Context& context, const Options& options) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  auto shared_id = id_as_shared(context, *session, options.id);
  if (!shared_id) return fail(shared_id.error());
  json::Array withdrawn;
  int exit = exit_done;
  for (const auto& circle : split_list(options.circles)) {
    const auto made = made_by_oneself(*session, context, circle, *shared_id);
    auto done = withdraw_in(*session, circle, *shared_id, options.why);
    if (done && made) share_revoked(*session, circle, *made);
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
  verb->add_option("--circle", options->circles)->required()->type_name("C,…")->allow_extra_args(false);
  verb->add_option("--why", options->why, "what everyone will read")->required()->type_name("TEXT");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return withdraw(context, *options); }; });
}

}  // namespace tocsin::cli
