#pragma once

/// How far an object is believed: a number from 0 to 100, from what its source says, what others say of it,
/// and how old it is. The same facts give the same number anywhere.
///
/// Source:  docs/score.md has the formula, its constants, and an example.
/// Units:   values and freshness in basis points, 0 to 10,000; weights in per cent of a member whose letter
///          is A. All arithmetic in whole numbers, rounded down.
/// Threads: pure functions.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "circle/voice.hpp"

namespace tocsin::circle {

inline constexpr std::uint32_t whole = 10'000;
/// Fewer members than this weigh together as one, and are shown as "<3".
inline constexpr std::size_t members_shown_min = 3;

/// The weight of a member's word: A 100, B 80, C 60, D 40, E 20, F (nobody can judge) 50.
std::uint32_t weight_of(char letter);

/// What one member says.
struct Opinion {
  Says says = Says::neutral;
  char letter = 'F';
};

/// What several say together.
struct Weighed {
  std::uint32_t value = 0;   ///< the weighted mean
  std::uint32_t weight = 0;  ///< 0: nobody has said anything
  std::size_t members = 0;
};

/// One opinion for each member: strongly-disagree 0, disagree 2,500, neutral 5,000, agree 7,500,
/// strongly-agree 10,000; seen 9,000, expired 2,500, false-positive 1,000. A sighting weighs half.
Weighed weigh(std::span<const Opinion> opinions);

struct Score {
  Weighed source, opinions, sightings;
  std::uint32_t freshness = whole;
  std::uint32_t score = 0;  ///< 0 to 100
};
/// `confidence`: what the object says of itself, 0 to 100. The source weighs twice.
Score score_of(std::optional<std::uint8_t> confidence, char source_letter, std::span<const Opinion> opinions,
               std::span<const Opinion> sightings, std::uint32_t freshness);

/// What is left after `age`: half after each half-life, in a straight line between.
std::uint32_t freshness_after(std::chrono::seconds age, std::uint32_t half_life_days);
/// The first age at which less than `floor_per_cent` (1 to 99) is left.
std::chrono::seconds age_below(std::uint32_t floor_per_cent, std::uint32_t half_life_days);

}  // namespace tocsin::circle
