// Question: how long from sharing one indicator until another member's sensor raises an alert, when its log
// gets a line with the value every 0.2 ms? Limit: the same push to one subscriber, and a millisecond (from
// run.py).

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "indicators.hpp"
#include "measure.hpp"
#include "tls.hpp"
#include "zeek_mix.hpp"

namespace tocsin::bench {
namespace {

constexpr double line_interval_s = 0.0002;
constexpr double patience_s = 20;
constexpr double pace_s = 0.02;

/// What is appended to a file, as it comes.
class Growing {
 public:
  explicit Growing(const std::string& path)
      : file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_CREAT, 0600)} {
    if (file_ < 0) give_up(path + " cannot be read");
    ::lseek(file_, 0, SEEK_END);
  }
  ~Growing() { ::close(file_); }
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;
  /// Whether `text` has come since the last time it was found.
  bool has(std::string_view text) {
    std::array<char, 64 << 10> buffer;
    for (ssize_t size; (size = ::read(file_, buffer.data(), buffer.size())) > 0;)
      seen_.append(buffer.data(), static_cast<std::size_t>(size));
    if (seen_.find(text) == std::string::npos) return false;
    seen_.clear();
    return true;
  }

 private:
  int file_;
  std::string seen_;
};

void append(int log, const std::string& line) {
  if (::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size())) give_up("the log is full");
}

void run(const Arguments& arguments) {
  const auto target = "/api/v1/circles/" + arguments.text("circle") + "/objects";
  TlsConnection hub{client_context(), static_cast<std::uint16_t>(arguments.number("port"))};
  Growing alerts{arguments.text("alerts")};
  const int log = ::open(arguments.text("log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (log < 0) give_up("the log cannot be written");
  const auto share_and_wait_ms = [&](std::uint64_t number) {
    const auto domain = named(arguments.text("series"), number).value;
    const auto request =
        post_request(target, arguments.text("token"), indicator(arguments.text("series"), number));
    const double start = now_s();
    hub.write(request);
    for (double next_line = start;;) {
      const double now = now_s();
      if (alerts.has(domain)) break;
      if (now - start > patience_s) give_up("no alert came");
      if (now >= next_line) {
        append(log, zeek_dns_line(static_cast<double>(std::time(nullptr)), domain));
        next_line += line_interval_s;
      }
      ::usleep(50);
    }
    const double took_ms = (now_s() - start) * 1e3;
    std::string received;
    for (std::optional<Answer> answer; !answer; answer = take_answer(received))
      if (!hub.read(received)) give_up("the hub closed the connection");
    sleep_until_s(start + pace_s);
    return took_ms;
  };

  std::uint64_t number = 0;
  share_and_wait_ms(number);  // the first one also waits for the sensor to be live
  const auto limit = static_cast<double>(arguments.number("limit-us")) / 1e3;
  Row middle{"alert-p50", "ms", {}, {}, 0, false};
  Row late{"alert-p99", "ms", {}, {}, 1, false};
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 5); ++round) {
    std::vector<double> took_ms;
    for (std::uint64_t i = 0; i < arguments.number_or("events", 100); ++i)
      took_ms.push_back(share_and_wait_ms(number += 20));  // every twentieth names a domain
    middle.system.push_back(quantile(took_ms, 0.5));
    late.system.push_back(quantile(took_ms, 0.99));
    if (limit > 0) late.limit.push_back(limit);
  }
  print(middle);
  print(late);
  ::close(log);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
