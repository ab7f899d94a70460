#include "circle/ending.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "circle/heard.hpp"
#include "circle/score.hpp"
#include "stix/value_kind.hpp"

namespace tocsin::circle {
namespace {

constexpr std::string_view by_the_rules = R"({"by":"rules")";  // an ending's attributes begin so

using DaysByKind = std::map<std::string, std::uint32_t>;

std::optional<std::uint32_t> shortest(const DaysByKind& days, const stix::Object& indicator) {
  std::optional<std::uint32_t> out;
  const auto take = [&](stix::ValueKind kind) {
    if (const auto found = days.find(std::string{stix::name(kind)}); found != days.end())
      out = std::min(out.value_or(found->second), found->second);
  };
  for (const auto& value : indicator.values) take(value.kind);
  if (indicator.values.empty()) take(stix::ValueKind::other);
  return out;
}

Timestamp begins(const stix::Object& indicator, Timestamp otherwise) {
  if (indicator.valid_from) return *indicator.valid_from;
  const auto created = parse_rfc3339(indicator.created);
  return created ? *created : otherwise;
}

/// The object of an entry that is current, and its version; nullptr when there is nothing to end.
struct Current {
  std::shared_ptr<const stix::Object> object;
  KnownId* known = nullptr;
  KnownVersion* version = nullptr;
  Timestamp date_added;
};
Result<Current> current_at(Decider& on, CircleId circle, Sequence sequence, stix::Parser& parser) {
  Current out;
  const auto row = on.row(circle, sequence);
  if (!row) return row.error();
  if (row->withdrawn || row->superseded || row->erased) return out;
  const auto entry = on.read(circle, sequence);
  if (!entry) return entry.error();
  auto parsed = parser.parse_object(entry->bytes);
  if (!parsed.object || parsed.object->type != "indicator" || parsed.object->revoked) return out;
  auto known = on.known(circle, parsed.object->id);
  if (!known) return std::move(known).error();
  for (auto& version : (*known)->versions)
    if (version.sequence == sequence && !version.withdrawn && !version.superseded) out.version = &version;
  if (out.version == nullptr) return out;
  out.object = std::make_shared<const stix::Object>(*std::move(parsed.object));
  out.known = *known;
  out.date_added = entry->date_added;
  return out;
}

Status end_some(Decider& on, const EndRequest& request, std::vector<EndRequest::Later>& later) {
  const auto circle = on.directory().circle(request.circle);
  if (circle == nullptr) return Error{Errc::not_found, "there is no such circle"};
  const Listening listening{on.views(), *circle,
                            [&](Sequence sequence) { return on.row(request.circle, sequence); },
                            [](Sequence, const log::Row&) { return true; }};
  stix::Parser parser;
  for (const auto sequence : request.entries) {
    auto current = current_at(on, request.circle, sequence, parser);
    // What cannot be read now must not keep the others from ending.
    if (!current || current->version == nullptr) continue;
    const auto* marking_class = on.classes().find(request.circle, current->version->marking_class);
    if (marking_class == nullptr) continue;
    const auto seen =
        last_seen(listening, current->object->id, {current->known->owner, marking_class->author});
    if (!seen) continue;
    const auto ending = ending_of(circle->current_rules(), *current->object, current->date_added, *seen);
    if (!ending) continue;
    if (ending->at > on.now()) {
      later.push_back({ending->at, sequence});
      continue;
    }
    Decider::Addition addition;
    addition.circle = request.circle;
    addition.kind = log::Kind::withdrawal;
    addition.marking_class = *marking_class;
    addition.attributes = std::string{by_the_rules} + R"(,"reason":")" + std::string{ending->reason} +
                          R"(","tlp":")" + std::string{stix::name(marking_class->tlp)} + R"("})";
    addition.bytes = R"({"id":)" + json_string(current->object->id) + R"(,"why":"it has )" +
                     std::string{ending->reason} + R"( by the circle's rules"})";
    addition.subject = current->object->id;
    addition.owner = current->known->owner;
    current->version->withdrawn = true;
    addition.changes.push_back({sequence, current->version->marking_class, false, true});
    on.add(std::move(addition));
  }
  return {};
}

}  // namespace

std::optional<std::uint32_t> half_life_days(const policy::Rules& rules, const stix::Object& indicator) {
  if (indicator.type != "indicator") return std::nullopt;
  return shortest(rules.decay_days, indicator);
}

Timestamp fades_from(const stix::Object& indicator, Timestamp date_added,
                     std::optional<Timestamp> last_seen) {
  Timestamp from = begins(indicator, date_added);
  if (const auto modified = parse_rfc3339(indicator.modified)) from = std::max(from, *modified);
  from = std::min(from, date_added);
  return last_seen ? std::max(from, *last_seen) : from;
}

std::optional<Ending> ending_of(const policy::Rules& rules, const stix::Object& indicator,
                                Timestamp date_added, std::optional<Timestamp> last_seen) {
  std::optional<Ending> out;
  const auto take = [&](Timestamp at, std::string_view reason) {
    if (!out || at < out->at) out = Ending{at, reason};
  };
  if (const auto days = half_life_days(rules, indicator); days && rules.decay_floor > 0)
    take(fades_from(indicator, date_added, last_seen) + age_below(rules.decay_floor, *days), "decayed");
  if (!rules.end_expired) return out;
  if (indicator.valid_until) {
    take(*indicator.valid_until, "expired");
  } else if (const auto days = shortest(rules.lifetime_days, indicator)) {
    take(begins(indicator, date_added) + std::chrono::hours{24} * *days, "expired");
  }
  return out;
}

bool ends_anything(const policy::Rules& rules) {
  return rules.end_expired || (rules.decay_floor > 0 && !rules.decay_days.empty());
}

std::set<Sequence> ended_by_rules(Decider& on, CircleId circle, std::string_view id) {
  const auto ends = on.acts(circle, id, log::Kind::withdrawal);
  if (!ends) return {};
  std::set<Sequence> out;
  for (const auto sequence : *ends) {
    const auto entry = on.read(circle, sequence);
    if (!entry) return {};
    const bool by_rules = entry->attributes.starts_with(by_the_rules);
    for (const auto& change : entry->changes)
      if (by_rules)
        out.insert(change.sequence);
      else
        out.erase(change.sequence);
  }
  return out;
}

Command end_command(EndRequest request) {
  struct State {
    EndRequest request;
    std::vector<EndRequest::Later> later;
  };
  auto state = std::make_shared<State>(State{std::move(request), {}});
  Command command;
  command.bytes = 512 * state->request.entries.size();
  command.decide = [state](Decider& on) { return end_some(on, state->request, state->later); };
  command.done = [state](Result<std::vector<log::Appended>> appended) {
    if (appended)
      state->request.done(std::move(state->later));
    else
      state->request.done(std::move(appended).error());
  };
  return command;
}

}  // namespace tocsin::circle
