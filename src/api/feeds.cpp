#include "feed/feeds.hpp"

#include <algorithm>

#include "api/acts.hpp"
#include "base/text.hpp"
#include "taxii/client_url.hpp"

namespace tocsin::api {
namespace {

using policy::Feed;
using policy::Scope;

Status keeps_circle(const policy::Directory& directory, const policy::Principal& principal, CircleId circle) {
  if (keeps(directory, principal, circle)) return {};
  return Error{Errc::denied,
               "feeds are for stewards of the circle, with a token that has the scope 'steward'"};
}

/// Whoever sets up a feed answers for what it shares.
Status may_add(const policy::Directory& directory, const policy::Principal& principal, CircleId circle) {
  TOCSIN_TRY(keeps_circle(directory, principal, circle));
  if (principal.has(Scope::share)) return {};
  return Error{Errc::denied, "a feed shares for your member: this needs a token with the scope 'share'"};
}

std::optional<Feed> find_feed(const policy::Directory& directory, CircleId circle, std::string_view name) {
  for (auto& feed : directory.feeds())
    if (feed.circle == circle && feed.name == name) return feed;
  return std::nullopt;
}

/// The feed that the path names. Errors: denied for who may not know, not_found.
Result<Feed> feed_of(Call& call) {
  const auto circle = call.sight->circle()->id;
  TOCSIN_TRY(keeps_circle(call.services.directory, call.principal, circle));
  auto feed = find_feed(call.services.directory, circle, call.parameters[1]);
  if (!feed) return Error{Errc::not_found, ""};
  return *std::move(feed);
}

json::Object feed_json(const Services& services, const Feed& feed) {
  json::Object out{{"name", feed.name}};
  if (const auto settings = feed::read_settings(feed.settings)) {
    for (auto& [key, value] : feed::to_json(*settings)) out[key] = value;
    // An authority is long, and says no more to a person than that there is one.
    out["ca"] = settings->ca_pem.empty() ? "system" : "given";
  }
  out["sign_in"] = services.feeds.sign_in(feed);
  out["paused"] = feed.paused;
  out["why"] = feed.why.empty() ? json::Value{} : json::Value(feed.why);
  const auto token = services.directory.token(feed.token);
  const auto holder = token ? services.directory.holder(token->holder) : std::nullopt;
  const auto member = holder ? services.directory.member(holder->member) : std::nullopt;
  out["member"] = member ? json::Value(member->name) : json::Value{};
  out["token"] = feed.token.value();
  for (auto& [key, value] : feed::shown(services.feeds.state(feed.id))) out[key] = value;
  if (feed.paused) out["next_poll"] = out["next_compare"] = nullptr;
  return out;
}

/// A host that is an address can be told at once to be out of reach.
Status check_host(const feed::Reach& reach, const std::string& url) {
  const auto parsed = taxii::client::parse_url(url);
  if (!parsed) return parsed.error();
  std::string_view host{parsed->origin};
  host.remove_prefix(std::string_view{"https://"}.size());
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') - 1);
  else
    host = host.substr(0, host.find(':'));
  const bool is_address = host.find(':') != std::string_view::npos ||
                          host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!is_address) return {};
  const auto may = reach.may_connect(host);
  return may ? may : Status{Error{Errc::invalid_input, "'url': " + may.error().detail}};
}

/// The machine that a feed acts as: one of its name may be left from a feed that was removed.
std::uint64_t machine_of(const policy::Directory& directory, MemberId member, const std::string& name,
                         std::vector<circle::Act>& acts) {
  for (const auto& holder : directory.holders_of(member))
    if (holder.machine && holder.name == name) return holder.id.value();
  const auto id = directory.next_holder();
  acts.push_back(hub_act(
      {{"act", "holder"}, {"id", id}, {"member", member.value()}, {"name", name}, {"machine", true}}));
  return id;
}

Result<std::vector<circle::Act>> acts_of_adding(circle::Decider& on, const policy::Principal& principal,
                                                CircleId circle, feed::Asked& asked, feed::Feeds& feeds) {
  const auto& directory = on.directory();
  const auto found = directory.circle(circle);
  if (found == nullptr || !is_inside(principal, *found)) return Error{Errc::not_found, ""};
  TOCSIN_TRY(may_add(directory, principal, circle));
  const auto all = directory.feeds();
  if (find_feed(directory, circle, asked.name))
    return Error{Errc::conflict, "the circle has a feed with this name; remove it first, or choose another"};
  const auto here =
      std::count_if(all.begin(), all.end(), [&](const Feed& feed) { return feed.circle == circle; });
  if (static_cast<std::size_t>(here) >= feed::Feeds::per_circle_max || all.size() >= feed::Feeds::per_hub_max)
    return Error{Errc::conflict, "a circle has at most 20 feeds, and a hub 100"};
  const auto id = directory.next_feed();
  TOCSIN_TRY(feeds.keep_secret(id, asked.secret));
  asked.settings.added = on.now();
  std::vector<circle::Act> acts;
  const auto holder =
      machine_of(directory, principal.member_id(), "feed " + found->name + ' ' + asked.name, acts);
  const auto token = directory.next_token();
  acts.push_back(hub_act({{"act", "token"},
                          {"id", token},
                          {"holder", holder},
                          {"scopes", json::Array{"share"}},
                          {"expires", nullptr}}));
  acts.push_back(hub_act({{"act", "feed"},
                          {"id", id},
                          {"circle", circle.value()},
                          {"name", asked.name},
                          {"token", token},
                          {"settings", feed::to_json(asked.settings)}}));
  return acts;
}

/// Acts on a feed that must still be there, and as it was found.
void govern_feed(const SharedCall& call, const Feed& feed,
                 std::function<Result<std::vector<circle::Act>>(const Feed&)> make, Answer answer) {
  govern(
      call,
      [circle = feed.circle, name = feed.name, make = std::move(make)](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        TOCSIN_TRY(keeps_circle(on.directory(), principal, circle));
        const auto now = find_feed(on.directory(), circle, name);
        if (!now) return Error{Errc::not_found, ""};
        return make(*now);
      },
      std::move(answer));
}

void pause_or_resume(const SharedCall& call, const Feed& feed, bool pauses, const std::string& why,
                     bool accept_removals) {
  if (accept_removals)
    if (const auto accepted = call->services.feeds.accept_removals(feed.id); !accepted)
      return call->refuse(accepted.error());
  govern_feed(
      call, feed,
      [pauses, why](const Feed& now) -> Result<std::vector<circle::Act>> {
        if (now.paused == pauses)
          return Error{Errc::conflict, pauses ? "the feed is paused already" : "the feed is not paused"};
        return std::vector{
            hub_act({{"act", "feed-paused"}, {"id", now.id}, {"paused", pauses}, {"why", why}})};
      },
      [id = feed.id, pauses, accept_removals](Call& done, const std::vector<log::Appended>& appended) {
        if (!pauses)
          done.services.feeds.ask(id, accept_removals ? feed::Feeds::Ask::compare : feed::Feeds::Ask::poll);
        answer_sequence(done, appended);
      });
}

}  // namespace

void list_feeds(SharedCall call) {
  const auto& services = call->services;
  const auto circle = call->sight->circle()->id;
  if (const auto may = keeps_circle(services.directory, call->principal, circle); !may)
    return call->refuse(may.error());
  std::map<std::string, json::Object> listed;
  for (const auto& feed : services.directory.feeds())
    if (feed.circle == circle) listed.emplace(feed.name, feed_json(services, feed));
  answer_page(*call, "feeds", listed);
}

void add_feed(SharedCall call) {
  const auto circle = call->sight->circle()->id;
  if (const auto may = may_add(call->services.directory, call->principal, circle); !may)
    return call->refuse(may.error());
  if (call->request.body.size() > 256 << 10)
    return call->refuse(Error{Errc::invalid_input, "the body is larger than 256 KiB"});
  const auto body = json::parse_object(call->request.body);
  // What stands in the body is secret, so not even the parser's word about it goes back.
  if (!body) return call->refuse(Error{Errc::invalid_input, "the body is no JSON object"});
  auto read = feed::read_asked(*body);
  if (!read) return call->refuse(read.error());
  if (const auto reachable = check_host(call->services.feeds.reach(), read->settings.url); !reachable)
    return call->refuse(reachable.error());
  auto asked = std::make_shared<feed::Asked>(*std::move(read));
  govern(
      call,
      [asked, circle, &feeds = call->services.feeds](circle::Decider& on,
                                                     const policy::Principal& principal) {
        return acts_of_adding(on, principal, circle, *asked, feeds);
      },
      [asked, circle](Call& done, const std::vector<log::Appended>& appended) {
        const auto feed = find_feed(done.services.directory, circle, asked->name);
        done.answer(201, json::dump(feed ? feed_json(done.services, *feed)
                                         : json::Object{{"name", asked->name},
                                                        {"sequence", appended.back().sequence.value()}}));
      });
}

void show_feed(SharedCall call) {
  const auto feed = feed_of(*call);
  if (!feed) return call->refuse(feed.error());
  call->answer(200, json::dump(feed_json(call->services, *feed)));
}

void act_on_feed(SharedCall call) {
  const auto feed = feed_of(*call);
  if (!feed) return call->refuse(feed.error());
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto act = json::text(*body, "act");
  if (!act) return call->refuse(act.error());
  const auto why = why_in(*body);
  if (!why) return call->refuse(why.error());
  const auto accept = json::optional_flag(*body, "accept_removals");
  if (!accept) return call->refuse(accept.error());
  if (*act == "pause" || *act == "resume")
    return pause_or_resume(call, *feed, *act == "pause", *why, *act == "resume" && accept->value_or(false));
  if (*act != "poll" && *act != "compare")
    return call->refuse(Error{Errc::invalid_input, "'act' must be pause, resume, poll or compare"});
  if (feed->paused) return call->refuse(Error{Errc::conflict, "the feed is paused; resume it first"});
  call->services.feeds.ask(feed->id, *act == "poll" ? feed::Feeds::Ask::poll : feed::Feeds::Ask::compare);
  call->answer(202, R"({"asked":true})");
}

void remove_feed(SharedCall call) {
  const auto feed = feed_of(*call);
  if (!feed) return call->refuse(feed.error());
  govern_feed(
      call, *feed,
      [](const Feed& now) -> Result<std::vector<circle::Act>> {
        return std::vector{hub_act({{"act", "feed-removed"}, {"id", now.id}}),
                           hub_act({{"act", "token-revoked"}, {"id", now.token.value()}})};
      },
      answer_sequence);
}

}  // namespace tocsin::api
