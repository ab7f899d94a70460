// Questions: what does the server's own part cost in CPU per small request and per delivered event over TLS,
// how late does the last of a thousand subscribers get an event, and how much memory does an idle stream
// hold? Budgets:   12 us per delivery, 96 KB per idle stream. The clients' CPU is taken out of every figure.

#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <optional>
#include <vector>

#include "net/net_testing.hpp"

namespace tocsin::net {
namespace {

using namespace testing;

constexpr std::size_t streams = 1000;
constexpr std::string_view get =
    "GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n";

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// CPU of all threads but the caller's: the server's, when the caller is the only client.
double other_threads_seconds() {
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

ServerOptions one_thread() {
  auto options = server_options();
  options.threads = 1;
  return options;
}

void small_request(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const auto server = start(one_thread(), [&](const Request&, Responder responder) {
    responder.send({.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body});
  });
  std::vector<std::unique_ptr<RawTls>> clients;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(std::make_unique<RawTls>(server->port()));
    if (!clients.back()->handshake()) return state.SkipWithError("no handshake");
  }
  const double before = other_threads_seconds();
  for (auto _ : state) {
    for (auto& client : clients) client->send(get);
    for (auto& client : clients) {
      std::size_t received = 0;
      while (received < body.size()) {
        const auto some = client->receive_some();
        if (some.empty()) return state.SkipWithError("an answer is missing");
        received += some.size();
      }
    }
  }
  const double spent = other_threads_seconds() - before;
  const auto requests = static_cast<double>(state.iterations()) * static_cast<double>(clients.size());
  state.counters["server_us_per_request"] = spent / requests * 1e6;
  state.counters["requests_per_server_cpu_s"] = requests / spent;
}
BENCHMARK(small_request)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMicrosecond)->MinTime(2);

/// One event at a time, to every subscriber.
struct Bell {
  std::mutex mutex;
  std::vector<Waker> wakers;
  std::atomic<std::uint64_t> rung{0};
  const std::shared_ptr<const std::string> event =
      std::make_shared<const std::string>("data: " + std::string(942, 'x') + "\n\n");
};

class BellSource final : public StreamSource {
 public:
  explicit BellSource(Bell& bell) : bell_{bell} {}
  void start(Waker waker) override {
    std::scoped_lock lock{bell_.mutex};
    bell_.wakers.push_back(std::move(waker));
  }
  Chunk pull() override {
    if (heard_ == bell_.rung) return {};
    ++heard_;
    return {.bytes = bell_.event};
  }

 private:
  Bell& bell_;
  std::uint64_t heard_ = 0;
};

Handler ringing(Bell& bell) {
  return [&bell](const Request&, Responder responder) {
    responder.stream({.status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = {}},
                     std::make_unique<BellSource>(bell));
  };
}

bool subscribe(std::vector<std::unique_ptr<RawTls>>& clients, std::uint16_t port) {
  for (std::size_t i = 0; i < streams; ++i) {
    clients.push_back(std::make_unique<RawTls>(port));
    if (!clients.back()->handshake() || !clients.back()->send(get)) return false;
    if (clients.back()->receive_until("\r\n\r\n").empty()) return false;
  }
  return true;
}

void fan_out_to_1000_streams(benchmark::State& state) {
  Bell bell;
  const auto server = start(one_thread(), ringing(bell));
  std::vector<std::unique_ptr<RawTls>> clients;
  if (!subscribe(clients, server->port())) return state.SkipWithError("no subscription");
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < streams; ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i]->socket(), &event);
  }
  std::vector<double> delays_us;
  std::vector<epoll_event> ready(128);
  double waking = 0;
  const double before = other_threads_seconds();
  for (auto _ : state) {
    const double ring = seconds_of(CLOCK_MONOTONIC);
    const double waking_begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    ++bell.rung;
    for (const auto& waker : bell.wakers) waker();
    waking += seconds_of(CLOCK_THREAD_CPUTIME_ID) - waking_begin;
    for (std::size_t delivered = 0; delivered < streams;) {
      const int count = ::epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), 5000);
      if (count <= 0) return state.SkipWithError("an event is missing");
      const double now = seconds_of(CLOCK_MONOTONIC);
      for (int i = 0; i < count; ++i) {
        if (clients[ready[static_cast<std::size_t>(i)].data.u64]->receive_some().size() < bell.event->size())
          return state.SkipWithError("a delivery is not whole");
        delays_us.push_back((now - ring) * 1e6);
        ++delivered;
      }
    }
  }
  const double spent = other_threads_seconds() - before + waking;
  ::close(poll);
  std::sort(delays_us.begin(), delays_us.end());
  state.counters["server_us_per_delivery"] = spent / static_cast<double>(delays_us.size()) * 1e6;
  state.counters["p50_us"] = delays_us[delays_us.size() / 2];
  state.counters["p99_us"] = delays_us[delays_us.size() * 99 / 100];
}
BENCHMARK(fan_out_to_1000_streams)->Unit(benchmark::kMicrosecond)->MinTime(2)->UseRealTime();

std::size_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// The clients live in a process of their own, so that only the server's memory counts.
void memory_of_idle_streams(benchmark::State& state) {
  int to_child[2];
  int to_parent[2];
  if (::pipe(to_child) != 0 || ::pipe(to_parent) != 0) return state.SkipWithError("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(to_child[1]);
    std::uint16_t port = 0;
    std::vector<std::unique_ptr<RawTls>> clients;
    char good = 0;
    if (::read(to_child[0], &port, sizeof port) == sizeof port) good = subscribe(clients, port) ? 1 : 0;
    if (::write(to_parent[1], &good, 1) != 1) ::_exit(1);
    static_cast<void>(::read(to_child[0], &port, 1));  // until the parent has measured
    ::_exit(0);
  }
  Bell bell;
  std::optional<std::unique_ptr<Server>> server = start(one_thread(), ringing(bell));
  const auto port = (*server)->port();
  for (auto _ : state) {
    const auto before = resident_bytes();
    char good = 0;
    if (::write(to_child[1], &port, sizeof port) != sizeof port || ::read(to_parent[0], &good, 1) != 1 ||
        good != 1)
      state.SkipWithError("no subscription");
    ++bell.rung;  // every stream has carried an event, then is idle
    for (const auto& waker : bell.wakers) waker();
    ::usleep(300'000);
    state.counters["resident_bytes_per_stream"] = static_cast<double>(resident_bytes() - before) / streams;
  }
  for (const int end : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) ::close(end);
  ::waitpid(child, nullptr, 0);
}
BENCHMARK(memory_of_idle_streams)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tocsin::net
