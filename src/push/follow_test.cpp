#include "push/follow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "net/certificates.hpp"
#include "net/server.hpp"
#include "push/client_testing.hpp"

namespace tocsin::push {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PushedLog;

TEST(EventReader, GivesTheExactBytesAndChecksThem) {
  PushedLog log;
  const std::string object = R"({"id":"indicator--1","n":1.50,"t":"a\u00e9\"}"})";
  const auto& pushed = log.add_object(object);
  EventReader reader;
  const auto event = reader.read("object", pushed.data);
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->content, object);
  EXPECT_EQ(event->sequence, Sequence{1});
  EXPECT_EQ(event->commitment, pushed.position.commitment);
  EXPECT_EQ(read_attributes(event->attributes)->tlp, "amber");
  const auto withdrawal = reader.read({}, log.add_withdrawal("indicator--1", "wrong \"again\"").data);
  ASSERT_TRUE(withdrawal) << withdrawal.error().detail;
  EXPECT_EQ(withdrawal->withdrawn, "indicator--1");
  EXPECT_EQ(withdrawal->why, "wrong \"again\"");
}

// Goal:   nothing that the commitment covers can be changed unseen.
// Method: every byte of an event's data changed in turn; what is still read must be what was sent.
TEST(EventReader, RefusesAnyChangedByte) {
  PushedLog log;
  const auto& pushed = log.add_withdrawal("indicator--1", "why");
  EventReader learned;
  const auto truth = learned.read("withdrawal", pushed.data);
  ASSERT_TRUE(truth);
  for (std::size_t i = 0; i < pushed.data.size(); ++i) {
    std::string changed = pushed.data;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EventReader reader;
    ASSERT_TRUE(reader.read("withdrawal", pushed.data));  // the circle's number is known from here
    const auto event = reader.read("withdrawal", changed);
    if (!event) continue;
    // The circle's UUID and the case of hexadecimal digits are not under the commitment.
    EXPECT_EQ(event->content, truth->content) << changed;
    EXPECT_EQ(event->withdrawn, truth->withdrawn) << changed;
    EXPECT_EQ(event->commitment, truth->commitment) << changed;
    EXPECT_EQ(event->sequence, truth->sequence) << changed;
    EXPECT_EQ(event->date_added, truth->date_added) << changed;
  }
}

/// Plays a hub: one script per connection, given by the test.
class Hub {
 public:
  struct Script {
    std::string bytes;  ///< sent at once
    bool end = true;    ///< then ends; else stays silent
    unsigned status = 200;
  };
  using Play = std::function<Script(const net::Request&, std::size_t connection)>;

  explicit Hub(Play play) : play_{std::move(play)} {
    const auto authority = net::make_authority("Test authority", std::chrono::days{2});
    auto certificate = net::issue_server_certificate(authority, {"127.0.0.1"}, std::chrono::days{2});
    net::ServerOptions options;
    options.port = 0;
    options.certificate_chain_pem = certificate->certificate_pem;
    options.private_key_pem = certificate->key_pem;
    server_ = *net::Server::start(options, [this](net::Request request, net::Responder to) {
      answer(std::move(request), std::move(to));
    });
    client_.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    client_.ca_pem = authority.certificate_pem;
  }

  Subscription::Options options() const {
    Subscription::Options options;
    options.client = client_;
    options.circle = "energy";
    options.wait_first = 5ms;
    options.wait_max = 20ms;
    options.acknowledge_interval = 20ms;
    return options;
  }
  std::vector<std::string> acknowledgements() const {
    std::scoped_lock lock{mutex_};
    return acknowledgements_;
  }
  std::size_t connections() const {
    std::scoped_lock lock{mutex_};
    return connections_;
  }

 private:
  class Source final : public net::StreamSource {
   public:
    explicit Source(Script script) : script_{std::move(script)} {}
    void start(net::Waker) override {}
    Chunk pull() override {
      if (said_) return {nullptr, 10s, script_.end};
      said_ = true;
      return {std::make_shared<const std::string>(script_.bytes), 10s, script_.end};
    }

   private:
    const Script script_;
    bool said_ = false;
  };

  void answer(net::Request request, net::Responder to) {
    std::size_t connection = 0;
    {
      std::scoped_lock lock{mutex_};
      if (request.method == "POST") {
        acknowledgements_.push_back(request.body);
        return to.send({204, {}, ""});
      }
      connection = connections_++;
    }
    auto script = play_(request, connection);
    if (script.status != 200) return to.send({script.status, {}, "{}"});
    to.stream({200, {{"Content-Type", "text/event-stream"}}, ""},
              std::make_unique<Source>(std::move(script)));
  }

  const Play play_;
  net::ClientOptions client_;
  mutable std::mutex mutex_;
  std::vector<std::string> acknowledgements_;  // guarded by mutex_
  std::size_t connections_ = 0;                // guarded by mutex_
  std::unique_ptr<net::Server> server_;        // last: its threads use all of the above
};

/// Notes everything, and stops when the test says so.
class Notes final : public Listener {
 public:
  std::function<bool(const Notes&)> enough;
  Subscription* subscription = nullptr;
  std::vector<std::uint64_t> sequences;
  std::vector<std::string> resets;
  std::vector<Condition> conditions;
  std::string detail;

  void on_event(const Event& event) override {
    sequences.push_back(event.sequence.value());
    look();
  }
  void on_reset(std::string_view reason) override {
    resets.emplace_back(reason);
    sequences.clear();
  }
  void on_state(const State& state) override {
    conditions.push_back(state.condition);
    if (!state.detail.empty()) detail = state.detail;
    look();
  }
  void on_position(const Position&) override { look(); }
  bool was(Condition condition) const {
    return std::find(conditions.begin(), conditions.end(), condition) != conditions.end();
  }

 private:
  void look() {
    if (enough(*this)) subscription->stop();
  }
};

void follow(Subscription::Options options, Notes& notes, std::function<bool(const Notes&)> enough) {
  notes.enough = std::move(enough);
  Subscription subscription{std::move(options), notes};
  notes.subscription = &subscription;
  std::atomic<bool> ended{false};
  std::thread late{[&] {  // a test that would never end fails instead
    for (int i = 0; i < 1000 && !ended; ++i) std::this_thread::sleep_for(10ms);
    subscription.stop();
  }};
  subscription.run();
  ended = true;
  late.join();
}

PushedLog some_log(int entries) {
  PushedLog log;
  for (int i = 1; i <= entries; ++i) log.add_object(R"({"id":"indicator--)" + std::to_string(i) + R"("})");
  return log;
}

/// The events after what the request names, cut at `bytes_max` wherever that is.
std::string events_after(const PushedLog& log, const net::Request& request,
                         std::size_t bytes_max = ~std::size_t{0}) {
  const auto from = request.parameter("from");
  std::string out;
  for (std::size_t i = from ? std::stoull(std::string{*from}) : 0; i < log.events().size(); ++i)
    out += log.events()[i].text();
  return out.substr(0, bytes_max);
}

// Goal:   broken connections lose nothing and repeat nothing.
// Method: 40 entries; each connection is cut after 1,500 bytes, mostly inside an event.
TEST(Subscription, ResumesAfterEachBreakWithoutLossOrRepeat) {
  const auto log = some_log(40);
  Hub hub{[&](const net::Request& request, std::size_t) {
    if (const auto from = request.parameter("from")) {
      const auto& at = log.events()[std::stoull(std::string{*from}) - 1].position;
      EXPECT_EQ(request.parameter("commitment"), to_hex(at.commitment));
    }
    return Hub::Script{events_after(log, request, 1500)};
  }};
  Notes notes;
  follow(hub.options(), notes, [](const Notes& so_far) { return so_far.sequences.size() >= 40; });
  std::vector<std::uint64_t> all(40);
  std::generate(all.begin(), all.end(), [n = 0]() mutable { return static_cast<std::uint64_t>(++n); });
  EXPECT_EQ(notes.sequences, all);
  EXPECT_GT(hub.connections(), 5U);
  EXPECT_TRUE(notes.was(Condition::stale));
}

TEST(Subscription, BeginsWhereItIsToldAndSaysWhenItIsLive) {
  const auto log = some_log(5);
  Hub hub{[&](const net::Request& request, std::size_t) {
    EXPECT_EQ(request.parameter("from"), "3");
    EXPECT_EQ(request.parameter("sensor"), "edge 1");
    return Hub::Script{events_after(log, request) + "event: live\ndata: " + log.position_json(4) + "\n\n",
                       false};
  }};
  Notes notes;
  auto options = hub.options();
  options.from = log.events()[2].position;
  options.sensor = "edge 1";
  follow(options, notes, [](const Notes& so_far) { return so_far.was(Condition::live); });
  EXPECT_THAT(notes.sequences, ElementsAre(4, 5));
  EXPECT_THAT(notes.conditions, ElementsAre(Condition::connecting, Condition::connected, Condition::live));
  ASSERT_FALSE(hub.acknowledgements().empty());
  EXPECT_THAT(hub.acknowledgements().back(), HasSubstr(R"({"sensor":"edge 1","sequence":5,"commitment":")" +
                                                       to_hex(log.events()[4].position.commitment)));
}

TEST(Subscription, ARestoredHubMakesItBeginAnew) {
  const auto old_log = some_log(3);
  PushedLog new_log{"another salt ..."};
  for (const auto* id : {"a", "b"}) new_log.add_object(R"({"id":")" + std::string{id} + R"("})");
  Hub hub{[&](const net::Request& request, std::size_t connection) {
    if (connection == 0) return Hub::Script{events_after(old_log, request)};
    return Hub::Script{"event: reset\ndata: {\"reason\":\"another-log\"}\n\n" + new_log.events()[0].text() +
                           new_log.events()[1].text(),
                       false};
  }};
  Notes notes;
  follow(hub.options(), notes,
         [](const Notes& so_far) { return so_far.resets.size() == 1 && so_far.sequences.size() == 2; });
  EXPECT_THAT(notes.resets, ElementsAre("another-log"));
  EXPECT_THAT(notes.sequences, ElementsAre(1, 2));
}

TEST(Subscription, AfterChangedRightsItConnectsWithoutAPosition) {
  const auto log = some_log(2);
  Hub hub{[&](const net::Request& request, std::size_t connection) {
    if (connection == 0)
      return Hub::Script{events_after(log, request) +
                         "event: reset\ndata: {\"reason\":\"rights-changed\"}\n\n"};
    EXPECT_FALSE(request.parameter("from"));
    return Hub::Script{"", true, 404};
  }};
  Notes notes;
  follow(hub.options(), notes, [](const Notes& so_far) { return so_far.was(Condition::denied); });
  EXPECT_THAT(notes.resets, ElementsAre("rights-changed"));
  EXPECT_THAT(notes.detail, HasSubstr("404"));
}

TEST(Subscription, NeverDeliversWhatBreaksTheOrderOrTheCommitment) {
  const auto log = some_log(3);
  const auto other = [] {
    PushedLog made{"another salt ..."};
    for (int i = 1; i <= 3; ++i) made.add_object(R"({"id":"indicator--x"})");
    return made;
  }();
  std::string changed = log.events()[1].text();
  changed.replace(changed.find("indicator--2"), 12, "indicator--9");
  for (const auto& second :
       {changed, log.events()[0].text(), other.events()[1].text(), std::string{"event: object\ndata: {\n\n"},
        "event: heartbeat\ndata: " + other.position_json(0) + "\n\n"}) {
    Hub hub{[&](const net::Request& request, std::size_t connection) {
      if (connection == 0)
        return Hub::Script{log.events()[0].text() + second + log.events()[2].text(), false};
      return Hub::Script{events_after(log, request), false};
    }};
    Notes notes;
    follow(hub.options(), notes, [](const Notes& so_far) { return so_far.sequences.size() >= 3; });
    EXPECT_THAT(notes.sequences, ElementsAre(1, 2, 3)) << second;
    EXPECT_TRUE(notes.was(Condition::distrusted)) << second;
  }
}

TEST(Subscription, SilenceIsABrokenConnection) {
  const auto log = some_log(2);
  Hub hub{[&](const net::Request& request, std::size_t connection) {
    return connection == 0 ? Hub::Script{log.events()[0].text(), false}
                           : Hub::Script{events_after(log, request), false};
  }};
  Notes notes;
  auto options = hub.options();
  options.silence_max = 150ms;
  follow(options, notes, [](const Notes& so_far) { return so_far.sequences.size() >= 2; });
  EXPECT_THAT(notes.sequences, ElementsAre(1, 2));
  EXPECT_THAT(notes.detail, HasSubstr("nothing arrived"));
}

TEST(Subscription, AWithdrawalIsAcknowledgedAtOnceAndTheRestSeldom) {
  PushedLog log = some_log(50);
  log.add_withdrawal("indicator--1", "why");
  Hub hub{[&](const net::Request& request, std::size_t) {
    return Hub::Script{events_after(log, request), false};
  }};
  Notes notes;
  auto options = hub.options();
  options.sensor = "edge";
  options.acknowledge_interval = 10s;
  const auto begin = std::chrono::steady_clock::now();
  notes.enough = [](const Notes&) { return false; };
  Subscription subscription{options, notes};
  std::thread thread{[&] { subscription.run(); }};
  const auto told = [&] {
    const auto all = hub.acknowledgements();
    return !all.empty() && all.back().find("\"sequence\":51,") != std::string::npos;
  };
  while (!told() && std::chrono::steady_clock::now() - begin < 9s) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(told());
  EXPECT_LE(hub.acknowledgements().size(), 2U);
  subscription.stop();
  thread.join();
}

TEST(Subscription, StopBeforeRunAndWhileTheHubIsAway) {
  Subscription::Options options;
  options.client.base_url = "https://127.0.0.1:1";
  options.circle = "energy";
  Notes notes;
  notes.enough = [](const Notes&) { return false; };
  Subscription stopped{options, notes};
  stopped.stop();
  stopped.run();
  Subscription waiting{options, notes};
  std::thread thread{[&] { waiting.run(); }};
  std::this_thread::sleep_for(50ms);
  const auto begin = std::chrono::steady_clock::now();
  waiting.stop();
  thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}  // namespace
}  // namespace tocsin::push
