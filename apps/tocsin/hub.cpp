#include "hub/hub.hpp"

#include <arpa/inet.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>

#include "output.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

struct HubOptions {
  hub::Options hub;
  std::string listen = "127.0.0.1:8443";
  bool rebuild_views = false;
};

/// "ADDRESS:PORT", with an IPv6 address in brackets.
Status take_listen(const std::string& text, hub::Options& options) {
  const auto colon = text.rfind(':');
  unsigned port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos || std::from_chars(text.data() + colon + 1, end, port).ptr != end ||
      port > 65535)
    return Error{Errc::invalid_input, "--listen takes ADDRESS:PORT, not '" + text + "'"};
  options.address = text.substr(0, colon);
  if (options.address.size() > 2 && options.address.front() == '[')
    options.address = options.address.substr(1, options.address.size() - 2);
  options.port = static_cast<std::uint16_t>(port);
  return {};
}

std::string is_ipv6(std::string& text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1 ? "" : "'" + text + "' is no address";
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

int rebuild(const Context& context, const std::string& folder) {
  auto digests = hub::Hub::rebuild_views(folder);
  if (!digests) return fail(digests.error());
  const bool same = digests->first == digests->second;
  if (context.json)
    print_json(json::Object{{"before", digests->first}, {"after", digests->second}, {"same", same}});
  else
    print_line("before " + digests->first + "\nafter  " + digests->second +
               (same ? "\nthe same" : "\ndifferent"));
  return same ? exit_done : exit_refused;
}

int serve(const Context& context, const hub::Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  // Before any thread starts, so that all of them leave the signals to this one.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto hub = hub::Hub::open(options);
  if (!hub) return fail(hub.error());
  if (context.json) {
    print_json(json::Object{
        {"url", (*hub)->url()}, {"port", (*hub)->port()}, {"admin", options.folder + "/admin.toml"}});
  } else {
    print_line("listening on " + (*hub)->url());
    if ((*hub)->first_start())
      print_line("first start: the operator's profile is " + options.folder + "/admin.toml");
  }
  std::fflush(stdout);
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    if (const Status reloaded = (*hub)->reload(); reloaded)
      say("the certificate was read again");
    else
      say("the old certificate stays: " + reloaded.error().detail);
  }
  say("stopping");
  (*hub)->stop();
  return exit_done;
}

}  // namespace

void add_hub(CLI::App& root, Context& context) {
  auto options = std::make_shared<HubOptions>();
  auto* verb = root.add_subcommand("hub", "Run a hub")->group(group_start);
  verb->add_option("--data", options->hub.folder, "The hub's folder; made at the first start")->required();
  verb->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 takes any free one")
      ->capture_default_str();
  verb->add_option("--public-url", options->hub.public_url, "The address that members use, if it is another");
  verb->add_option("--name", options->hub.names, "Further names for the hub's certificate")->delimiter(',');
  auto* certificate =
      verb->add_option("--certificate", options->hub.certificate_file,
                       "A certificate chain of a public authority, PEM; SIGHUP reads it again");
  auto* key = verb->add_option("--key", options->hub.key_file, "Its private key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  verb->add_option("--warning-lists", options->hub.warning_lists,
                   "A folder or file of lists in MISP's format");
  verb->add_option("--screen-policy", options->hub.screen_policy,
                   "What the hub's screen does otherwise than the built-in policy, TOML");
  verb->add_option("--resolver", options->hub.resolver,
                   "The name server that shows members' assets; the system's when not given")
      ->type_name("ADDRESS:PORT");
  verb->add_option("--feed-networks", options->hub.feed_networks,
                   "Networks that feeds may reach beside the public Internet, such as 10.1.0.0/16")
      ->type_name("ADDRESS/BITS")
      ->delimiter(',');
  verb->add_option("--provider", options->hub.providers,
                   "A file that names an OpenID provider where people may sign in; may be repeated");
  verb->add_option("--threads", options->hub.threads, "Threads that serve")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  verb->add_option("--requests-per-minute", options->hub.requests_per_minute,
                   "How often one member may ask before it is told to wait (429); 0: no limit")
      ->capture_default_str();
  verb->add_option("--address-requests-per-minute", options->hub.address_requests_per_minute,
                   "The same for one address without valid credentials")
      ->capture_default_str();
  verb->add_option("--proxy", options->hub.proxies,
                   "Addresses of reverse proxies whose X-Forwarded-For is believed; nobody else's is")
      ->delimiter(',')
      ->check(CLI::ValidIPV4 | CLI::Validator{is_ipv6, "IPV6"});
  verb->add_flag("--rebuild-views", options->rebuild_views,
                 "Make the views anew from the log, compare, and end");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      if (options->rebuild_views) return rebuild(context, options->hub.folder);
      if (Status listen = take_listen(options->listen, options->hub); !listen) {
        (void)fail(listen.error());
        return static_cast<int>(exit_usage);
      }
      return serve(context, options->hub);
    };
  });
}

}  // namespace tocsin::cli
