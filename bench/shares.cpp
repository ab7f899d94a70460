// Question: how many members can share one object each at the same time, and how long does each wait until it
// is durable? Limit: one writer that syncs each object by itself.

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "indicators.hpp"
#include "measure.hpp"
#include "tls.hpp"

namespace tocsin::bench {
namespace {

struct Figures {
  double per_s = 0, p99_ms = 0;
};

Figures raw(const std::string& folder, double seconds) {
  RawFile file{folder};
  std::vector<double> took_ms;
  const double start = now_s();
  while (now_s() - start < seconds) {
    const auto object = indicator("raw", took_ms.size());
    const double begin = now_s();
    file.append(object);
    file.sync();
    took_ms.push_back((now_s() - begin) * 1e3);
  }
  return {static_cast<double>(took_ms.size()) / (now_s() - start), quantile(took_ms, 0.99)};
}

class Sharers {
 public:
  explicit Sharers(const Arguments& arguments)
      : target_{"/api/v1/circles/" + arguments.text("circle") + "/objects"},
        token_{arguments.text("token")},
        series_{arguments.text("series")},
        poll_{::epoll_create1(EPOLL_CLOEXEC)} {
    const auto context = client_context();
    for (std::size_t i = 0; i < arguments.number_or("connections", 64); ++i) {
      sharers_.push_back(
          {std::make_unique<TlsConnection>(context, static_cast<std::uint16_t>(arguments.number("port"))),
           {},
           0});
      sharers_.back().connection->do_not_wait();
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, sharers_.back().connection->socket(), &event);
    }
  }
  ~Sharers() { ::close(poll_); }
  Sharers(const Sharers&) = delete;
  Sharers& operator=(const Sharers&) = delete;

  /// Each shares its next object as soon as the last one is acknowledged.
  Figures share_for(double seconds) {
    std::vector<double> took_ms;
    const double start = now_s();
    for (auto& sharer : sharers_) share(sharer);
    std::size_t waiting = sharers_.size();
    std::array<epoll_event, 64> ready{};
    while (waiting > 0) {
      const int count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 60'000);
      if (count <= 0) give_up("the hub answers no more");
      for (int i = 0; i < count; ++i) {
        auto& sharer = sharers_[ready[static_cast<std::size_t>(i)].data.u64];
        if (!sharer.connection->read(sharer.received)) give_up("the hub closed a connection");
        const auto answer = take_answer(sharer.received);
        if (!answer) continue;
        must_accept(*answer, 1);
        took_ms.push_back((now_s() - sharer.since_s) * 1e3);
        if (now_s() - start < seconds)
          share(sharer);
        else
          --waiting;
      }
    }
    return {static_cast<double>(took_ms.size()) / (now_s() - start), quantile(took_ms, 0.99)};
  }

 private:
  struct Sharer {
    std::unique_ptr<TlsConnection> connection;
    std::string received;
    double since_s = 0;
  };

  void share(Sharer& sharer) {
    const auto request = post_request(target_, token_, indicator(series_, next_++));
    sharer.since_s = now_s();
    sharer.connection->write(request);
  }

  std::string target_, token_, series_;
  int poll_;
  std::vector<Sharer> sharers_;
  std::uint64_t next_ = 0;
};

void run(const Arguments& arguments) {
  const auto seconds = static_cast<double>(arguments.number_or("seconds", 2));
  Row rate{"shares", "objects/s", {}, {}, 10};
  Row wait{"shares-p99", "ms", {}, {}, 3, false};
  Sharers sharers{arguments};
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 5); ++round) {
    const auto limit = raw(arguments.text("disk"), seconds);
    const auto system = sharers.share_for(seconds);
    rate.system.push_back(system.per_s);
    rate.limit.push_back(limit.per_s);
    wait.system.push_back(system.p99_ms);
    wait.limit.push_back(limit.p99_ms);
  }
  print(rate);
  print(wait);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
