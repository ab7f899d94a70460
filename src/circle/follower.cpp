#include "circle/follower.hpp"

namespace tocsin::circle {

Follower::Follower(views::Views& views, std::size_t changes_max)
    : views_{views}, changes_max_{changes_max}, applied_{views.applied()} {}

Follower::~Follower() {
  stop();
}

void Follower::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Follower::stop() {
  {
    std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Follower::push(log::Position position, std::vector<OwnedChange> changes) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return behind_ < changes_max_ || stopping_ || !status_; });
  if (!status_) return;
  behind_ += changes.size();
  frames_.emplace_back(position, std::move(changes));
  lock.unlock();
  changed_.notify_all();
}

void Follower::when_applied(log::Position position, std::function<void(Status)> then) {
  std::unique_lock lock{mutex_};
  if (status_ && applied_ < position) {
    waiting_.emplace_back(position, std::move(then));
    return;
  }
  const Status status = applied_ < position ? status_ : Status{};
  lock.unlock();
  then(status);
}

Status Follower::status() const {
  std::scoped_lock lock{mutex_};
  return status_;
}

std::size_t Follower::behind() const {
  std::scoped_lock lock{mutex_};
  return behind_;
}

void Follower::run() {
  for (;;) {
    std::deque<std::pair<log::Position, std::vector<OwnedChange>>> taken;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stopping_ || !frames_.empty(); });
      if (frames_.empty()) return;
      taken.swap(frames_);
    }
    std::vector<views::Change> changes;
    for (auto& [position, owned] : taken) {
      for (auto& change : owned) {
        change.change.object = change.object.get();
        change.change.position = position;
        changes.push_back(change.change);
      }
    }
    Status status = views_.apply(changes);
    std::vector<std::function<void(Status)>> ready;
    {
      std::scoped_lock lock{mutex_};
      behind_ -= changes.size();
      if (status)
        applied_ = taken.back().first;
      else
        status_ = status;
      while (!waiting_.empty() && (!status || waiting_.front().first <= applied_)) {
        ready.push_back(std::move(waiting_.front().second));
        waiting_.pop_front();
      }
      if (!status) frames_.clear();
    }
    changed_.notify_all();
    for (auto& then : ready) then(status);
    if (!status) return;
  }
}

}  // namespace tocsin::circle
