#pragma once

/// Who says what of an object: one voice for each member, the newest that counts.
///
/// Contract: members that are not active in the circle, and those behind the object itself, say nothing.
/// Source:   docs/score.md. Threads: as the views and the log.

#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "circle/voice.hpp"
#include "log/log.hpp"
#include "policy/types.hpp"

namespace tocsin::circle {

struct Heard {
  MemberId member;
  Says says{};
  Sequence sequence;
  Timestamp time;
};

/// `counts` is asked of each voice, newest first, until it lets one count; withdrawn ones never do.
struct Listening {
  const views::Views& views;
  const policy::Circle& circle;
  std::function<Result<log::Row>(Sequence)> row;
  std::function<bool(Sequence, const log::Row&)> counts;
};
Result<std::vector<Heard>> heard(const Listening& listening, std::string_view id, views::Voice::Kind kind,
                                 const std::set<MemberId>& silent);

/// When somebody else last saw it, if its newest word is that.
Result<std::optional<Timestamp>> last_seen(const Listening& listening, std::string_view id,
                                           const std::set<MemberId>& silent);

}  // namespace tocsin::circle
