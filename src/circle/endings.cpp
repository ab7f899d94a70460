#include "circle/endings.hpp"

#include <future>

namespace tocsin::circle {
namespace {

constexpr std::size_t entries_at_once = 256;

}  // namespace

Endings::Endings(const log::Log& log, const views::Views& views, Sequencer& sequencer,
                 const policy::Directory& directory, const Clock& clock,
                 std::chrono::milliseconds look_interval)
    : log_{log},
      views_{views},
      sequencer_{sequencer},
      directory_{directory},
      clock_{clock},
      look_interval_{look_interval} {}

Endings::~Endings() {
  stop();
}

void Endings::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Endings::stop() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Endings::stopping() {
  const std::scoped_lock lock{mutex_};
  return stopping_;
}

void Endings::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      if (changed_.wait_for(lock, look_interval_, [&] { return stopping_; })) return;
    }
    (void)look();
  }
}

Status Endings::look() {
  Status status;
  for (const auto& circle : directory_.circles()) {
    if (circle->rules.empty() || !ends_anything(circle->current_rules())) {
      plans_.erase(circle->id);
      continue;
    }
    auto& plan = plans_[circle->id];
    if (plan.rules_version != circle->rules_version()) plan = {circle->rules_version(), {}, {}};
    Status looked = learn(*circle, plan);
    if (looked) looked = end_due(circle->id, plan);
    if (!looked) status = std::move(looked);
  }
  return status;
}

/// Reckons when each new indicator ends, as if nobody had seen it since: it cannot end before.
Status Endings::learn(const policy::Circle& circle, Plan& plan) {
  constexpr std::size_t at_once = 1000;
  while (!stopping()) {
    const auto sequences = views_.of_type(circle.id, "indicator", plan.seen, at_once);
    if (!sequences) return sequences.error();
    for (const auto sequence : *sequences) {
      const auto row = log_.row(circle.id, sequence);
      if (!row) return row.error();
      if (!row->withdrawn && !row->superseded && !row->erased) {
        const auto entry = log_.read(circle.id, sequence);
        if (!entry) return entry.error();
        const auto parsed = parser_.parse_object(entry->bytes);
        if (parsed.object)
          if (const auto ending =
                  ending_of(circle.current_rules(), *parsed.object, entry->date_added, std::nullopt))
            plan.due.emplace(ending->at, sequence);
      }
      plan.seen = sequence;
    }
    if (sequences->size() < at_once) return {};
  }
  return {};
}

Status Endings::end_due(CircleId circle, Plan& plan) {
  const auto now = clock_.now();
  while (!plan.due.empty() && plan.due.top().first <= now && !stopping()) {
    EndRequest request;
    request.circle = circle;
    while (!plan.due.empty() && plan.due.top().first <= now && request.entries.size() < entries_at_once) {
      request.entries.push_back(plan.due.top().second);
      plan.due.pop();
    }
    const auto entries = request.entries;
    std::promise<Result<std::vector<EndRequest::Later>>> done;
    request.done = [&](Result<std::vector<EndRequest::Later>> later) { done.set_value(std::move(later)); };
    Result<std::vector<EndRequest::Later>> later =
        Error{Errc::overloaded, "too many submissions wait; tried again at the next look"};
    if (sequencer_.submit(end_command(std::move(request)))) later = done.get_future().get();
    if (!later) {
      for (const auto sequence : entries) plan.due.emplace(now, sequence);
      return later.error();
    }
    for (const auto& [at, sequence] : *later) plan.due.emplace(at, sequence);
  }
  return {};
}

}  // namespace tocsin::circle
