#include "circle/eraser.hpp"

#include <algorithm>
#include <future>

#include "circle/erase.hpp"
#include "circle/replay.hpp"

namespace tocsin::circle {
namespace {
constexpr std::chrono::minutes look_interval{1};
constexpr std::size_t batch_entries = 10'000;
}  // namespace

Eraser::Eraser(log::Log& log, views::Views& views, Follower& follower, Sequencer& sequencer,
               Erasures& erasures, const Clock& clock)
    : log_{log},
      views_{views},
      follower_{follower},
      sequencer_{sequencer},
      erasures_{erasures},
      clock_{clock} {}

Eraser::~Eraser() {
  stop();
}

void Eraser::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Eraser::stop() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Eraser::wake() {
  {
    const std::scoped_lock lock{mutex_};
    woken_ = true;
  }
  changed_.notify_all();
}

void Eraser::when_done(CircleId circle, std::vector<Sequence> entries, std::function<void(Status)> then) {
  std::vector<Erasures::Place> places;
  for (const auto entry : entries) places.push_back({circle, entry});
  {
    const std::scoped_lock lock{mutex_};
    waiting_.emplace_back(std::move(places), std::move(then));
  }
  wake();
}

void Eraser::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, look_interval, [&] { return stopping_ || woken_; });
      if (stopping_) break;
      woken_ = false;
    }
    Status status = erase_due();
    while (status && !erasures_.to_carry_out().empty()) status = carry_out();
    tell(status);
  }
  tell(Error{Errc::unavailable, "the hub stops; the erasure goes on at its next start"});
}

/// Answers who waits for what is done by now; everybody, when something failed.
void Eraser::tell(const Status& status) {
  auto open = erasures_.to_carry_out();
  std::vector<std::function<void()>> told;
  {
    const std::scoped_lock lock{mutex_};
    std::erase_if(waiting_, [&](auto& each) {
      const bool done = std::none_of(each.first.begin(), each.first.end(), [&](const auto& place) {
        return std::binary_search(open.begin(), open.end(), place);
      });
      if (!done && status) return false;
      told.push_back([then = std::move(each.second), answer = done ? Status{} : status] { then(answer); });
      return true;
    });
  }
  for (auto& tell_one : told) tell_one();
}

Status Eraser::submit(Erasures::Place place, Erasures::Deletion deletion) {
  std::promise<Status> done;
  auto command = due_erasure_command(place, std::move(deletion), [&](Result<std::vector<Sequence>> erased) {
    done.set_value(erased ? Status{} : Status{std::move(erased).error()});
  });
  if (!sequencer_.submit(std::move(command)))
    return Error{Errc::overloaded, "too many submissions wait; the erasure is tried again"};
  return done.get_future().get();
}

Status Eraser::erase_due() {
  for (auto& [place, deletion] : erasures_.due(clock_.now())) TOCSIN_TRY(submit(place, deletion));
  return {};
}

/// What named the id while its erasure was being decided, and was not in the views then.
Status Eraser::erase_rest(CircleId circle, const std::string& id) {
  auto entries = entries_about(views_, circle, id);
  if (!entries) return std::move(entries).error();
  for (const auto sequence : *entries)
    if (!erasures_.leaves({circle, sequence})) return submit({circle, sequence}, {Timestamp{}, id, {}});
  return {};
}

Status Eraser::carry_out() {
  auto places = erasures_.to_carry_out();
  if (places.size() > batch_entries) places.resize(batch_entries);
  std::promise<Status> applied;
  follower_.when_applied(log_.end(), [&](const Status& status) { applied.set_value(status); });
  TOCSIN_TRY(applied.get_future().get());

  stix::Parser parser;
  std::vector<OwnedChange> owned;
  std::vector<Erasures::Place> left;
  for (const auto& place : places) {
    auto row = log_.row(place.circle, place.sequence);
    if (!row) return std::move(row).error();
    if (row->erased) continue;
    auto entry = log_.read(place.circle, place.sequence);
    if (!entry) return std::move(entry).error();
    auto change = change_of(*entry, log::Position{row->frame}, parser);
    if (!change) return std::move(change).error();
    if (change->object != nullptr && erasures_.forbids(place.circle, change->object->id))
      TOCSIN_TRY(erase_rest(place.circle, change->object->id));
    owned.push_back(*std::move(change));
    left.push_back(place);
  }
  std::vector<views::Change> changes;
  for (auto& each : owned) {
    each.change.object = each.object.get();
    changes.push_back(each.change);
  }
  if (!changes.empty()) TOCSIN_TRY(views_.forget(changes));
  for (const auto& place : left) TOCSIN_TRY(log_.erase(place.circle, place.sequence));
  erasures_.carried_out(places);
  return {};
}

}  // namespace tocsin::circle
