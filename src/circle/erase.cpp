#include "circle/erase.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/replay.hpp"
#include "circle/sealed.hpp"
#include "circle/standing.hpp"

namespace tocsin::circle {
namespace {

/// What one act may erase: so much still fits a frame.
constexpr std::size_t entries_max = 100'000;

/// What an entry speaks of: the id of the object that it shares, or that it names.
Result<std::string> id_in(const log::Entry& entry) {
  if (entry.erased) return std::string{};
  if (entry.kind == log::Kind::object) {
    auto document = json::parse_object(entry.bytes);
    if (!document) return Error{Errc::corrupt, "an object's entry cannot be read"};
    return json::text_or(*document, "id");
  }
  return entry.kind == log::Kind::held ? subject_of(entry) : std::string{};
}

/// All entries that hold the object or name its id: those that the views know, and its newest versions.
Result<std::vector<Sequence>> entries_to_erase(Decider& on, CircleId circle, const std::string& id) {
  auto known = on.known(circle, id);
  if (!known) return std::move(known).error();
  auto entries = entries_about(on.views(), circle, id);
  if (!entries) return std::move(entries).error();
  for (const auto& version : (*known)->versions) entries->push_back(version.sequence);
  std::sort(entries->begin(), entries->end());
  entries->erase(std::unique(entries->begin(), entries->end()), entries->end());
  return entries;
}

/// Adds an erasure for each of these entries that keeps its content so far. Returns those.
Result<std::vector<Sequence>> erase(Decider& on, CircleId circle, const std::vector<Sequence>& entries,
                                    const std::string& id, const policy::Principal& by) {
  if (entries.size() > entries_max)
    return Error{Errc::invalid_input, "more than " + std::to_string(entries_max) + " entries name it"};
  std::vector<Decider::Addition> additions;
  std::vector<Sequence> erased;
  for (const auto sequence : entries) {
    auto row = on.row(circle, sequence);
    if (!row) return std::move(row).error();
    if (row->erased || on.erasures().leaves({circle, sequence})) continue;
    auto entry = on.read(circle, sequence);
    if (!entry) return std::move(entry).error();
    auto sealed = decode_sealed(entry->sealed);
    if (!sealed) return std::move(sealed).error();
    const auto* marking_class = on.classes().find(circle, entry->marking_class);
    if (marking_class == nullptr) return Error{Errc::corrupt, "entry of an unknown marking class"};
    Decider::Addition addition;
    addition.circle = circle;
    addition.kind = log::Kind::erasure;
    addition.marking_class = *marking_class;  // whoever could know the entry learns that it is gone
    addition.author = by.member_id();
    addition.holder = by.holder;
    addition.attributes = "{}";
    addition.bytes = R"({"sequence":)" + std::to_string(sequence.value()) + '}';
    addition.reintroduces = sealed->introduces.has_value();
    const bool content = row->kind == log::Kind::object || row->kind == log::Kind::held;
    if (content && !id.empty()) addition.tombstone = on.erasures().tombstone(circle, id);
    addition.changes.push_back({sequence, row->marking_class, row->superseded, row->withdrawn || content});
    additions.push_back(std::move(addition));
    erased.push_back(sequence);
  }
  for (auto& addition : additions) on.add(std::move(addition));
  if (id.empty()) return erased;
  auto known = on.known(circle, id);
  if (!known) return std::move(known).error();
  (*known)->versions.clear();
  (*known)->owner = {};
  return erased;
}

Status propose(Decider& on, const ProposeErasure& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  if (!standing->standpoint.steward)
    return Error{Errc::denied, "only a steward of the circle proposes an erasure"};
  if (trim(request.why).empty()) return Error{Errc::invalid_input, "'why' must give the reason"};
  Sequence named = request.entry;
  if (!request.id.empty()) {
    auto entries = entries_to_erase(on, request.circle, request.id);
    if (!entries) return std::move(entries).error();
    if (entries->empty()) return Error{Errc::not_found, "there is no such object in this circle"};
    const auto& versions = (*on.known(request.circle, request.id))->versions;
    named = versions.empty() ? entries->front() : versions.front().sequence;
  }
  auto row = on.row(request.circle, named);
  if (!row) return std::move(row).error();
  if (row->erased) return Error{Errc::conflict, "it is erased already"};
  if (is_governance(row->kind, {}) || row->kind == log::Kind::erasure || row->kind == log::Kind::decision)
    return Error{Errc::invalid_input, "rules, membership and decisions stay: they hold no content"};
  auto entry = on.read(request.circle, named);
  if (!entry) return std::move(entry).error();
  auto sealed = decode_sealed(entry->sealed);
  if (!sealed) return std::move(sealed).error();

  Decider::Addition proposal;
  proposal.circle = request.circle;
  proposal.kind = log::Kind::decision;
  proposal.marking_class.shape = policy::MarkingClass::Shape::held;  // its owner and the stewards
  proposal.marking_class.author = sealed->owner == MemberId{} ? entry->author : sealed->owner;
  proposal.author = standing->principal.member_id();
  proposal.holder = standing->principal.holder;
  proposal.attributes = R"({"by":"steward"})";
  proposal.bytes = R"({"sequence":)" + std::to_string(named.value()) + R"(,"act":"propose-erasure","why":)" +
                   json_string(request.why) + '}';
  on.add(std::move(proposal));
  return {};
}

/// The second person: not the one who proposed, and somebody who answers for the circle or for the object.
Status may_confirm(const Decider& on, const Standing& standing, const Erasures::Proposal& proposal,
                   MemberId owner) {
  const auto holder = on.directory().holder(standing.principal.holder);
  if (!holder || holder->machine) return Error{Errc::denied, "a person confirms an erasure, not a machine"};
  if (standing.principal.holder == proposal.by)
    return Error{Errc::denied, "a second person confirms an erasure"};
  const bool owns = owner != MemberId{} && standing.principal.member_id() == owner &&
                    standing.principal.has(policy::Scope::share);
  if (!standing.standpoint.steward && !owns)
    return Error{Errc::denied,
                 "another steward of the circle, or a person of its owner, confirms an erasure"};
  return {};
}

Result<std::vector<Sequence>> confirm(Decider& on, const ConfirmErasure& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  const auto proposal = on.erasures().proposal({request.circle, request.proposal});
  const Error unknown{Errc::not_found, "no erasure is proposed at this sequence"};
  if (!proposal) return unknown;
  auto entry = on.read(request.circle, proposal->entry);
  if (!entry) return std::move(entry).error();
  if (entry->erased || on.erasures().leaves({request.circle, proposal->entry}))
    return Error{Errc::conflict, "it is erased already"};
  auto sealed = decode_sealed(entry->sealed);
  if (!sealed) return std::move(sealed).error();
  const MemberId owner = sealed->owner == MemberId{} ? entry->author : sealed->owner;
  if (!standing->standpoint.steward && standing->principal.member_id() != owner) return unknown;
  TOCSIN_TRY(may_confirm(on, *standing, *proposal, owner));
  auto id = id_in(*entry);
  if (!id) return std::move(id).error();
  if (id->empty()) return erase(on, request.circle, {proposal->entry}, {}, standing->principal);
  auto entries = entries_to_erase(on, request.circle, *id);
  if (!entries) return std::move(entries).error();
  return erase(on, request.circle, *entries, *id, standing->principal);
}

template <class Erase>
Command erasing(Erase erase_now, std::function<void(Result<std::vector<Sequence>>)> done) {
  auto erased = std::make_shared<std::vector<Sequence>>();
  Command command;
  command.bytes = 64 << 10;
  command.decide = [erased, erase_now = std::move(erase_now)](Decider& on) -> Status {
    auto entries = erase_now(on);
    if (!entries) return std::move(entries).error();
    *erased = *std::move(entries);
    return {};
  };
  command.done = [erased, done = std::move(done)](Result<std::vector<log::Appended>> appended) {
    if (appended)
      done(std::move(*erased));
    else
      done(std::move(appended).error());
  };
  return command;
}

}  // namespace

Result<std::vector<Sequence>> entries_about(const views::Views& views, CircleId circle, std::string_view id) {
  std::vector<Sequence> entries;
  for (Sequence after;;) {
    auto versions = views.versions(circle, id, after, views::list_most);
    if (!versions) return std::move(versions).error();
    for (const auto& version : *versions) entries.push_back(version.sequence);
    if (versions->size() < views::list_most) break;
    after = entries.back();
  }
  for (const auto kind : {log::Kind::withdrawal, log::Kind::sighting, log::Kind::held, log::Kind::message}) {
    for (Sequence after;;) {
      auto acts = views.acts(circle, id, kind, after, views::list_most);
      if (!acts) return std::move(acts).error();
      entries.insert(entries.end(), acts->begin(), acts->end());
      if (acts->size() < views::list_most) break;
      after = entries.back();
    }
  }
  return entries;
}

Command propose_erasure_command(ProposeErasure request) {
  return one_entry_command(std::move(request), 8 << 10, propose);
}

Command confirm_erasure_command(ConfirmErasure request) {
  auto state = std::make_shared<ConfirmErasure>(std::move(request));
  return erasing([state](Decider& on) { return confirm(on, *state); },
                 [state](auto erased) { state->done(std::move(erased)); });
}

Command due_erasure_command(Erasures::Place place, Erasures::Deletion deletion,
                            std::function<void(Result<std::vector<Sequence>>)> done) {
  auto decide = [place, deletion = std::move(deletion)](Decider& on) -> Result<std::vector<Sequence>> {
    if (!deletion.versions.empty()) return erase(on, place.circle, deletion.versions, {}, {});
    auto entries = entries_to_erase(on, place.circle, deletion.id);
    if (!entries) return std::move(entries).error();
    return erase(on, place.circle, *entries, deletion.id, {});
  };
  return erasing(std::move(decide), std::move(done));
}

Command repeat_erasure_command(Erasures::Place place, Hash commitment,
                               std::function<void(Result<std::vector<Sequence>>)> done) {
  auto decide = [place, commitment](Decider& on) -> Result<std::vector<Sequence>> {
    auto entry = on.read(place.circle, place.sequence);
    if (!entry) return std::move(entry).error();
    if (entry->commitment != commitment) return Error{Errc::not_found, "another entry stands there"};
    auto id = id_in(*entry);
    if (!id) return std::move(id).error();
    return erase(on, place.circle, {place.sequence}, *id, {});
  };
  return erasing(std::move(decide), std::move(done));
}

}  // namespace tocsin::circle
