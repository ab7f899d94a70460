#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "net/net_testing.hpp"
#include "net/sse.hpp"

namespace tocsin::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A log of numbers that grows; sources read it from their own position.
class Numbers {
 public:
  void append() {
    last_.fetch_add(1);
    std::scoped_lock lock{mutex_};
    for (const auto& [key, waker] : wakers_) waker();
  }
  std::uint64_t last() const { return last_; }
  void add(const void* key, Waker waker) {
    std::scoped_lock lock{mutex_};
    wakers_.emplace(key, std::move(waker));
  }
  void remove(const void* key) {
    std::scoped_lock lock{mutex_};
    wakers_.erase(key);
  }
  std::size_t readers() {
    std::scoped_lock lock{mutex_};
    return wakers_.size();
  }

 private:
  std::atomic<std::uint64_t> last_{0};
  std::mutex mutex_;
  std::map<const void*, Waker> wakers_;
};

class NumberSource final : public StreamSource {
 public:
  NumberSource(Numbers& numbers, std::uint64_t end) : numbers_{numbers}, end_{end} {}
  ~NumberSource() override { numbers_.remove(this); }
  void start(Waker waker) override { numbers_.add(this, std::move(waker)); }
  Chunk pull() override {
    if (sent_ == end_) return {.bytes = nullptr, .wait = 0ms, .end = true};
    if (sent_ == numbers_.last()) return {.bytes = nullptr, .wait = 60s, .end = false};
    return {.bytes = std::make_shared<const std::string>("data: " + std::to_string(++sent_) + "\n\n")};
  }

 private:
  Numbers& numbers_;
  const std::uint64_t end_;
  std::uint64_t sent_ = 0;
};

Handler streaming(Numbers& numbers, std::uint64_t end) {
  return [&numbers, end](const Request&, Responder responder) {
    responder.stream({.status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = {}},
                     std::make_unique<NumberSource>(numbers, end));
  };
}

// Goal:   no event is lost between a pull that found nothing and the wait for a wake.
// Method: sources that ask again only when woken, a writer that does not wait for them, every event counted.
TEST(Stream, LosesNoWake) {
  constexpr std::uint64_t events = 10'000;
  constexpr std::size_t readers = 3;
  Numbers numbers;
  const auto server = start(server_options(), streaming(numbers, events));
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> in_order{0};
  for (std::size_t i = 0; i < readers; ++i)
    threads.emplace_back([&] {
      Client client{client_options(*server)};
      SseParser parser;
      std::uint64_t next = 0;
      const auto response = client.stream({.target = "/"}, 10s, [&](std::string_view bytes) {
        return parser
            .feed(bytes,
                  [&](const SseEvent& event) {
                    if (event.data == std::to_string(++next)) ++in_order;
                    return true;
                  })
            .has_value();
      });
      EXPECT_TRUE(response) << response.error().detail;
    });
  ASSERT_TRUE(eventually([&] { return numbers.readers() == readers; }));
  for (std::uint64_t i = 0; i < events; ++i) {
    numbers.append();
    if (i % 7 == 0) std::this_thread::yield();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(in_order, events * readers);
}

TEST(Stream, AsksAgainAfterTheWait) {
  struct Beats final : StreamSource {
    void start(Waker) override {}
    Chunk pull() override {
      if (std::exchange(silent, !silent)) return {.bytes = nullptr, .wait = 20ms};
      return {.bytes = std::make_shared<const std::string>(":\n"), .wait = 20ms, .end = ++beats == 5};
    }
    bool silent = true;
    int beats = 0;
  };
  const auto server = start(server_options(), [](const Request&, Responder responder) {
    responder.stream({}, std::make_unique<Beats>());
  });
  std::string body;
  const auto begin = std::chrono::steady_clock::now();
  Client client{client_options(*server)};
  const auto response = client.stream({.target = "/"}, 2s, [&](std::string_view bytes) {
    body += bytes;
    return true;
  });
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(body, ":\n:\n:\n:\n:\n");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
}

TEST(Stream, HeadGetsNoBodyAndOldClientsNoChunks) {
  Numbers numbers;
  numbers.append();
  const auto server = start(server_options(), streaming(numbers, 1));
  const auto answer_to = [&](std::string_view bytes) {
    RawTls raw{server->port()};
    EXPECT_TRUE(raw.handshake() && raw.send(bytes));
    return raw.receive_until_closed();
  };
  EXPECT_TRUE(answer_to("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n"));
  EXPECT_TRUE(
      answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(answer_to("GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\ndata: 1\n\n"));
}

TEST(Stream, EndsWhenItsReaderGoes) {
  Numbers numbers;
  const auto server = start(server_options(), streaming(numbers, 10));
  {
    RawTls raw{server->port()};
    ASSERT_TRUE(raw.handshake() && raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    ASSERT_TRUE(eventually([&] { return numbers.readers() == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return numbers.readers() == 0; }, 2s));
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }, 2s));
}

/// Always has more; counts what is alive, as a measure of what the server holds.
class Endless final : public StreamSource {
 public:
  Endless(std::atomic<int>& held, std::atomic<int>& alive) : held_{held}, alive_{alive} { ++alive_; }
  ~Endless() override { --alive_; }
  void start(Waker) override {}
  Chunk pull() override {
    ++held_;
    auto* const bytes = new std::string(100'000, 'x');
    return {.bytes = std::shared_ptr<const std::string>(bytes, [held = &held_](const std::string* text) {
              --*held;
              delete text;
            })};
  }

 private:
  std::atomic<int>& held_;
  std::atomic<int>& alive_;
};

TEST(Stream, AStalledReaderHoldsOneChunkCostsOthersNothingAndIsCut) {
  auto options = server_options();
  options.write_deadline = 700ms;
  options.threads = 1;
  std::atomic<int> held{0};
  std::atomic<int> alive{0};
  Numbers numbers;
  const auto server = start(options, [&](const Request& request, Responder responder) {
    if (request.path == "/endless")
      responder.stream({}, std::make_unique<Endless>(held, alive));
    else
      responder.send({.status = 200, .headers = {}, .body = "quick"});
  });
  RawTls stalled{server->port(), 8192};
  ASSERT_TRUE(stalled.handshake() && stalled.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return alive == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  ::usleep(100'000);
  EXPECT_EQ(held, 1);
  Client client{client_options(*server)};
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 100; ++i) {
    const auto asked = std::chrono::steady_clock::now();
    const auto response = client.request({.target = "/"});
    ASSERT_TRUE(response) << response.error().detail;
    if (i > 0) slowest = std::max(slowest, std::chrono::steady_clock::now() - asked);
  }
  EXPECT_LT(slowest, 200ms);
  EXPECT_TRUE(eventually([&] { return alive == 0; }, 3s)) << "the stalled reader was never cut";
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 400ms);
  EXPECT_EQ(held, 0);
}

TEST(Stream, AFastReaderOfAnEndlessStreamDoesNotStarveOthers) {
  auto options = server_options();
  options.threads = 1;
  std::atomic<int> held{0};
  std::atomic<int> alive{0};
  const auto server = start(options, [&](const Request& request, Responder responder) {
    if (request.path == "/endless")
      responder.stream({}, std::make_unique<Endless>(held, alive));
    else
      responder.send({});
  });
  std::atomic<bool> enough{false};
  std::thread greedy{[&] {
    Client client{client_options(*server)};
    EXPECT_TRUE(client.stream({.target = "/endless"}, 5s, [&](std::string_view) { return !enough; }));
  }};
  ASSERT_TRUE(eventually([&] { return alive == 1; }));
  Client client{client_options(*server)};
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.request({.target = "/"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  enough = true;
  greedy.join();
}

TEST(Stream, StopEndsStreamsProperly) {
  Numbers numbers;
  const auto server = start(server_options(), streaming(numbers, 10));
  std::vector<std::unique_ptr<RawTls>> readers;
  for (int i = 0; i < 20; ++i) {
    readers.push_back(std::make_unique<RawTls>(server->port()));
    ASSERT_TRUE(readers.back()->handshake() && readers.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  ASSERT_TRUE(eventually([&] { return numbers.readers() == readers.size(); }));
  const auto begin = std::chrono::steady_clock::now();
  server->stop(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(numbers.readers(), 0U);
  for (auto& reader : readers) EXPECT_TRUE(reader->receive_until_closed().ends_with("\r\n\r\n0\r\n\r\n"));
}

// A source may be pulled for the last time while its publisher wakes it: neither may touch what the other
// freed.
TEST(Stream, WakersOutliveTheirStreams) {
  std::mutex mutex;
  std::vector<Waker> wakers;
  struct Once final : StreamSource {
    Once(std::mutex& guard, std::vector<Waker>& list) : mutex{guard}, wakers{list} {}
    void start(Waker waker) override {
      std::scoped_lock lock{mutex};
      wakers.push_back(std::move(waker));
    }
    Chunk pull() override { return {.bytes = std::make_shared<const std::string>("x"), .end = pulls++ == 3}; }
    std::mutex& mutex;
    std::vector<Waker>& wakers;
    int pulls = 0;
  };
  auto server = start(server_options(), [&](const Request&, Responder responder) {
    responder.stream({}, std::make_unique<Once>(mutex, wakers));
  });
  std::atomic<bool> stop{false};
  std::thread waking{[&] {
    while (!stop) {
      std::scoped_lock lock{mutex};
      for (const auto& waker : wakers) waker();
    }
  }};
  Client client{client_options(*server)};
  for (int i = 0; i < 50; ++i) {
    std::string body;
    EXPECT_TRUE(client.stream({.target = "/"}, 2s, [&](std::string_view bytes) {
      body += bytes;
      return true;
    }));
    EXPECT_EQ(body, "xxxx");
  }
  server.reset();
  ::usleep(5000);
  stop = true;
  waking.join();
}

}  // namespace
}  // namespace tocsin::net
