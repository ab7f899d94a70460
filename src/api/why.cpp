#include <algorithm>

#include "api/handlers.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::api {
namespace {

using policy::Ruling;

struct Shown {
  log::Entry entry;
  log::Row row;
};

/// The newest version that the caller sees: of what it may not know, it gets no explanation either.
Result<std::optional<Shown>> newest_visible(Call& call, const std::string& id) {
  const CircleId circle = call.sight->circle()->id;
  auto versions = call.services.views.versions(circle, id, Sequence{}, list_most);
  if (!versions) return std::move(versions).error();
  for (auto it = versions->rbegin(); it != versions->rend(); ++it) {
    if (it->kind != log::Kind::object) continue;
    auto entry = visible_entry(call.services, *call.sight, it->sequence);
    if (!entry) return std::move(entry).error();
    if (!*entry) continue;
    auto row = call.services.log.row(circle, it->sequence);
    if (!row) return std::move(row).error();
    return std::optional{Shown{**std::move(entry), *row}};
  }
  return std::optional<Shown>{};
}

/// Whose rights are asked for, as if it read with a token of its own.
struct Subject {
  std::string name;
  policy::Principal principal;
  policy::Standpoint standpoint;
  bool self = false;
};

bool is_called(const policy::Member& member, std::string_view name) {
  return member.name == name || member.uuid == name;
}

Result<Subject> subject_of(const Call& call, std::string_view name) {
  const auto& sight = *call.sight;
  if (name.empty() || is_called(*sight.principal().member, name))
    return Subject{sight.principal().member->name, sight.principal(), sight.standpoint(), true};
  if (!sight.standpoint().steward)
    return Error{Errc::denied,
                 "only a steward of the circle asks for another member; 'member' may name your own"};
  Subject subject;
  subject.name = name;  // as it was asked: of whoever is outside, nothing is told, not even that it exists
  const auto member = call.services.directory.find_member(name);
  if (!member) return subject;
  subject.principal.member = member;
  subject.principal.scopes = policy::scope_bit(policy::Scope::read);
  if (member->client_of != MemberId{})
    subject.principal.client_of = call.services.directory.member(member->client_of);
  subject.standpoint = policy::standpoint(subject.principal, *sight.circle());
  if (subject.standpoint.inside) subject.name = member->name;
  return subject;
}

/// The class as far as an answer may lean on it: who shared something unnamed must not show by who may read
/// it.
policy::MarkingClass class_for(const Subject& subject, const log::Entry& entry,
                               policy::MarkingClass marking_class) {
  if (subject.self || !subject.principal.member) return marking_class;
  const auto attributes = json::parse_object(entry.attributes);
  if (!attributes || json::text_or(*attributes, "author") != subject.principal.member->uuid)
    marking_class.author = MemberId{};
  return marking_class;
}

std::vector<Ruling> rulings_on(const Subject& subject, const Shown& shown,
                               const policy::MarkingClass& marking_class) {
  auto rulings = policy::rulings(subject.principal, subject.standpoint, marking_class);
  if (!subject.standpoint.inside) return rulings;
  const auto closed = subject.standpoint.visible_after;
  Ruling history{"history", shown.entry.sequence > closed ? Ruling::Said::yes : Ruling::Said::no,
                 "newcomers see the circle's history, or it was in before"};
  if (closed != Sequence{})
    history.why = "to it the circle is open from entry " + std::to_string(closed.value() + 1) +
                  " on; this is entry " + std::to_string(shown.entry.sequence.value());
  rulings.insert(rulings.begin() + 1, std::move(history));
  rulings.push_back(
      {"withdrawal and erasure", Ruling::Said::yes,
       shown.row.withdrawn
           ? "it is withdrawn: sensors let it go and TAXII hides it, but its history can be read"
           : "it is neither withdrawn nor erased"});
  return rulings;
}

std::string_view name(Ruling::Said said) {
  switch (said) {
    case Ruling::Said::yes:
      return "yes";
    case Ruling::Said::no:
      return "no";
    case Ruling::Said::grants:
      break;
  }
  return "grants";
}

Result<std::string> why_json(Call& call, const std::string& id) {
  const CircleId circle = call.sight->circle()->id;
  TOCSIN_TRY(admit_read(call, circle, "why", "id", Sequence{1}, call.services.log.head(circle).sequence));
  auto shown = newest_visible(call, id);
  if (!shown) return std::move(shown).error();
  if (!*shown) return Error{Errc::not_found, ""};
  auto subject = subject_of(call, call.request.parameter("member").value_or(""));
  if (!subject) return std::move(subject).error();
  auto marking_class = call.services.classes.at(circle, (*shown)->row.marking_class);
  if (!marking_class) return std::move(marking_class).error();
  const auto rulings =
      rulings_on(*subject, **shown, class_for(*subject, (*shown)->entry, *std::move(marking_class)));

  const auto deciding =
      std::ranges::find_if(rulings, [](const Ruling& ruling) { return ruling.said != Ruling::Said::yes; });
  const bool sees = deciding == rulings.end() || deciding->said == Ruling::Said::grants;
  json::Array list;
  for (const auto& ruling : rulings)
    list.push_back(json::Object{{"rule", ruling.rule}, {"answer", name(ruling.said)}, {"why", ruling.why}});
  return json::dump(json::Object{
      {"id", id},
      {"sequence", (*shown)->entry.sequence.value()},
      {"member", subject->name},
      {"sees", sees},
      {"decided_by", deciding == rulings.end() ? json::Value(nullptr) : json::Value(deciding->rule)},
      {"rules", std::move(list)}});
}

}  // namespace

void why(SharedCall call) {
  when_current(std::move(call), [](SharedCall current) {
    current->answer_or_refuse(200, why_json(*current, current->parameters[1]));
  });
}

}  // namespace tocsin::api
