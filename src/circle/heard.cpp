#include "circle/heard.hpp"

#include <algorithm>

namespace tocsin::circle {
namespace {

bool is_active(const policy::Circle& circle, MemberId member) {
  const auto at = circle.roster.find(member);
  return at != circle.roster.end() && at->second.standing == policy::Standing::active;
}

}  // namespace

Result<std::vector<Heard>> heard(const Listening& listening, std::string_view id, views::Voice::Kind kind,
                                 const std::set<MemberId>& silent) {
  std::vector<Heard> out;
  constexpr std::size_t authors_at_once = 256;
  MemberId after;
  for (;;) {
    const auto voices = listening.views.voices(listening.circle.id, id, kind, after, authors_at_once);
    if (!voices) return voices.error();
    if (voices->empty()) return out;
    for (const auto& voice : *voices) {
      after = voice.author;
      if (!out.empty() && out.back().member == voice.author) continue;
      if (silent.contains(voice.author) || !is_active(listening.circle, voice.author)) continue;
      const auto row = listening.row(voice.sequence);
      if (!row) return row.error();
      if (row->withdrawn || row->superseded || row->erased || !listening.counts(voice.sequence, *row))
        continue;
      out.push_back({voice.author, static_cast<Says>(voice.says), voice.sequence, row->date_added});
    }
  }
}

Result<std::optional<Timestamp>> last_seen(const Listening& listening, std::string_view id,
                                           const std::set<MemberId>& silent) {
  const auto sightings = heard(listening, id, views::Voice::Kind::sighting, silent);
  if (!sightings) return sightings.error();
  std::optional<Timestamp> last;
  for (const auto& sighting : *sightings)
    if (sighting.says == Says::seen && (!last || *last < sighting.time)) last = sighting.time;
  return last;
}

}  // namespace tocsin::circle
