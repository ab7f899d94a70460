#pragma once

/// A hub without a network, for tests: real log, views and sequencer in a temporary folder, a clock that the
/// test moves, and requests that go through serve::dispatch.
///
/// Threads: one test, one thread.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/routes.hpp"
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/endings.hpp"
#include "circle/govern.hpp"
#include "circle/replay.hpp"
#include "net/responder_target.hpp"

namespace tocsin::api {

/// What came back.
struct Reply {
  unsigned status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  json::Object object() const {
    auto parsed = json::parse_object(body);
    EXPECT_TRUE(parsed) << status << ' ' << body;
    return parsed ? *std::move(parsed) : json::Object{};
  }
  std::string text(std::string_view key) const { return json::text_or(object(), key); }
  std::uint64_t number(std::string_view key) const { return json::number_or(object(), key); }
  friend bool operator==(const Reply&, const Reply&) = default;
};

class TestHub {
 public:
  TestHub() {
    static std::atomic<int> count{0};
    folder_ = (std::filesystem::temp_directory_path() /
               ("tocsin-api-" + std::to_string(::getpid()) + '-' + std::to_string(count++)))
                  .string();
    std::filesystem::remove_all(folder_);
    open();
    make_operator();
  }
  ~TestHub() {
    close();
    std::filesystem::remove_all(folder_);
  }
  TestHub(const TestHub&) = delete;
  TestHub& operator=(const TestHub&) = delete;

  /// As after a clean stop: everything but the files is made anew.
  void restart() {
    close();
    open();
  }

  /// A request as the server would hand it over. A path may carry a query.
  net::Answer dispatch(std::string_view method, std::string_view target, std::string_view token,
                       std::string body, std::string certificate_sha256 = {}) {
    net::Request request;
    request.method = method;
    request.target = target;
    const auto mark = target.find('?');
    request.path = *net::percent_decode(target.substr(0, mark), false);
    if (mark != std::string_view::npos)
      for (const auto part : split(target.substr(mark + 1), '&')) {
        const auto equals = part.find('=');
        request.query.emplace_back(part.substr(0, equals),
                                   *net::percent_decode(part.substr(equals + 1), true));
      }
    if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + std::string{token});
    request.client_certificate_sha256 = std::move(certificate_sha256);
    request.body = std::move(body);
    auto target_of_answer = std::make_shared<Captured>();
    auto answer = target_of_answer->promise.get_future();
    serve::dispatch(*parts_->services, interfaces_, std::move(request),
                    net::Responder{std::move(target_of_answer)});
    if (answer.wait_for(std::chrono::seconds{60}) != std::future_status::ready) {
      ADD_FAILURE() << method << ' ' << target << " was never answered";
      return {};
    }
    return answer.get();
  }

  Reply call(std::string_view method, std::string_view target, std::string_view token = {},
             std::string body = {}, std::string certificate_sha256 = {}) {
    auto answer = dispatch(method, target, token, std::move(body), std::move(certificate_sha256));
    return {answer.response.status, std::move(answer.response.body), std::move(answer.response.headers)};
  }
  Reply get(std::string_view target, std::string_view token) { return call("GET", target, token); }
  Reply post(std::string_view target, std::string_view token, const json::Object& body = {}) {
    return call("POST", target, token, json::dump(body));
  }
  Reply put(std::string_view target, std::string_view token, const json::Object& body) {
    return call("PUT", target, token, json::dump(body));
  }
  Reply remove(std::string_view target, std::string_view token) { return call("DELETE", target, token); }

  void make_circle(std::string_view name, const json::Object& rules = {}) {
    const auto made =
        post("/api/v1/circles", operator_token(), json::Object{{"name", name}, {"rules", rules}});
    ASSERT_EQ(made.status, 201U) << made.body;
  }

  /// The secret of a new invite that the operator makes. `fields` go over {"name","kind":"company"}.
  std::string invite(std::string_view name, const json::Object& fields) {
    json::Object body{{"name", name}, {"kind", "company"}};
    for (const auto& field : fields) body[field.key()] = field.value();
    const auto made = post("/api/v1/invites", operator_token(), body);
    EXPECT_EQ(made.status, 201U) << made.body;
    return secret_in(made.text("invite_url"));
  }
  static std::string secret_in(const std::string& invite_url) {
    const auto from = invite_url.find("#invite=") + 8;
    return invite_url.substr(from, invite_url.find('&', from) - from);
  }

  Reply redeem(std::string_view secret, std::string_view client_key = "a client's key, 1") {
    return post("/api/v1/join", {},
                json::Object{{"invite", secret},
                             {"client_key", to_base64url(as_bytes(client_key))},
                             {"person", "ada"},
                             {"agreement", "Terms of 2026-11-01"}});
  }
  /// A member that has joined; its administrator's token.
  std::string join(std::string_view name, const json::Object& fields) {
    const auto joined = redeem(invite(name, fields));
    EXPECT_EQ(joined.status, 201U) << joined.body;
    return joined.text("token");
  }

  /// The views' digests as they are, and made anew from the log.
  std::pair<std::string, std::string> digests() {
    const auto digest = [this] {
      std::promise<void> current;
      parts_->follower->when_applied(parts_->log->end(), [&](const Status&) { current.set_value(); });
      current.get_future().wait();
      return to_hex(opened(parts_->views->digest()));
    };
    const std::string live = digest();
    close();
    views::Views::Options views_options;
    views_options.folder = folder_ + "/views";
    EXPECT_TRUE(views::Views::reset(views_options));
    open();
    return {live, digest()};
  }

  /// Objects for which `hold` gives a reason wait for a steward, until the next restart.
  void hold(circle::Brakes brakes) {
    parts_->brakes.replace(std::make_shared<const circle::Brakes>(std::move(brakes)));
  }

  std::string resolver;  ///< the name server to ask from the next restart on

  const std::string& folder() const { return folder_; }
  const std::string& operator_token() const { return operator_token_; }
  ManualClock& clock() { return clock_; }
  const serve::Services& services() const { return *parts_->services; }

 private:
  struct Captured final : net::Responder::Target {
    std::promise<net::Answer> promise;
    void answer(net::Answer answer) override { promise.set_value(std::move(answer)); }
  };

  struct Parts {
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
    serve::Metrics metrics;
    serve::UnderWay writes_under_way{serve::UnderWay::writes_max};
    serve::UnderWay streams_under_way{2};
    serve::Gate gate{serve::Rates{0}, serve::Rates{0}};
    std::unique_ptr<serve::Screening> screening = serve::Screening::make({}).value();
    Published<circle::Brakes> brakes{std::make_shared<const circle::Brakes>(
        [](const stix::Object&, MemberId) { return std::optional<circle::Hold>{}; })};
    std::unique_ptr<serve::Services> services;
  };

  template <class T>
  static T opened(Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().detail);
    return std::move(result).value();
  }

  void open() {
    parts_ = std::make_unique<Parts>();
    Parts& p = *parts_;
    ASSERT_TRUE(system_files().make_folder(folder_));
    p.secrets = opened(serve::Secrets::open(folder_ + "/secrets", {"localhost"}));
    log::Log::Options log_options;
    log_options.folder = folder_ + "/log";
    log_options.clock = &clock_;
    p.log = opened(log::Log::open(log_options, log::Position{~0ULL},
                                  [](const log::Entry&, log::Position) { return Status{}; }));
    views::Views::Options views_options;
    views_options.folder = folder_ + "/views";
    p.views = opened(views::Views::open(views_options));
    p.erasures =
        std::make_unique<circle::Erasures>([&p](std::string_view text) { return p.secrets->mac(text); });
    const auto caught_up =
        circle::catch_up(*p.log, p.views, views_options, p.directory, p.classes, *p.erasures);
    ASSERT_TRUE(caught_up) << caught_up.error().detail;
    p.accesses = opened(circle::Accesses::open(folder_ + "/access", clock_));
    p.doors = opened(circle::Doors::open(folder_ + "/state"));
    p.mappings = std::make_unique<serve::Mappings>(folder_ + "/mappings");
    p.proofs = std::make_unique<serve::Proofs>(resolver);
    p.follower = std::make_unique<circle::Follower>(*p.views);
    p.sequencer =
        std::make_unique<circle::Sequencer>(circle::Sequencer::Options{}, *p.log, *p.views, *p.follower,
                                            p.directory, p.classes, *p.erasures, clock_);
    p.eraser =
        std::make_unique<circle::Eraser>(*p.log, *p.views, *p.follower, *p.sequencer, *p.erasures, clock_);
    p.endings = std::make_unique<circle::Endings>(*p.log, *p.views, *p.sequencer, p.directory, clock_,
                                                  std::chrono::milliseconds{10});
    p.streams =
        std::make_unique<push::Streams>(push::Streams::Options{}, *p.log, p.directory, p.classes, clock_);
    p.sequencer->listen([&p](const std::set<CircleId>& circles, bool rights_changed) {
      p.streams->wake(circles, rights_changed);
    });
    p.feeds = opened(feed::Feeds::open(
        {folder_ + "/feeds", folder_ + "/secrets", {}, 0},
        {*p.log, p.directory, p.classes, *p.sequencer, [&p] { return p.brakes.pin(); }, clock_}));
    p.follower->start();
    p.sequencer->start();
    p.eraser->start();
    p.endings->start();
    p.services.reset(
        new serve::Services{*p.log,
                            *p.views,
                            p.directory,
                            p.classes,
                            *p.sequencer,
                            *p.follower,
                            *p.erasures,
                            *p.eraser,
                            *p.accesses,
                            *p.doors,
                            *p.feeds,
                            *p.streams,
                            *p.secrets,
                            *p.mappings,
                            *p.proofs,
                            p.metrics,
                            clock_,
                            std::make_shared<circle::SightingCounts>(),
                            p.brakes,
                            *p.screening,
                            p.writes_under_way,
                            p.streams_under_way,
                            p.gate,
                            "pin=" + opened(net::public_key_pin(p.secrets->authority().certificate_pem)),
                            "https://hub.example:8443"});
  }

  void close() {
    if (!parts_) return;
    parts_->proofs.reset();
    parts_->mappings.reset();
    parts_->streams->close();
    parts_->eraser->stop();
    parts_->endings->stop();
    parts_->sequencer->stop();
    parts_->follower->stop();
    parts_.reset();
  }

  void make_operator() {
    operator_token_ = serve::Secrets::make_secret();
    std::promise<bool> done;
    ASSERT_TRUE(parts_->sequencer->submit(circle::hub_command(
        [this](circle::Decider&) -> Result<std::vector<circle::Act>> {
          TOCSIN_TRY(parts_->secrets->add_token(TokenId{1}, operator_token_));
          const auto act = [](json::Object fields) {
            return circle::Act{CircleId{}, log::Kind::hub, json::dump(std::move(fields))};
          };
          return std::vector{
              act({{"act", "holder"}, {"id", 1}, {"member", 0}, {"name", "operator"}}),
              act({{"act", "token"}, {"id", 1}, {"holder", 1}, {"scopes", json::Array{"operate"}}})};
        },
        [&done](const Result<std::vector<log::Appended>>& acts) { done.set_value(acts.has_value()); })));
    ASSERT_TRUE(done.get_future().get());
  }

  std::string folder_, operator_token_;
  ManualClock clock_{*parse_rfc3339("2026-11-23T12:00:00Z")};
  const std::vector<serve::Interface> interfaces_{interface()};
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::api
