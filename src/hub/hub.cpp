#include "hub/hub.hpp"

#include <fcntl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "api/routes.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/json.hpp"
#include "circle/endings.hpp"
#include "circle/erase.hpp"
#include "circle/govern.hpp"
#include "circle/replay.hpp"
#include "hub/brakes.hpp"
#include "net/response.hpp"
#include "serve/dispatch.hpp"
#include "signin/server.hpp"
#include "taxii/server.hpp"

namespace tocsin::hub {
namespace {

constexpr std::size_t body_bytes_max = 16 << 20;
constexpr std::size_t connections_per_address_max = 16'000;

/// Held while a hub has the folder open.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& folder) {
    const std::string path = folder + "/lock";
    FolderLock lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (lock.fd_ < 0) return Error{Errc::unavailable, path + ": cannot be opened"};
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
      return Error{Errc::conflict, folder + ": another hub has it open"};
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit FolderLock(int fd) : fd_{fd} {}
  int fd_;
};

views::Views::Options views_at(const std::string& folder) {
  views::Views::Options options;
  options.folder = folder + "/views";
  return options;
}

Result<std::unique_ptr<log::Log>> open_log(const std::string& folder) {
  log::Log::Options options;
  options.folder = folder + "/log";
  // Followers catch up by scan() once the log can be read; nothing is replayed while it opens.
  return log::Log::open(options, log::Position{~0ULL},
                        [](const log::Entry&, log::Position) { return Status{}; });
}

Result<std::unique_ptr<views::Views>> open_views(const views::Views::Options& options) {
  auto views = views::Views::open(options);
  if (views || views.error().code != Errc::corrupt) return views;
  spdlog::warn("the views cannot be read and are made anew: {}", views.error().detail);
  TOCSIN_TRY(views::Views::reset(options));
  return views::Views::open(options);
}

/// What no interface gets to see, in the words of the one that the target is for.
net::Response refusal(std::string_view target, unsigned status, std::string_view detail,
                      net::Response (*otherwise)(unsigned, std::string_view) = net::problem) {
  auto worded = taxii::Server::refusal(target, status, detail);
  return worded ? *std::move(worded) : otherwise(status, detail);
}

}  // namespace

struct Hub::Parts {
  explicit Parts(FolderLock taken) : lock{std::move(taken)} {}

  FolderLock lock;
  Options options;
  std::string url;
  bool first_start = false;
  std::unique_ptr<serve::Secrets> secrets;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<views::Views> views;
  policy::Directory directory;
  circle::Classes classes;
  std::unique_ptr<circle::Erasures> erasures;
  std::unique_ptr<circle::Accesses> accesses;
  std::unique_ptr<circle::Doors> doors;
  std::unique_ptr<circle::Follower> follower;
  std::unique_ptr<circle::Sequencer> sequencer;
  std::unique_ptr<circle::Eraser> eraser;
  std::unique_ptr<circle::Endings> endings;
  std::unique_ptr<push::Streams> streams;
  std::unique_ptr<serve::Mappings> mappings;
  std::unique_ptr<serve::Proofs> proofs;
  std::unique_ptr<feed::Feeds> feeds;
  std::unique_ptr<Brakes> brakes;
  std::unique_ptr<serve::Screening> screening;
  serve::Metrics metrics;
  serve::UnderWay writes_under_way{serve::UnderWay::writes_max};
  serve::UnderWay streams_under_way{serve::UnderWay::streams_max};
  std::unique_ptr<serve::Gate> gate;
  std::unique_ptr<serve::Services> services;
  std::unique_ptr<taxii::Server> taxii;
  std::unique_ptr<signin::Server> signin;
  std::vector<serve::Interface> interfaces;  // complete before anything is served
  std::atomic<bool> serving{false};
  std::unique_ptr<net::Server> server;

  Status open_secrets();
  Status open_stores();
  Status open_feeds();
  Status open_interfaces();
  Status start_writing();
  Status make_operator();
  Result<net::KeyAndCertificate> certificate() const;
  Result<std::string> trust() const;
  Status serve();
  void stop();
};

Status Hub::Parts::open_secrets() {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  if (options.address != "127.0.0.1" && options.address != "0.0.0.0" && options.address != "::")
    names.push_back(options.address);
  names.insert(names.end(), options.names.begin(), options.names.end());
  auto opened_secrets = serve::Secrets::open(options.folder + "/secrets", names);
  if (!opened_secrets) return std::move(opened_secrets).error();
  secrets = *std::move(opened_secrets);
  return {};
}

Status Hub::Parts::open_stores() {
  auto opened_log = open_log(options.folder);
  if (!opened_log) return in_context("log", std::move(opened_log).error());
  log = *std::move(opened_log);
  auto opened_views = open_views(views_at(options.folder));
  if (!opened_views) return in_context("views", std::move(opened_views).error());
  views = *std::move(opened_views);
  erasures = std::make_unique<circle::Erasures>([this](std::string_view text) { return secrets->mac(text); });
  TOCSIN_TRY(circle::catch_up(*log, views, views_at(options.folder), directory, classes, *erasures));
  auto opened_accesses = circle::Accesses::open(options.folder + "/access", system_clock());
  if (!opened_accesses) return std::move(opened_accesses).error();
  accesses = *std::move(opened_accesses);
  auto opened_doors = circle::Doors::open(options.folder + "/state");
  if (!opened_doors) return std::move(opened_doors).error();
  doors = *std::move(opened_doors);
  mappings = std::make_unique<serve::Mappings>(options.folder + "/mappings");
  proofs = std::make_unique<serve::Proofs>(options.resolver);
  taxii::Server::Options taxii_options;
  taxii_options.folder = options.folder + "/statuses";
  taxii_options.content_bytes_max = body_bytes_max;
  auto opened_taxii = taxii::Server::open(std::move(taxii_options));
  if (!opened_taxii) return in_context("taxii", std::move(opened_taxii).error());
  taxii = *std::move(opened_taxii);
  auto loaded_brakes = Brakes::load(options.warning_lists, directory);
  if (!loaded_brakes) return std::move(loaded_brakes).error();
  brakes = *std::move(loaded_brakes);
  std::string screen_policy;
  if (!options.screen_policy.empty()) {
    auto text = read_file(options.screen_policy, 1 << 20);
    if (!text) return in_context("screen policy", std::move(text).error());
    screen_policy = *std::move(text);
  }
  auto made_screening = serve::Screening::make(std::move(screen_policy));
  if (!made_screening) return in_context(options.screen_policy, std::move(made_screening).error());
  screening = *std::move(made_screening);
  return {};
}

Status Hub::Parts::open_feeds() {
  feed::Feeds::Options feed_options;
  feed_options.folder = options.folder + "/feeds";
  feed_options.secrets = options.folder + "/secrets";
  for (const auto& network : options.feed_networks)
    if (const Status allowed = feed_options.reach.allow(network); !allowed)
      return in_context("--feed-networks", allowed.error());
  auto opened = feed::Feeds::open(
      std::move(feed_options),
      {*log, directory, classes, *sequencer, [this] { return brakes->published().pin(); }, system_clock()});
  if (!opened) return in_context("feeds", std::move(opened).error());
  feeds = *std::move(opened);
  return {};
}

Status Hub::Parts::open_interfaces() {
  signin::Server::Options signin_options;
  signin_options.folder = options.folder + "/signin";
  signin_options.public_url = url;
  for (const auto& file : options.providers) {
    auto provider = signin::load_provider(file);
    if (!provider) return std::move(provider).error();
    for (const auto& other : signin_options.providers)
      if (other.name == provider->name || other.issuer == provider->issuer)
        return Error{Errc::invalid_input, file + ": another provider has this name or issuer"};
    signin_options.providers.push_back(*std::move(provider));
  }
  auto opened_signin = signin::Server::open(std::move(signin_options), directory);
  if (!opened_signin) return in_context("sign-in", std::move(opened_signin).error());
  signin = *std::move(opened_signin);
  interfaces.push_back(taxii->interface());
  interfaces.push_back(signin->interface());
  interfaces.push_back(api::interface());
  return {};
}

Status Hub::Parts::start_writing() {
  follower = std::make_unique<circle::Follower>(*views);
  sequencer = std::make_unique<circle::Sequencer>(circle::Sequencer::Options{}, *log, *views, *follower,
                                                  directory, classes, *erasures, system_clock());
  eraser = std::make_unique<circle::Eraser>(*log, *views, *follower, *sequencer, *erasures, system_clock());
  endings = std::make_unique<circle::Endings>(*log, *views, *sequencer, directory, system_clock());
  streams =
      std::make_unique<push::Streams>(push::Streams::Options{}, *log, directory, classes, system_clock());
  TOCSIN_TRY(open_feeds());
  streams->ask_before([this](const policy::Principal& principal, CircleId circle, Sequence first) {
    return accesses->admit(principal, circle, {"stream", "", first, Sequence{}});
  });
  streams->on_sent([this](const policy::Principal& principal, CircleId circle, const std::string& sensor,
                          Sequence sequence, Timestamp newest) {
    doors->sent(circle, principal.token, sensor, sequence);
    metrics.durable_to_pushed.record(system_clock().now() - newest);
  });
  sequencer->listen([this](const std::set<CircleId>& circles, bool rights_changed) {
    if (rights_changed) brakes->refresh(directory);
    streams->wake(circles, rights_changed);
    if (rights_changed) feeds->wake();
    if (!rights_changed || signin == nullptr) return;
    if (const Status swept = signin->sweep(); !swept) spdlog::warn("sign-in: {}", swept.error().detail);
  });
  follower->start();
  sequencer->start();
  eraser->start();
  endings->start();
  if (!directory.token(TokenId{1})) TOCSIN_TRY(make_operator());
  return {};
}

/// The first start: an operator, and the profile that is its key.
Status Hub::Parts::make_operator() {
  const std::string secret = serve::Secrets::make_secret();
  std::promise<Status> done;
  auto command = circle::hub_command(
      [&](circle::Decider& on) -> Result<std::vector<circle::Act>> {
        const auto holder = on.directory().next_holder();
        const auto token = on.directory().next_token();
        TOCSIN_TRY(secrets->add_token(TokenId{token}, secret));
        const CircleId hub_log{0};
        return std::vector<circle::Act>{
            {hub_log, log::Kind::hub,
             json::dump(
                 json::Object{{"act", "holder"}, {"id", holder}, {"member", 0}, {"name", "operator"}})},
            {hub_log, log::Kind::hub,
             json::dump(json::Object{{"act", "token"},
                                     {"id", token},
                                     {"holder", holder},
                                     {"scopes", json::Array{"administer", "operate"}}})}};
      },
      [&](const Result<std::vector<log::Appended>>& appended) {
        done.set_value(appended ? Status{} : Status{appended.error()});
      });
  TOCSIN_CHECK(sequencer->submit(std::move(command)), "an idle sequencer takes its first command");
  TOCSIN_TRY(done.get_future().get());
  first_start = true;
  const std::string profile =
      "# An operator's profile of this hub. Whoever has it runs the hub.\noperator = true\nurl = \"" + url +
      "\"\ntoken = \"" + secret + "\"\n" +
      (options.certificate_file.empty() ? "ca_pem = '''\n" + secrets->authority().certificate_pem + "'''\n"
                                        : std::string{});
  return write_file(options.folder + "/admin.toml", profile, 0600);
}

/// The chain and its key: given ones, or those of the hub's own authority.
Result<net::KeyAndCertificate> Hub::Parts::certificate() const {
  if (options.certificate_file.empty())
    return net::KeyAndCertificate{secrets->server().key_pem,
                                  secrets->server().certificate_pem + secrets->authority().certificate_pem};
  auto chain = read_file(options.certificate_file, 1 << 20);
  if (!chain) return in_context("certificate", std::move(chain).error());
  auto key = read_file(options.key_file, 1 << 20);
  if (!key) return in_context("key", std::move(key).error());
  return net::KeyAndCertificate{*std::move(key), *std::move(chain)};
}

/// How an invite says whom to trust.
Result<std::string> Hub::Parts::trust() const {
  if (!options.certificate_file.empty()) return std::string{"trust=system"};
  auto pin = net::public_key_pin(secrets->authority().certificate_pem);
  if (!pin) return std::move(pin).error();
  return "pin=" + *pin;
}

Status Hub::Parts::serve() {
  auto shown = certificate();
  if (!shown) return std::move(shown).error();
  net::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.port;
  server_options.threads = options.threads;
  server_options.certificate_chain_pem = shown->certificate_pem;
  server_options.private_key_pem = shown->key_pem;
  server_options.client_ca_pem = secrets->client_authority().certificate_pem;
  server_options.body_bytes_max = body_bytes_max;
  // No address, but a named proxy's, takes all the places there are.
  if (options.proxies.empty()) server_options.connections_per_address_max = connections_per_address_max;
  server_options.refuser = [](std::string_view target, unsigned status, std::string_view detail) {
    return refusal(target, status, detail);
  };
  auto started =
      net::Server::start(std::move(server_options), [this](net::Request request, net::Responder responder) {
        if (serving.load(std::memory_order_acquire))
          serve::dispatch(*services, interfaces, std::move(request), std::move(responder));
        else
          responder.send(refusal(request.target, 503, "the hub is starting", serve::problem));
      });
  if (!started) return std::move(started).error();
  server = *std::move(started);
  const bool is_v6 = options.address.find(':') != std::string::npos;
  const std::string host = is_v6 ? '[' + options.address + ']' : options.address;
  url = options.public_url.empty() ? "https://" + host + ':' + std::to_string(server->port())
                                   : options.public_url;
  return {};
}

void Hub::Parts::stop() {
  if (streams) streams->close();
  if (feeds) feeds->stop();
  if (server) server->stop(std::chrono::seconds{5});
  proofs.reset();
  mappings.reset();
  if (signin) signin->stop();
  if (eraser) eraser->stop();
  if (endings) endings->stop();
  if (sequencer) sequencer->stop();
  if (follower) follower->stop();
  if (doors) (void)doors->flush();
  if (views) (void)views->flush();
  if (log) (void)log->checkpoint();
  server.reset();
}

Hub::Hub(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}
Hub::~Hub() {
  stop();
}

Result<std::unique_ptr<Hub>> Hub::open(const Options& options) {
  // Standard output belongs to whoever starts a hub: scripts read there where it listens.
  static const bool speaks_on_stderr = [] {
    spdlog::default_logger()->sinks() = {std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    return true;
  }();
  (void)speaks_on_stderr;
  TOCSIN_TRY(system_files().make_folder(options.folder));
  auto lock = FolderLock::take(options.folder);
  if (!lock) return std::move(lock).error();
  auto parts = std::make_unique<Parts>(*std::move(lock));
  parts->options = options;
  parts->gate.reset(new serve::Gate{serve::Rates{options.requests_per_minute},
                                    serve::Rates{options.address_requests_per_minute}, options.proxies});
  TOCSIN_TRY(parts->open_secrets());
  TOCSIN_TRY(parts->serve());  // first, so that the address is known, and taken only once
  TOCSIN_TRY(parts->open_stores());
  TOCSIN_TRY(parts->open_interfaces());
  TOCSIN_TRY(parts->start_writing());
  auto trust = parts->trust();
  if (!trust) return std::move(trust).error();
  parts->services.reset(new serve::Services{*parts->log,
                                            *parts->views,
                                            parts->directory,
                                            parts->classes,
                                            *parts->sequencer,
                                            *parts->follower,
                                            *parts->erasures,
                                            *parts->eraser,
                                            *parts->accesses,
                                            *parts->doors,
                                            *parts->feeds,
                                            *parts->streams,
                                            *parts->secrets,
                                            *parts->mappings,
                                            *parts->proofs,
                                            parts->metrics,
                                            system_clock(),
                                            std::make_shared<circle::SightingCounts>(),
                                            parts->brakes->published(),
                                            *parts->screening,
                                            parts->writes_under_way,
                                            parts->streams_under_way,
                                            *parts->gate,
                                            *std::move(trust),
                                            parts->url,
                                            parts->signin.get(),
                                            parts->brakes->lines()});
  parts->serving.store(true, std::memory_order_release);
  parts->feeds->start();
  return std::unique_ptr<Hub>{new Hub{std::move(parts)}};
}

std::uint16_t Hub::port() const {
  return parts_->server ? parts_->server->port() : 0;
}
const std::string& Hub::url() const {
  return parts_->url;
}
bool Hub::first_start() const {
  return parts_->first_start;
}
Status Hub::reload() {
  auto shown = parts_->certificate();
  if (!shown) return std::move(shown).error();
  return parts_->server->use_certificate(shown->certificate_pem, shown->key_pem);
}
void Hub::stop() {
  parts_->stop();
}

Result<std::pair<std::string, std::string>> Hub::rebuild_views(const std::string& folder) {
  auto lock = FolderLock::take(folder);
  if (!lock) return std::move(lock).error();
  auto log = open_log(folder);
  if (!log) return in_context("log", std::move(log).error());
  const auto options = views_at(folder);
  std::string before = "unreadable";
  const auto digest_now = [&]() -> Result<std::string> {
    auto views = views::Views::open(options);
    if (!views) return std::move(views).error();
    policy::Directory directory;
    circle::Classes classes;
    // Tombstones are no part of the views, so no key is needed.
    circle::Erasures erasures{[](std::string_view) { return Hash{}; }};
    TOCSIN_TRY(circle::catch_up(**log, *views, options, directory, classes, erasures));
    TOCSIN_TRY((*views)->flush());
    auto digest = (*views)->digest();
    if (!digest) return std::move(digest).error();
    return to_hex(*digest);
  };
  if (auto digest = digest_now()) before = *std::move(digest);
  TOCSIN_TRY(views::Views::reset(options));
  auto after = digest_now();
  if (!after) return std::move(after).error();
  return std::pair{before, *std::move(after)};
}

Result<std::uint64_t> Hub::erase_again(const std::string& folder, const std::vector<Erased>& erased) {
  auto lock = FolderLock::take(folder);
  if (!lock) return std::move(lock).error();
  Parts parts{*std::move(lock)};
  parts.options.folder = folder;
  TOCSIN_TRY(parts.open_secrets());
  TOCSIN_TRY(parts.open_stores());
  TOCSIN_TRY(parts.start_writing());
  std::uint64_t count = 0;
  Status status;
  for (const auto& each : erased) {
    std::promise<Result<std::vector<Sequence>>> written;
    TOCSIN_CHECK(parts.sequencer->submit(circle::repeat_erasure_command(
                     {each.circle, each.sequence}, each.commitment,
                     [&](Result<std::vector<Sequence>> entries) { written.set_value(std::move(entries)); })),
                 "an idle sequencer takes a command");
    auto entries = written.get_future().get();
    if (!entries && entries.error().code == Errc::not_found) continue;  // newer than the backup
    if (!entries) {
      status = std::move(entries).error();
      break;
    }
    count += entries->size();
  }
  if (status) {
    std::promise<Status> done;
    std::vector<Sequence> none;
    parts.eraser->when_done(CircleId{}, none, [&](const Status& each) { done.set_value(each); });
    status = done.get_future().get();
  }
  parts.stop();
  if (!status) return std::move(status).error();
  return count;
}

}  // namespace tocsin::hub
