#include "circle/sightings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "circle/standing.hpp"

namespace tocsin::circle {
namespace {

const std::string* indicator_of(const stix::Object& sighting) {
  for (const auto& reference : sighting.references)
    if (reference.property == "sighting_of_ref") return &reference.target;
  return nullptr;
}

std::string attributes_of(const SightRequest& request, const Standing& standing, bool named,
                          std::size_t members) {
  std::string out = R"({"sighting":")" + std::string{name(request.kind)} + '"';
  if (request.kind == SightingKind::seen)
    out += R"(,"members":)" + (members < 3 ? R"("<3")" : std::to_string(members));
  if (named) {
    out += R"(,"author":)" + json_string(standing.principal.member->uuid);
    out += R"(,"author_name":)" + json_string(standing.principal.member->name);
  }
  return out + '}';
}

Status sight(Decider& on, SightRequest& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  if (!standing->principal.has(policy::Scope::sight))
    return Error{Errc::denied, "this token has not the scope 'sight'"};
  const auto& rules = standing->circle->current_rules();
  if (rules.sightings == policy::SightingRule::off)
    return Error{Errc::denied, "the circle's rules take no sightings"};
  const std::string* indicator = indicator_of(request.sighting);
  if (request.sighting.type != "sighting" || indicator == nullptr)
    return Error{Errc::invalid_input, "a STIX Sighting is expected"};
  auto known = on.known(request.circle, *indicator);
  if (!known) return std::move(known).error();
  const policy::MarkingClass* of = nullptr;
  for (auto it = (*known)->versions.rbegin(); of == nullptr && it != (*known)->versions.rend(); ++it) {
    const auto* marking_class = on.classes().find(request.circle, it->marking_class);
    if (member_knows(standing->principal, standing->standpoint, it->sequence, marking_class))
      of = marking_class;
  }
  if (of == nullptr) return Error{Errc::not_found, "there is no such indicator in this circle"};

  auto members = request.counts->add(on, request.circle, *indicator, standing->principal.member_id());
  if (!members) return std::move(members).error();
  const bool named = request.named && rules.sightings == policy::SightingRule::named;
  Decider::Addition addition;
  addition.circle = request.circle;
  addition.kind = log::Kind::sighting;
  addition.marking_class = *of;  // whoever may see the indicator may see that it was seen
  addition.marking_class.shape = policy::MarkingClass::Shape::sighting;
  addition.marking_class.sightings_to_government = rules.sightings_to_government;
  addition.author = standing->principal.member_id();
  addition.holder = standing->principal.holder;
  addition.attributes = attributes_of(request, *standing, named, *members);
  addition.bytes = request.sighting.bytes;
  addition.subject = *indicator;
  on.add(std::move(addition));
  return {};
}

}  // namespace

std::string_view name(SightingKind kind) {
  switch (kind) {
    case SightingKind::seen:
      return "seen";
    case SightingKind::false_positive:
      return "false-positive";
    case SightingKind::expired:
      return "expired";
  }
  return "unknown";
}

std::optional<SightingKind> parse_sighting_kind(std::string_view text) {
  for (const auto kind : {SightingKind::seen, SightingKind::false_positive, SightingKind::expired})
    if (name(kind) == text) return kind;
  return std::nullopt;
}

Result<std::size_t> SightingCounts::add(Decider& on, CircleId circle, const std::string& indicator,
                                        MemberId member) {
  if (members_.size() >= indicators_max_) members_.clear();  // loaded again when asked
  auto [it, is_new] = members_.try_emplace({circle, indicator});
  if (is_new) {
    auto authors = on.authors_of(circle, indicator, log::Kind::sighting);
    if (!authors) {
      members_.erase(it);
      return std::move(authors).error();
    }
    it->second = *std::move(authors);
  }
  it->second.insert(member);
  return it->second.size();
}

Command sight_command(SightRequest request) {
  const std::size_t bytes = request.sighting.bytes.size() + 512;
  return one_entry_command(std::move(request), bytes, sight);
}

}  // namespace tocsin::circle
