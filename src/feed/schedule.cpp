#include "feed/schedule.hpp"

#include <algorithm>

namespace tocsin::feed {

using std::chrono::milliseconds;

milliseconds jittered(milliseconds time, std::uint64_t random) {
  const auto tenth = time.count() / 10;
  if (tenth == 0) return time;
  const auto shift = static_cast<std::int64_t>(random % (2 * static_cast<std::uint64_t>(tenth) + 1)) - tenth;
  return time + milliseconds{shift};
}

milliseconds back_off(unsigned failures, std::optional<milliseconds> asked, std::uint64_t random) {
  const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 20U);
  const milliseconds own =
      std::min<milliseconds>(milliseconds{back_off_first} * (1U << doublings), back_off_max);
  const auto waited = jittered(own, random);
  if (!asked) return waited;
  return std::max(waited, std::min<milliseconds>(*asked, asked_wait_max));
}

void succeeded(State& state, const Settings& settings, bool more, Timestamp now, std::uint64_t random) {
  state.failures = 0;
  state.last_success = now;
  if (more) {
    state.next_poll = now;
    return;
  }
  // What came before all of it was taken once says nothing about a usual run.
  if (state.whole) state.usual_objects = (state.usual_objects * 7 + state.run_objects + 7) / 8;
  state.whole = true;
  state.run_objects = 0;
  state.next_poll = now + jittered(settings.interval, random);
  if (state.next_compare == Timestamp{}) state.next_compare = now + jittered(settings.compare_every, random);
}

void failed(State& state, std::string_view why, std::optional<milliseconds> asked, Timestamp now,
            std::uint64_t random) {
  ++state.failures;
  state.last_error = for_people(why);
  state.last_error_at = now;
  state.next_poll = now + back_off(state.failures, asked, random);
}

bool is_due(Timestamp when, Timestamp now, std::chrono::seconds period) {
  return when <= now || when > now + 2 * std::max<std::chrono::seconds>(period, asked_wait_max);
}

std::optional<std::uint64_t> flood_limit(const State& state) {
  if (!state.whole) return std::nullopt;
  return std::max(flood_least, state.usual_objects * flood_times_usual);
}

Removal judge_removal(std::uint64_t ours, std::uint64_t gone, bool accept_any) {
  if (gone == 0) return Removal::none;
  if (accept_any || gone * 2 <= ours) return Removal::withdraw;
  return Removal::implausible;
}

}  // namespace tocsin::feed
