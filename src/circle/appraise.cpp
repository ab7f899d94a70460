#include "circle/appraise.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "circle/heard.hpp"
#include "circle/standing.hpp"

namespace tocsin::circle {
namespace {

std::optional<std::uint8_t> confidence_of(const stix::Object& object) {
  const auto document = json::parse_object(object.bytes);
  const auto* value = document ? document->if_contains("confidence") : nullptr;
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0 || value->get_int64() > 100)
    return std::nullopt;
  return static_cast<std::uint8_t>(value->get_int64());
}

bool is_named(const log::Entry& entry) {
  const auto attributes = json::parse_object(entry.attributes);
  return attributes && attributes->contains("author");
}

class Letters {
 public:
  Letters(const policy::Circle& circle, const log::Log& log) : circle_{circle}, log_{log} {
    for (const auto member : active_members(circle)) ++members_[letter_of(member)];
  }

  /// The letter of whoever made this entry, as far as it may be told.
  char of(MemberId member, const log::Entry& entry) const {
    const char letter = letter_of(member);
    return letter == 'F' || is_common(letter) || is_named(entry) ? letter : 'F';
  }
  Result<char> of(MemberId member, Sequence sequence) const {
    const char letter = letter_of(member);
    if (letter == 'F' || is_common(letter)) return letter;
    const auto entry = log_.read(circle_.id, sequence);
    if (!entry) return entry.error();
    return is_named(*entry) ? letter : 'F';
  }

 private:
  char letter_of(MemberId member) const {
    const auto at = circle_.roster.find(member);
    return at == circle_.roster.end() ? 'F' : at->second.reliability;
  }
  bool is_common(char letter) const {
    const auto at = members_.find(letter);
    return at != members_.end() && at->second >= members_shown_min;
  }

  const policy::Circle& circle_;
  const log::Log& log_;
  std::map<char, std::size_t> members_;
};

/// The object at a sequence, when the reader sees it and it is the current version of something.
Result<std::optional<stix::Object>> current_object(const log::Log& log, Sight& sight, Sequence sequence,
                                                   stix::Parser& parser) {
  const auto circle = sight.circle()->id;
  const auto row = log.row(circle, sequence);
  if (!row) return row.error();
  if (row->kind != log::Kind::object || row->superseded || row->withdrawn || !sight.sees(sequence, *row))
    return std::optional<stix::Object>{};
  const auto entry = log.read(circle, sequence);
  if (!entry) return entry.error();
  return parser.parse_object(entry->bytes).object;
}

}  // namespace

Result<Appraisal> appraise(const views::Views& views, const log::Log& log, const policy::Circle& circle,
                           Sight& sight, const stix::Object& object, const log::Entry& entry, MemberId owner,
                           Timestamp now) {
  const Letters letters{circle, log};
  const Listening listening{
      views, circle, [&](Sequence sequence) { return log.row(circle.id, sequence); },
      [&](Sequence sequence, const log::Row& row) { return sight.sees(sequence, row); }};
  const std::set<MemberId> silent{owner, entry.author};
  Appraisal out;
  std::vector<Opinion> said[2];
  for (const auto kind : {views::Voice::Kind::opinion, views::Voice::Kind::sighting}) {
    const auto voices = heard(listening, object.id, kind, silent);
    if (!voices) return voices.error();
    for (const auto& voice : *voices) {
      const auto letter = letters.of(voice.member, voice.sequence);
      if (!letter) return letter.error();
      said[kind == views::Voice::Kind::sighting].push_back({voice.says, *letter});
      ++out.members[voice.says];
      if (voice.says == Says::seen) out.last_seen = std::max(out.last_seen.value_or(voice.time), voice.time);
    }
  }
  const auto& rules = circle.current_rules();
  out.confidence = confidence_of(object);
  out.letter = letters.of(entry.author, entry);
  out.half_life_days = half_life_days(rules, object);
  std::uint32_t freshness = whole;
  if (out.half_life_days) {
    const auto age = now - fades_from(object, entry.date_added, out.last_seen);
    freshness = freshness_after(std::chrono::floor<std::chrono::seconds>(age), *out.half_life_days);
  }
  auto with_expiry = rules;  // which sensors see to where the log does not
  with_expiry.end_expired = true;
  out.ending = ending_of(with_expiry, object, entry.date_added, out.last_seen);
  out.score = score_of(out.confidence, out.letter, said[0], said[1], freshness);
  return out;
}

Result<std::vector<Same>> same_as(const views::Views& views, const log::Log& log, Sight& sight,
                                  const stix::Object& object, std::size_t most) {
  std::vector<Same> out;
  if (object.type != "indicator") return out;
  constexpr std::size_t looked_at_most = 64;
  const auto circle = sight.circle()->id;
  const auto key = pattern_key(object);
  const auto value = sole_value(object);
  if (key.empty() && !value) return out;
  const auto sequences = key.empty() ? views.with_value(circle, *value, Sequence{}, looked_at_most)
                                     : views.with_pattern(circle, key, Sequence{}, looked_at_most);
  if (!sequences) return sequences.error();
  if (sequences->empty()) return out;  // nearly always: no need of a parser
  stix::Parser parser;
  for (const auto sequence : *sequences) {
    if (out.size() >= most) break;
    const auto other = current_object(log, sight, sequence, parser);
    if (!other) return other.error();
    if (!*other || (*other)->type != "indicator" || (*other)->id == object.id) continue;
    if (key.empty() && sole_value(**other) != value) continue;
    const bool known = std::ranges::any_of(out, [&](const Same& same) { return same.id == (*other)->id; });
    if (known) continue;
    out.push_back({(*other)->id, (*other)->pattern == object.pattern || !key.empty() ? "pattern" : "value"});
  }
  return out;
}

}  // namespace tocsin::circle
