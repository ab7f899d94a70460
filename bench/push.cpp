// Question: how long from sharing one object until the last of N subscribers over TLS has it, durable first?
// Limit: a bare server that takes the same bytes over TLS, appends, syncs, and writes the same number of
// bytes to as many TLS connections. Both serve this one program, which drives them in turn.

#include <arpa/inet.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <memory>

#include "indicators.hpp"
#include "measure.hpp"
#include "net/certificates.hpp"
#include "tls.hpp"

namespace tocsin::bench {
namespace {

constexpr std::size_t digits = 8;  // of each of the two lengths before a request to the bare server
constexpr double kib_per_subscriber_max = 96;

std::string padded(std::size_t number) {
  auto text = std::to_string(number);
  return std::string(digits - text.size(), '0') + text;
}

std::size_t number_at(std::string_view text, std::size_t at) {
  std::size_t number = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, number);
  return number;
}

// The bare server
// --------------------------------------------------------------------------------------------

int listener() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket, 4096) != 0)
    give_up("the bare server cannot listen");
  return socket;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

[[noreturn]] void serve_bare(int socket, std::size_t subscriber_count, const std::string& folder) {
  const auto authority = net::make_authority("bare", std::chrono::days{1});
  const auto own = net::issue_server_certificate(authority, {"localhost"}, std::chrono::days{1});
  if (!own) give_up("no certificate for the bare server");
  const auto context = server_context(own->certificate_pem, own->key_pem);
  std::vector<std::unique_ptr<TlsConnection>> subscribers;
  for (std::size_t i = 0; i < subscriber_count; ++i)
    subscribers.push_back(std::make_unique<TlsConnection>(context, ::accept(socket, nullptr, nullptr)));
  TlsConnection publisher{context, ::accept(socket, nullptr, nullptr)};
  RawFile file{folder};
  std::string received, event;
  while (publisher.read(received)) {
    if (received.size() < 2 * digits || received.size() < 2 * digits + number_at(received, 0)) continue;
    constexpr std::string_view head = "id: 1\nevent: object\ndata: ";
    event = head;
    event.append(number_at(received, digits) - head.size() - 2, 'x');
    event += "\n\n";
    file.append(received);
    file.sync();
    received.clear();
    publisher.write("done");
    for (auto& subscriber : subscribers) subscriber->write(event);
  }
  std::_Exit(0);
}

// The client
// -------------------------------------------------------------------------------------------------

/// Subscribers to one server, on one thread.
class Subscribers {
 public:
  Subscribers() : poll_{::epoll_create1(EPOLL_CLOEXEC)} {}
  ~Subscribers() { ::close(poll_); }
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  void add(std::unique_ptr<TlsConnection> connection) {
    connection->do_not_wait();
    epoll_event event{.events = EPOLLIN, .data = {.u64 = all_.size()}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection->socket(), &event);
    all_.push_back({std::move(connection), {}, 0});
  }

  /// Waits until each has one object event more; gives the times at which they had.
  std::vector<double> take_event() {
    std::vector<double> times_s;
    std::array<epoll_event, 256> ready{};
    while (times_s.size() < all_.size()) {
      const int count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 30'000);
      if (count <= 0) give_up("an event is missing");
      for (int i = 0; i < count; ++i) {
        auto& one = all_[ready[static_cast<std::size_t>(i)].data.u64];
        const auto before = one.received.size();
        if (!one.connection->read(one.received)) give_up("a stream ended");
        one.bytes += one.received.size() - before;
        const double now = now_s();
        for (std::size_t end; (end = one.received.find("\n\n")) != std::string::npos;) {
          if (one.received.find("event: object") < end) times_s.push_back(now);
          one.received.erase(0, end + 2);
        }
      }
    }
    return times_s;
  }

  std::uint64_t bytes_of_first() const { return all_.front().bytes; }

 private:
  struct One {
    std::unique_ptr<TlsConnection> connection;
    std::string received;
    std::uint64_t bytes;
  };
  int poll_;
  std::vector<One> all_;
};

std::unique_ptr<TlsConnection> live_stream(const TlsContext& context, const Arguments& arguments) {
  auto connection =
      std::make_unique<TlsConnection>(context, static_cast<std::uint16_t>(arguments.number("port")));
  connection->write(
      get_request("/api/v1/circles/" + arguments.text("circle") + "/stream", arguments.text("token")));
  std::string received;
  for (;;) {
    if (!connection->read(received) || received.size() > (1 << 20)) give_up("no stream: " + received);
    const auto live = received.find("event: live");
    if (live != std::string::npos && received.find("\n\n", live) != std::string::npos) return connection;
  }
}

/// Milliseconds from `publish` to each delivery, over several events.
std::vector<double> deliveries_ms(Subscribers& subscribers, std::size_t events, double interval_s,
                                  const std::function<void()>& publish,
                                  const std::function<void()>& confirm) {
  std::vector<double> out;
  for (std::size_t i = 0; i < events; ++i) {
    const double start = now_s();
    publish();
    for (const double at : subscribers.take_event()) out.push_back((at - start) * 1e3);
    confirm();
    sleep_until_s(start + interval_s);
  }
  return out;
}

double resident_kib(std::uint64_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      double kib = 0;
      status >> kib;
      return kib;
    }
  give_up("the hub's memory cannot be read");
}

void run(const Arguments& arguments, const TlsContext& context, std::uint16_t bare_port) {
  const auto count = arguments.number("subscribers");
  const auto events = arguments.number_or("events", 30);
  const auto port = static_cast<std::uint16_t>(arguments.number("port"));
  const auto hub_process = arguments.number("hub-process");
  const double interval_s = static_cast<double>(arguments.number_or("interval-ms", 50)) / 1e3;

  const double before_kib = resident_kib(hub_process);
  Subscribers at_hub, at_bare;
  for (std::size_t i = 0; i < count; ++i) at_hub.add(live_stream(context, arguments));
  for (std::size_t i = 0; i < count; ++i) at_bare.add(std::make_unique<TlsConnection>(context, bare_port));
  TlsConnection to_hub{context, port}, to_bare{context, bare_port};

  std::uint64_t number = 0;
  std::string received;
  const auto target = "/api/v1/circles/" + arguments.text("circle") + "/objects";
  const auto share = [&] {
    to_hub.write(
        post_request(target, arguments.text("token"), indicator(arguments.text("series"), number++)));
  };
  const auto shared = [&] {
    for (;;) {
      if (const auto answer = take_answer(received)) return must_accept(*answer, 1);
      if (!to_hub.read(received)) give_up("the hub closed the connection");
    }
  };
  deliveries_ms(at_hub, 1, 0, share, shared);
  const auto event_bytes = at_hub.bytes_of_first();
  sleep_until_s(now_s() + 1);
  const double kib = (resident_kib(hub_process) - before_kib) / static_cast<double>(count);

  const auto send_bare = [&] {
    const auto request = post_request(target, arguments.text("token"), indicator("bare", number++));
    to_bare.write(padded(request.size()) + padded(event_bytes) + request);
  };
  const auto sent_bare = [&] {
    for (received.clear(); received != "done";)
      if (!to_bare.read(received)) give_up("the bare server is gone");
    received.clear();
  };
  deliveries_ms(at_bare, 1, 0, send_bare, sent_bare);

  const auto name = "push-" + std::to_string(count);
  Row middle{name + "-p50", "ms", {}, {}, 0, false};
  Row late{name + "-p99", "ms", {}, {}, 1.3, false};
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 5); ++round) {
    const auto limit = deliveries_ms(at_bare, events, interval_s, send_bare, sent_bare);
    const auto system = deliveries_ms(at_hub, events, interval_s, share, shared);
    middle.system.push_back(quantile(system, 0.5));
    middle.limit.push_back(quantile(limit, 0.5));
    late.system.push_back(quantile(system, 0.99));
    late.limit.push_back(quantile(limit, 0.99));
  }
  print(middle);
  print(late);
  if (count >= 100) print({"idle-subscriber", "KiB", {kib}, {kib_per_subscriber_max}, 1, false});
}

int start(const Arguments& arguments) {
  const int socket = listener();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) give_up("no process for the bare server");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) std::_Exit(1);
    serve_bare(socket, arguments.number("subscribers"), arguments.text("disk"));
  }
  run(arguments, client_context(), port_of(socket));
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  return tocsin::bench::start(tocsin::bench::Arguments{count, texts});
}
