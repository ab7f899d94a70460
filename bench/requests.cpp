// Question: how many requests over TLS does a CPU-second of the hub answer? Limit: nginx, which answers the
// same number of bytes from its configuration or a file, driven by the same client in turn.

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "measure.hpp"
#include "tls.hpp"

namespace tocsin::bench {
namespace {

struct Side {
  int process = 0;
  std::string request;
  std::vector<std::unique_ptr<TlsConnection>> connections;
};

Side connect(const Arguments& arguments, const std::string& prefix) {
  Side side;
  side.process = static_cast<int>(arguments.number(prefix + "process"));
  side.request = get_request(arguments.text(prefix + "target"), arguments.text("token"),
                             arguments.text_or("accept", "*/*"));
  const auto context = client_context();
  for (std::size_t i = 0; i < arguments.number_or("connections", 32); ++i) {
    side.connections.push_back(std::make_unique<TlsConnection>(
        context, static_cast<std::uint16_t>(arguments.number(prefix + "port"))));
    side.connections.back()->do_not_wait();
  }
  return side;
}

/// Answers per CPU-second of the server.
double measure(Side& side, double seconds) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::string> received(side.connections.size());
  for (std::size_t i = 0; i < side.connections.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, side.connections[i]->socket(), &event);
  }
  const double cpu_before = process_cpu_s(side.process);
  const double start = now_s();
  std::uint64_t answers = 0;
  for (auto& connection : side.connections) connection->write(side.request);
  std::array<epoll_event, 64> ready{};
  for (std::size_t waiting = side.connections.size(); waiting > 0;) {
    const int count = ::epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), 30'000);
    if (count <= 0) give_up("an answer is missing");
    for (int i = 0; i < count; ++i) {
      const auto at = ready[static_cast<std::size_t>(i)].data.u64;
      auto& connection = *side.connections[at];
      if (!connection.read(received[at])) give_up("a server closed a connection");
      const auto answer = take_answer(received[at]);
      if (!answer) continue;
      if (answer->status != 200) give_up("an answer was " + std::to_string(answer->status));
      ++answers;
      if (now_s() - start < seconds)
        connection.write(side.request);
      else
        --waiting;
    }
  }
  ::close(poll);
  return static_cast<double>(answers) / (process_cpu_s(side.process) - cpu_before);
}

void run(const Arguments& arguments) {
  const auto seconds = static_cast<double>(arguments.number_or("seconds", 2));
  auto system = connect(arguments, "");
  auto limit = connect(arguments, "limit-");
  Row row{arguments.text("name"), "requests/cpu-s", {}, {}};
  row.target = static_cast<double>(arguments.number("target-percent")) / 100;
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 5); ++round) {
    row.limit.push_back(measure(limit, seconds));
    row.system.push_back(measure(system, seconds));
  }
  print(row);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
