#include "circle/score.hpp"

#include "base/check.hpp"

namespace tocsin::circle {
namespace {

constexpr std::uint32_t source_factor = 2;
constexpr std::uint32_t value_if_silent = 5'000;  // of a source that states no confidence
constexpr unsigned halvings_max = 14;             // then less than one basis point is left

std::uint32_t value_of(Says says) {
  switch (says) {
    case Says::strongly_disagree:
      return 0;
    case Says::false_positive:
      return 1'000;
    case Says::disagree:
    case Says::expired:
      return 2'500;
    case Says::neutral:
      return 5'000;
    case Says::agree:
      return 7'500;
    case Says::seen:
      return 9'000;
    case Says::strongly_agree:
      return whole;
  }
  return value_if_silent;
}

std::uint64_t seconds_of(std::uint32_t days) {
  return std::uint64_t{days} * 86'400;
}

}  // namespace

std::uint32_t weight_of(char letter) {
  switch (letter) {
    case 'A':
      return 100;
    case 'B':
      return 80;
    case 'C':
      return 60;
    case 'D':
      return 40;
    case 'E':
      return 20;
    default:
      return 50;
  }
}

Weighed weigh(std::span<const Opinion> opinions) {
  std::uint64_t values = 0;
  std::uint64_t weights = 0;
  for (const auto& [says, letter] : opinions) {
    const std::uint64_t weight = says >= Says::seen ? weight_of(letter) / 2 : weight_of(letter);
    values += weight * value_of(says);
    weights += weight;
  }
  if (weights == 0) return {};
  const auto together = opinions.size() < members_shown_min ? weights / opinions.size() : weights;
  return {static_cast<std::uint32_t>(values / weights), static_cast<std::uint32_t>(together),
          opinions.size()};
}

Score score_of(std::optional<std::uint8_t> confidence, char source_letter, std::span<const Opinion> opinions,
               std::span<const Opinion> sightings, std::uint32_t freshness) {
  Score out;
  out.source.value = confidence ? *confidence * 100U : value_if_silent;
  out.source.weight = source_factor * weight_of(source_letter);
  out.source.members = 1;
  out.opinions = weigh(opinions);
  out.sightings = weigh(sightings);
  out.freshness = freshness;
  std::uint64_t values = 0;
  std::uint64_t weights = 0;
  for (const auto* part : {&out.source, &out.opinions, &out.sightings}) {
    values += std::uint64_t{part->weight} * part->value;
    weights += part->weight;
  }
  out.score = static_cast<std::uint32_t>(values / weights * freshness / whole / 100);
  return out;
}

std::uint32_t freshness_after(std::chrono::seconds age, std::uint32_t half_life_days) {
  TOCSIN_CHECK(half_life_days > 0, "a half-life is a day at least");
  if (age.count() <= 0) return whole;
  const auto half_life = seconds_of(half_life_days);
  const auto seconds = static_cast<std::uint64_t>(age.count());
  const auto halvings = seconds / half_life;
  if (halvings >= halvings_max) return 0;
  const std::uint64_t left = whole >> halvings;
  return static_cast<std::uint32_t>(left - (left - left / 2) * (seconds % half_life) / half_life);
}

std::chrono::seconds age_below(std::uint32_t floor_per_cent, std::uint32_t half_life_days) {
  TOCSIN_CHECK(floor_per_cent > 0 && floor_per_cent < 100, "a floor is 1 to 99 per cent");
  const std::uint32_t floor = floor_per_cent * 100;
  // Freshness never rises with age, so the first age is found by halving.
  std::uint64_t fresh = 0;
  std::uint64_t faded = halvings_max * seconds_of(half_life_days);
  while (faded - fresh > 1) {
    const auto middle = fresh + (faded - fresh) / 2;
    const bool is_faded = freshness_after(std::chrono::seconds{middle}, half_life_days) < floor;
    (is_faded ? faded : fresh) = middle;
  }
  return std::chrono::seconds{faded};
}

}  // namespace tocsin::circle
