#pragma once

/// When a feed is asked again, what counts as a flood, and what a comparison with the source allows.
///
/// Contract: pure decisions over values; `random` is any number, so that many hubs do not ask a server in
/// step. Threads:  pure functions.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "feed/settings.hpp"
#include "feed/state.hpp"

namespace tocsin::feed {

inline constexpr std::chrono::seconds back_off_first{15};
inline constexpr std::chrono::hours back_off_max{6};
inline constexpr std::chrono::hours asked_wait_max{24};
inline constexpr std::uint64_t flood_least = 1000;  ///< fewer new objects are never a flood
inline constexpr std::uint64_t flood_times_usual = 10;

/// `time`, up to a tenth shorter or longer.
std::chrono::milliseconds jittered(std::chrono::milliseconds time, std::uint64_t random);

/// How long after the n-th failure in a row (from 1): doubling from 15 s to 6 h, never shorter than what the
/// server asked for (at most a day of it).
std::chrono::milliseconds back_off(unsigned failures, std::optional<std::chrono::milliseconds> asked,
                                   std::uint64_t random);

/// A turn went well: everything there is was taken, or there is `more` for the next turn, at once.
void succeeded(State& state, const Settings& settings, bool more, Timestamp now, std::uint64_t random);
void failed(State& state, std::string_view why, std::optional<std::chrono::milliseconds> asked, Timestamp now,
            std::uint64_t random);

/// Times that a clock which was set back has put far away do not count.
bool is_due(Timestamp when, Timestamp now, std::chrono::seconds period);

/// How many new objects of a run pass before the rest of it is held: none is a flood until it is known what
/// is usual.
std::optional<std::uint64_t> flood_limit(const State& state);

enum class Removal : std::uint8_t {
  none,         ///< all that is ours is there
  withdraw,     ///< what is gone is withdrawn
  implausible,  ///< under half is left: more likely the source is ill
};
Removal judge_removal(std::uint64_t ours, std::uint64_t gone, bool accept_any);

}  // namespace tocsin::feed
