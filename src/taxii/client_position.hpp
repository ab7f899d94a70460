#pragma once

/// How far a collection was taken: what lets the next pull go on without a loss and without a repetition.
///
/// Format:  one JSON object, {"version":1,"collection":URL,"added_after":TIME,"seen":[TEXT,…]}.
/// Errors:  invalid_input, naming the member.
/// Threads: values and pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::taxii::client {

struct Position {
  std::string collection;                ///< its URL: a position says nothing about another
  std::optional<Timestamp> added_after;  ///< the newest date of adding that is known; absent: none is
  std::vector<std::string> seen;         ///< keys of the objects that may have that date (or a later one)

  friend bool operator==(const Position&, const Position&) = default;
};

std::string to_json(const Position& position);
Result<Position> read_position(std::string_view text);

}  // namespace tocsin::taxii::client
