#include "sensor/feed.hpp"

#include <utility>

namespace tocsin::sensor {
namespace {

using push::Condition;
using std::chrono::steady_clock;

push::Subscription::Options from_circle(push::Subscription::Options options, const Circle& circle) {
  options.circle = circle.options().name;
  options.from = circle.position();
  options.acknowledge_by_hand = true;
  return options;
}

}  // namespace

Feed::Feed(Circle& circle, push::Subscription::Options options, const Clock& clock)
    : circle_{circle}, subscription_{from_circle(std::move(options), circle), *this, clock} {
  standing_.since = clock.now();
}

void Feed::start() {
  thread_ = std::thread{[this] { subscription_.run(); }};
}

void Feed::stop() {
  if (!thread_.joinable()) return;
  subscription_.stop();
  thread_.join();
  circle_.flush();
  circle_.save_position();
}

push::State Feed::fetch() {
  once_ = true;
  subscription_.run();
  circle_.flush();
  return standing();
}

push::State Feed::standing() const {
  const std::scoped_lock lock{mutex_};
  return standing_;
}

void Feed::on_event(const push::Event& event) {
  const bool urgent = event.kind == log::Kind::withdrawal || event.kind == log::Kind::erasure;
  if (circle_.apply(event, live_)) acknowledge(urgent);
  if (steady_clock::now() - saved_ < std::chrono::seconds{1}) return;
  circle_.save_position();
  saved_ = steady_clock::now();
}

void Feed::on_reset(std::string_view) {
  live_ = false;
  circle_.reset();
}

void Feed::on_state(const push::State& state) {
  live_ = state.condition == Condition::live;
  circle_.flush();
  acknowledge(false);
  circle_.save_position();
  {
    const std::scoped_lock lock{mutex_};
    standing_ = state;
  }
  if (once_ && state.condition != Condition::connecting && state.condition != Condition::connected)
    subscription_.stop();
}

void Feed::on_position(const push::Position& position) {
  circle_.move_to(position);
  acknowledge(false);
  circle_.save_position();
}

void Feed::acknowledge(bool urgent) {
  if (const auto& position = circle_.position(); position && position->sequence.value() != 0)
    subscription_.applied(*position, urgent);
}

}  // namespace tocsin::sensor
