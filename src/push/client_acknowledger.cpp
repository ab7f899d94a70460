#include "push/client_acknowledger.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace tocsin::push {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds request_deadline{2'000};  // a hub that hangs must not hold up the end

net::ClientOptions hasty(net::ClientOptions options) {
  options.connect_deadline = std::min(options.connect_deadline, request_deadline);
  options.request_deadline = std::min(options.request_deadline, request_deadline);
  return options;
}

}  // namespace

Acknowledger::Acknowledger(net::ClientOptions options, std::string target, std::string sensor,
                           std::chrono::milliseconds interval)
    : client_{hasty(std::move(options))},
      target_{std::move(target)},
      sensor_{std::move(sensor)},
      interval_{interval},
      thread_{[this] { run(); }} {}

void Acknowledger::finish() {
  {
    std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Acknowledger::applied(const Position& position, bool urgent) {
  bool wake = false;
  {
    std::scoped_lock lock{mutex_};
    wake = !wanted_ || (urgent && !urgent_);
    wanted_ = position;
    urgent_ = urgent_ || urgent;
  }
  if (wake) changed_.notify_all();
}

void Acknowledger::forget() {
  std::scoped_lock lock{mutex_};
  wanted_.reset();
  urgent_ = false;
}

void Acknowledger::run() {
  auto next = steady_clock::now();
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return wanted_.has_value() || stopping_; });
    changed_.wait_until(lock, next, [this] { return urgent_ || stopping_; });
    const bool last = stopping_;
    const auto telling = std::exchange(wanted_, std::nullopt);
    urgent_ = false;
    if (telling) {
      lock.unlock();
      const bool told = tell(*telling);
      next = steady_clock::now() + interval_;
      lock.lock();
      if (!told && !wanted_) wanted_ = telling;
    }
    if (last) return;
  }
}

bool Acknowledger::tell(const Position& position) {
  std::string body = R"({"sensor":)";
  append_json_string(body, sensor_);
  body += R"(,"sequence":)" + std::to_string(position.sequence.value()) + R"(,"commitment":")" +
          to_hex(position.commitment) + "\"}";
  const auto response = client_.request({.method = "POST",
                                         .target = target_,
                                         .headers = {{"Content-Type", "application/json"}},
                                         .body = std::move(body)});
  // A refusal (another log, no right any more) stays one: the stream will say what is to be done.
  return response && response->status != 429 && response->status < 500;
}

}  // namespace tocsin::push
