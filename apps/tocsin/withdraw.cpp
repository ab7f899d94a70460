#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "departures.hpp"
#include "formats/object_stream.hpp"
#include "output.hpp"
#include "push/client_event.hpp"
#include "raw_json.hpp"
#include "remint.hpp"
#include "screening.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string id, why;
  std::vector<std::string> circles;
};

/// An id under which an object may have left this machine.
struct LeftAs {
  std::string id;
  bool minted = false;  ///< made here: nobody else has such an id
};

/// All of them: changed by the screen, without the member's name, or both, in one version or another; and the
/// object's own.
Result<std::vector<LeftAs>> ways_out(const Context& context, Session& session, const std::string& id) {
  const auto departures = Departures::open(context.profile_path + ".departed");
  if (!departures) return departures.error();
  std::vector<LeftAs> ways;
  const auto add = [&](const std::string& minted, const char* how) {
    if (minted.empty()) return;
    say(how + minted);
    ways.push_back({minted, true});
  };
  bool minted = departures->left_as(id);
  if (!session.profile().mapping_key.empty()) {
    const auto key = screen_key(session.profile());
    if (!key) return key.error();
    const auto mapping = Mapping::open(context, session);
    if (!mapping) return mapping.error();
    const auto screened = screen::minted_id(*key, id);
    for (const auto& from : {screened, id}) add(mapping->find(from), "you shared it without your name, as ");
    minted = minted || mapping->knows(id);
    // A colleague may have shared it so: this machine need not know.
    if (departures->knows(id)) say("your screen changed it, and it left as " + screened);
    ways.push_back({screened, true});
  }
  ways.push_back({id, minted});
  return ways;
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
  bool unnamed = false;
  bool is_over() const { return member_value(object, "revoked") == "true"; }
};
std::optional<Made> made_by_oneself(Session& session, const std::string& circle, const LeftAs& way) {
  const auto response =
      session.client().request({.target = "/api/v1" + circle_path(circle) + "/objects/" + path_part(way.id)});
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
    if (attributes && !attributes->addressed) made = Made{std::string{event->content}, attributes->tlp};
  };
  if (!stream.feed(response->body, take) || !made) return std::nullopt;
  std::string own_id;
  if (is_own(made->object, session.profile().identities, own_id)) return made;
  made->unnamed = true;
  return way.minted ? made : std::nullopt;
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

/// By every id under which it stands in the circle. Errors: when it stands there under none.
Status withdraw_all(Session& session, const std::string& circle, const std::vector<LeftAs>& ways,
                    const std::string& why, json::Array& withdrawn) {
  std::optional<Error> failed;
  bool any = false;
  for (const auto& way : ways) {
    const auto made = made_by_oneself(session, circle, way);
    auto done = made && made->is_over()
                    ? Error{Errc::conflict, "circle " + circle + ": it was withdrawn or revoked already"}
                    : withdraw_in(session, circle, way.id, why);
    if (done) {
      if (made) share_revoked(session, circle, *made);
      withdrawn.push_back(*std::move(done));
      any = true;
    } else if (!failed || failed->code == Errc::not_found) {
      failed = done.error();
    }
  }
  return any ? Status{} : *failed;
}

int withdraw(const Context& context, const Options& options) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  const auto ways = ways_out(context, *session, options.id);
  if (!ways) return fail(ways.error());
  json::Array withdrawn;
  int exit = exit_done;
  for (const auto& circle : split_list(options.circles))
    if (const auto done = withdraw_all(*session, circle, *ways, options.why, withdrawn); !done)
      exit = std::max(exit, fail(done.error()));
  if (context.json) {
    print_json(json::Object{{"withdrawn", withdrawn}});
    return exit;
  }
  for (const auto& one : withdrawn)
    print_line("withdrawn in " + cell(one.get_object(), "circle") + ", entry " +
               cell(one.get_object(), "sequence"));
  if (!withdrawn.empty())
    say("who has confirmed it: tocsin circle recall CIRCLE " + cell(withdrawn[0].get_object(), "id"));
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
