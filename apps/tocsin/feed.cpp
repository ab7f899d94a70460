#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "output.hpp"
#include "pull_taxii.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

constexpr std::chrono::seconds first_poll_max{20};

struct Options {
  std::string circle, feed, why;
  bool compare = false, accept_removals = false, no_wait = false;
};

struct NewFeed {
  std::string url, collection, user, password_file, token_file, certificate_file, key_file, ca_file, tlp;
  std::string quarantine = "20";
  std::chrono::seconds interval{300}, compare_every{6 * 3600};
};

std::string feeds_path(const Options& options) {
  return circle_path(options.circle) + "/feeds";
}
std::string feed_path(const Options& options) {
  return feeds_path(options) + '/' + path_part(options.feed);
}

bool is_null(const json::Object& feed, std::string_view key) {
  const auto* value = feed.if_contains({key.data(), key.size()});
  return value == nullptr || value->is_null();
}

bool failing(const json::Object& feed) {
  return json::number_or(feed, "failures") > 0;
}

void print_feed(const json::Object& feed) {
  print_line(cell(feed, "name") + "  " + cell(feed, "url") +
             (feed.contains("collection") ? "  " + cell(feed, "collection") : ""));
  print_line("shares for " + cell(feed, "member") + ", signs in with " + cell(feed, "sign_in") +
             ", trusts the authority " + cell(feed, "ca"));
  print_line("every " + cell(feed, "interval_seconds") + " s; compares all every " +
             cell(feed, "compare_seconds") + " s; TLP where there is none: " + cell(feed, "tlp") +
             "; quarantine: " + cell(feed, "quarantine"));
  if (cell(feed, "paused") == "yes")
    print_line("PAUSED: " + cell(feed, "why"));
  else
    print_line("next poll " + cell(feed, "next_poll") + ", next comparison " + cell(feed, "next_compare"));
  print_line("last success " + cell(feed, "last_success") + ", last comparison " +
             cell(feed, "last_compare"));
  print_line("taken " + cell(feed, "taken") + ", held " + cell(feed, "held") + ", refused " +
             cell(feed, "refused") + ", known already " + cell(feed, "duplicates") + ", withdrawn " +
             cell(feed, "withdrawn"));
  if (!is_null(feed, "last_error"))
    print_line((failing(feed) ? "FAILING (" + cell(feed, "failures") + " in a row): "
                              : "last error, " + cell(feed, "last_error_at") + ": ") +
               cell(feed, "last_error"));
  if (!is_null(feed, "last_refusal")) print_line("last refusal: " + cell(feed, "last_refusal"));
  if (!is_null(feed, "last_warning")) print_line("last warning: " + cell(feed, "last_warning"));
}

Result<json::Object> body_of(const Options& options, const NewFeed& feed) {
  json::Object body{{"name", options.feed},
                    {"url", feed.url},
                    {"interval_seconds", feed.interval.count()},
                    {"compare_seconds", feed.compare_every.count()}};
  const auto add = [&body](std::string_view key, const std::string& text) {
    if (!text.empty()) body[key] = text;
  };
  const auto add_file = [&add](std::string_view key, const std::string& path) -> Status {
    auto text = read_secret(path);
    if (!text) return text.error();
    add(key, *text);
    return {};
  };
  add("collection", feed.collection);
  add("user", feed.user);
  add("tlp", feed.tlp);
  TOCSIN_TRY(add_file("password", feed.password_file));
  TOCSIN_TRY(add_file("token", feed.token_file));
  TOCSIN_TRY(add_file("certificate", feed.certificate_file));
  TOCSIN_TRY(add_file("key", feed.key_file));
  TOCSIN_TRY(add_file("ca", feed.ca_file));
  if (feed.quarantine == "all")
    body["quarantine"] = "all";
  else
    body["quarantine"] = std::stoull(feed.quarantine);  // checked by the option
  return body;
}

/// The feed once its first turn is over; as it is when that takes long.
Result<json::Object> first_turn(Session& session, const Options& options, json::Object made) {
  const auto end = std::chrono::steady_clock::now() + first_poll_max;
  while (std::chrono::steady_clock::now() < end) {
    auto shown = session.get(feed_path(options));
    if (!shown) return shown;
    made = *std::move(shown);
    if (!is_null(made, "last_success") || !is_null(made, "last_error")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
  }
  return made;
}

int add_one(const Context& context, const Options& options, const NewFeed& feed) {
  const auto body = body_of(options, feed);
  if (!body) return fail(body.error());
  bool failed = false;
  const int code = answer(
      context,
      [&](Session& session) -> Result<json::Object> {
        auto made = session.post(feeds_path(options), *body);
        if (!made || options.no_wait) return made;
        auto shown = first_turn(session, options, *std::move(made));
        failed = shown && failing(*shown);
        return shown;
      },
      print_feed);
  if (failed) say("the feed is set up, but its first poll failed; it tries again by itself");
  return code == exit_done && failed ? static_cast<int>(exit_refused) : code;
}

void add_add(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto feed = std::make_shared<NewFeed>();
  auto* verb = noun.add_subcommand("add", "follow a collection of another TAXII 2.1 server (stewards)");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("name", options->feed, "what the feed is called here: a-z, 0-9 and -")->required();
  verb->add_option("url", feed->url, "https: of a collection, an API root or a discovery")->required();
  const auto add = [verb](const char* flag, std::string& into, const char* what, const char* type) {
    return verb->add_option(flag, into, what)->type_name(type);
  };
  add("--collection", feed->collection, "its id, alias or title, where the URL leaves a choice", "ID|TITLE");
  auto* user = add("--user", feed->user, "user name, with --password-file", "USER");
  auto* password = add("--password-file", feed->password_file, "the password", "FILE");
  auto* token = add("--token-file", feed->token_file, "a bearer token in place of a password", "FILE");
  auto* certificate = add("--cert", feed->certificate_file, "client certificate (PEM), with --key", "FILE");
  auto* key = add("--key", feed->key_file, "its private key (PEM)", "FILE");
  add("--ca", feed->ca_file, "the only authority to trust (PEM); else the system's", "FILE");
  add("--tlp", feed->tlp, "of objects that carry no TLP marking; else as the circle's rules say", "LEVEL")
      ->check(CLI::IsMember({"clear", "green", "amber", "amber+strict"}));
  add("--quarantine", feed->quarantine, "how many of the first objects wait for a steward; 0 none", "N|all")
      ->capture_default_str()
      ->check(CLI::IsMember({"all"}) | CLI::Range(0, 1'000'000));
  const auto seconds = CLI::AsNumberWithUnit(
      std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
      CLI::AsNumberWithUnit::CASE_SENSITIVE);
  verb->add_option_function<std::int64_t>(
          "--interval", [feed](std::int64_t value) { feed->interval = std::chrono::seconds{value}; },
          "how often it is polled [5m]")
      ->type_name("TIME")
      ->transform(seconds);
  verb->add_option_function<std::int64_t>(
          "--compare", [feed](std::int64_t value) { feed->compare_every = std::chrono::seconds{value}; },
          "how often all of the source is walked, for what it removed [6h]")
      ->type_name("TIME")
      ->transform(seconds);
  verb->add_flag("--no-wait", options->no_wait, "do not wait for the first poll");
  user->needs(password);
  password->needs(user);
  token->excludes(user);
  certificate->needs(key);
  key->needs(certificate);
  verb->callback([&context, options, feed] {
    context.run = [&context, options, feed] { return add_one(context, *options, *feed); };
  });
}

void add_reading(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* list = noun.add_subcommand("list", "the feeds of a circle and how they go (stewards)");
  list->add_option("circle", options->circle)->required();
  list->callback([&context, options] {
    context.run = [&context, options] {
      return print_list(context, feeds_path(*options), "feeds",
                        {{"FEED", "name"},
                         {"URL", "url"},
                         {"PAUSED", "paused"},
                         {"FAILURES", "failures"},
                         {"TAKEN", "taken"},
                         {"HELD", "held"},
                         {"REFUSED", "refused"},
                         {"WITHDRAWN", "withdrawn"},
                         {"LAST SUCCESS", "last_success"},
                         {"NEXT POLL", "next_poll"}});
    };
  });
  auto* show = noun.add_subcommand("show", "one feed: what it follows, how far it is, what went wrong last");
  show->add_option("circle", options->circle)->required();
  show->add_option("feed", options->feed)->required();
  show->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context, [&](Session& session) { return session.get(feed_path(*options)); }, print_feed);
    };
  });
}

int act(const Context& context, const Options& options, json::Object body, std::string_view done) {
  return answer(
      context, [&](Session& session) { return session.post(feed_path(options), body); },
      [&](const json::Object&) { print_line(std::string{done} + ' ' + options.feed); });
}

void add_acts(CLI::App& noun, Context& context) {
  const auto add = [&](const char* name, const char* what, auto run, auto more) {
    auto options = std::make_shared<Options>();
    auto* verb = noun.add_subcommand(name, what);
    verb->add_option("circle", options->circle)->required();
    verb->add_option("feed", options->feed)->required();
    more(*verb, *options);
    verb->callback([&context, options, run] {
      context.run = [&context, options, run] { return run(context, *options); };
    });
  };
  const auto with_why = [](CLI::App& verb, Options& options) {
    verb.add_option("--why", options.why, "for the other stewards")->type_name("TEXT");
  };
  add(
      "pause", "take nothing more for now; what it brought stays",
      [](const Context& on, const Options& options) {
        return act(on, options, {{"act", "pause"}, {"why", options.why}}, "paused");
      },
      with_why);
  add(
      "resume", "go on where it was",
      [](const Context& on, const Options& options) {
        return act(on, options,
                   {{"act", "resume"}, {"why", options.why}, {"accept_removals", options.accept_removals}},
                   "resumed");
      },
      [&](CLI::App& verb, Options& options) {
        with_why(verb, options);
        verb.add_flag("--accept-removals", options.accept_removals,
                      "the source did remove that much: compare now, and withdraw it here");
      });
  add(
      "poll", "ask the source now",
      [](const Context& on, const Options& options) {
        return act(on, options, {{"act", options.compare ? "compare" : "poll"}}, "asked");
      },
      [](CLI::App& verb, Options& options) {
        verb.add_flag("--compare", options.compare, "and walk through all of it, for what it removed");
      });
}

/// What is held of this feed: the reason begins with its name.
Result<std::vector<std::uint64_t>> held_of(Session& session, const Options& options) {
  const auto held = session.get(circle_path(options.circle) + "/held");
  if (!held) return held.error();
  std::vector<std::uint64_t> found;
  const auto* list = held->if_contains("held");
  if (list == nullptr || !list->is_array()) return found;
  for (const auto& one : list->get_array())
    if (one.is_object() && json::text_or(one.get_object(), "rule").starts_with("feed-") &&
        json::text_or(one.get_object(), "reason").starts_with("feed " + options.feed + ": "))
      found.push_back(json::number_or(one.get_object(), "sequence"));
  return found;
}

int decide_all(const Context& context, const Options& options, std::string_view decision) {
  return answer(
      context,
      [&](Session& session) -> Result<json::Object> {
        const auto held = held_of(session, options);
        if (!held) return held.error();
        std::uint64_t decided = 0;
        json::Array stay;
        for (const auto sequence : *held) {
          const json::Value body = json::Object{{"act", decision}, {"why", options.why}};
          const auto path = circle_path(options.circle) + "/held/" + std::to_string(sequence);
          if (const auto done = session.post(path, body); done)
            ++decided;
          else if (done.error().code == Errc::conflict)
            stay.push_back(json::Object{{"sequence", sequence}, {"reason", done.error().detail}});
          else
            return done.error();
        }
        return json::Object{{"decided", decided}, {"not_decided", std::move(stay)}};
      },
      [&](const json::Object& done) {
        print_line(std::string{decision} + " " + cell(done, "decided") + " objects of " + options.feed);
        for (const auto& one : done.at("not_decided").get_array())
          warn(cell(one.get_object(), "sequence") + ": " + cell(one.get_object(), "reason"));
      });
}

void add_decisions(CLI::App& noun, Context& context) {
  for (const auto* decision : {"release", "dismiss"}) {
    auto options = std::make_shared<Options>();
    const std::string what = decision == std::string_view{"release"}
                                 ? "let through everything of the feed that is held"
                                 : "drop everything of the feed that is held";
    auto* verb = noun.add_subcommand(decision, what);
    verb->add_option("circle", options->circle)->required();
    verb->add_option("feed", options->feed)->required();
    verb->add_option("--why", options->why, "for the other stewards")->type_name("TEXT");
    verb->callback([&context, options, decision] {
      context.run = [&context, options, decision] { return decide_all(context, *options, decision); };
    });
  }
}

void add_remove(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("remove", "end it and forget its secret; what it brought stays");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("feed", options->feed)->required();
  verb->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) -> Result<json::Object> {
            auto removed = session.call("DELETE", feed_path(*options));
            if (!removed) return removed.error();
            return removed->is_object() ? removed->get_object() : json::Object{};
          },
          [&](const json::Object&) { print_line("removed " + options->feed); });
    };
  });
}

}  // namespace

void add_feed(CLI::App& circle, Context& context) {
  auto* noun = circle.add_subcommand("feed", "collections of other TAXII servers that the circle follows");
  noun->require_subcommand(1);
  add_add(*noun, context);
  add_reading(*noun, context);
  add_acts(*noun, context);
  add_decisions(*noun, context);
  add_remove(*noun, context);
}

}  // namespace tocsin::cli
