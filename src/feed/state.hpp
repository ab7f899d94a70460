#pragma once

/// How far a feed is, and how it goes. It is no history: what the circle got stands in the log, and a feed
/// whose state is lost takes everything again, which the circle knows already.
///
/// Format:  one JSON object per feed, DIR/feeds/N.json.
/// Errors:  corrupt.
/// Threads: values and pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "taxii/client_position.hpp"

namespace tocsin::feed {

struct State {
  std::optional<taxii::client::Position> position;  ///< none: nothing was taken yet
  bool whole = false;                               ///< everything there was has been taken once

  std::uint64_t taken = 0, duplicates = 0, held = 0, refused = 0, withdrawn = 0;
  std::uint64_t quarantined = 0;    ///< of the first objects, those that were held for being that
  std::uint64_t run_objects = 0;    ///< new ones since all there is was taken
  std::uint64_t usual_objects = 0;  ///< of such a run, of late
  bool accept_removals = false;     ///< a steward believes the next comparison, however much is gone

  Timestamp next_poll{}, next_compare{}, last_attempt{}, last_success{}, last_compare{}, last_error_at{};
  unsigned failures = 0;     ///< in a row
  std::string last_error;    ///< what went wrong last
  std::string last_refusal;  ///< the last object that the circle did not take, and why
  std::string last_warning;  ///< what a person should know of the server's answers
};

/// A server's words, cut and made harmless, as they are kept here.
std::string for_people(std::string_view text);

std::string to_json(const State& state);
Result<State> read_state(std::string_view text);
/// For people: without the position's keys.
json::Object shown(const State& state);

}  // namespace tocsin::feed
