#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/share.hpp"
#include "circle/standing.hpp"
#include "circle/voice.hpp"

namespace tocsin::circle {
namespace {

/// The version whose readers are the readers of what is said about the object: the newest that the asker may
/// see.
const KnownVersion* visible_version(const Decider& on, const Standing& standing, const KnownId& known) {
  for (auto it = known.versions.rbegin(); it != known.versions.rend(); ++it) {
    const auto* marking_class = on.classes().find(standing.circle->id, it->marking_class);
    if (member_knows(standing.principal, standing.standpoint, it->sequence, marking_class)) return &*it;
  }
  return nullptr;
}

/// What the public part of a withdrawal says when it is a deletion (Erasures reads it).
std::string deletion_of(const WithdrawRequest& request, const Decider& on) {
  if (!request.erase_later) return {};
  std::string out = R"(,"erase_after":")" + to_rfc3339(on.now() + deletion_grace) + '"';
  if (request.versions.empty()) return out;
  out += R"(,"versions":[)";
  for (std::size_t i = 0; i < request.versions.size(); ++i)
    out += (i == 0 ? "" : ",") + std::to_string(request.versions[i].value());
  return out + ']';
}

Status withdraw(Decider& on, const WithdrawRequest& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  auto known = on.known(request.circle, request.id);
  if (!known) return std::move(known).error();
  const KnownVersion* version = visible_version(on, *standing, **known);
  // A steward recalls also what it may not read: it names the id, and learns nothing more than that it was
  // there. An owner that was admitted again without history still ends what is its own.
  const bool steward = standing->standpoint.steward;
  const MemberId me = standing->principal.member_id();
  // Under an id that others own unseen, a member may have versions of its own: those it ends.
  const auto authored = [&](const KnownVersion& each) {
    const auto* marking_class = on.classes().find(request.circle, each.marking_class);
    return marking_class != nullptr && marking_class->author == me;
  };
  const bool keeps_id = steward || (*known)->owner == me;
  const bool owner = (*known)->owner == me || (version != nullptr && authored(*version));
  if (version == nullptr && (steward || owner) && !(*known)->versions.empty())
    version = &(*known)->versions.back();
  if (version == nullptr) return Error{Errc::not_found, "there is no such object in this circle"};
  if (!owner && !steward) return Error{Errc::denied, "only its owner or a steward withdraws an object"};
  if (owner && !standing->principal.has(policy::Scope::share))
    return Error{Errc::denied, "this token has not the scope 'share'"};
  if (version->withdrawn && !request.erase_later) return Error{Errc::conflict, "it is withdrawn already"};

  Decider::Addition addition;
  addition.circle = request.circle;
  addition.kind = log::Kind::withdrawal;
  addition.marking_class = *on.classes().find(request.circle, version->marking_class);
  addition.author = standing->principal.member_id();
  addition.holder = standing->principal.holder;
  addition.attributes = std::string{R"({"by":")"} + (owner ? "owner" : "steward") + R"(","tlp":")" +
                        std::string{stix::name(addition.marking_class.tlp)} + '"' + deletion_of(request, on) +
                        '}';
  addition.bytes = R"({"id":)" + json_string(request.id) + R"(,"why":)" + json_string(request.why) + '}';
  addition.subject = request.id;
  addition.owner = (*known)->owner;
  for (auto& each : (*known)->versions) {
    if (!keeps_id && !authored(each)) continue;
    if (!request.versions.empty() && !std::ranges::count(request.versions, each.sequence)) continue;
    each.withdrawn = true;
    addition.changes.push_back({each.sequence, each.marking_class, each.superseded, true});
  }
  on.add(std::move(addition));
  return {};
}

/// The object inside a held entry, as it will stand in the log.
Result<stix::Object> held_object(const log::Entry& entry) {
  auto document = json::parse_object(entry.bytes);
  if (!document) return Error{Errc::corrupt, "held entry: " + document.error().detail};
  // The bytes are kept: the object is cut out, not written anew. It is the last field, so it ends before the
  // brace.
  const auto at = entry.bytes.find(R"(,"object":)");
  if (at == std::string::npos) return Error{Errc::corrupt, "held entry without an object"};
  const auto begin = at + std::string_view{R"(,"object":)"}.size();
  stix::Parser parser;
  auto parsed =
      parser.parse_object(std::string_view{entry.bytes}.substr(begin, entry.bytes.size() - begin - 1));
  if (!parsed.object) return Error{Errc::corrupt, "held entry whose object does not parse"};
  return *std::move(parsed.object);
}

/// Much may have happened while the object was held: what was refused then must not enter by this way.
Status still_new(Decider& on, CircleId circle, const KnownId& known, const stix::Object& object,
                 MemberId author) {
  if (known.withdrawn()) return Error{Errc::conflict, "the object was withdrawn meanwhile"};
  if (object.created.empty()) {  // an observable: everybody may bring its own bytes, once
    for (const auto& version : known.versions) {
      auto before = on.read(circle, version.sequence);
      if (!before) return std::move(before).error();
      if (before->bytes == object.bytes) return Error{Errc::conflict, "the circle has this object already"};
    }
    return {};
  }
  if (!known.versions.empty() && known.owner != author)
    return Error{Errc::conflict, "another member has shared an object with this id meanwhile"};
  const KnownVersion* current = known.current();
  if (current != nullptr && stix::compare_versions(current->version, object.version()) >= 0)
    return Error{Errc::conflict, "the circle has this version, or a newer one, already"};
  return {};
}

Result<Standing> steward_in(const Decider& on, const DecideRequest& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (standing && !standing->standpoint.steward)
    return Error{Errc::denied, "only a steward of the circle decides on what is held"};
  return standing;
}

Result<log::Entry> held_entry(Decider& on, CircleId circle, Sequence sequence) {
  auto entry = on.read(circle, sequence);
  if (!entry || entry->kind != log::Kind::held)
    return Error{Errc::not_found, "nothing is held at this sequence"};
  return entry;
}

Status decide_held(Decider& on, const DecideRequest& request) {
  auto standing = steward_in(on, request);
  if (!standing) return std::move(standing).error();
  auto entry = held_entry(on, request.circle, request.sequence);
  if (!entry) return std::move(entry).error();
  auto row = on.row(request.circle, request.sequence);
  if (!row) return std::move(row).error();
  if (row->withdrawn) return Error{Errc::conflict, "it was decided already"};
  const auto* held_class = on.classes().find(request.circle, entry->marking_class);
  if (held_class == nullptr) return Error{Errc::corrupt, "held entry of an unknown marking class"};

  std::shared_ptr<const stix::Object> object;
  KnownId* known = nullptr;
  if (request.release) {
    auto parsed = held_object(*entry);
    if (!parsed) return std::move(parsed).error();
    object = std::make_shared<const stix::Object>(*std::move(parsed));
    auto found = on.known(request.circle, object->id);
    if (!found) return std::move(found).error();
    known = *found;
    TOCSIN_TRY(still_new(on, request.circle, *known, *object, entry->author));
  }

  Decider::Addition decision;
  decision.circle = request.circle;
  decision.kind = log::Kind::decision;
  decision.marking_class = *held_class;
  decision.author = standing->principal.member_id();
  decision.holder = standing->principal.holder;
  decision.attributes = R"({"by":"steward"})";
  decision.bytes = R"({"sequence":)" + std::to_string(request.sequence.value()) + R"(,"act":")" +
                   (request.release ? "release" : "dismiss") + R"(","why":)" + json_string(request.why) + '}';
  decision.changes.push_back({request.sequence, entry->marking_class, false, true});
  on.add(std::move(decision));
  if (!request.release) return {};

  Decider::Addition addition;
  addition.circle = request.circle;
  addition.kind = log::Kind::object;
  addition.marking_class = *held_class;
  addition.marking_class.shape = policy::MarkingClass::Shape::content;
  addition.author = entry->author;
  addition.attributes = entry->attributes;
  addition.bytes = object->bytes;
  if (known->owner == MemberId{}) known->owner = entry->author;
  addition.owner = known->owner;
  addition.pattern = pattern_key(*object);
  const std::uint32_t number = on.class_number(request.circle, addition.marking_class);
  const bool ends = object->revoked;
  if (!object->created.empty())
    for (auto& version : known->versions) {
      version.superseded = true;
      version.withdrawn = version.withdrawn || ends;
      version.marking_class = number;
      addition.changes.push_back({version.sequence, number, true, version.withdrawn});
    }
  KnownVersion added{Sequence{}, object->version(), number, false, false};
  addition.object = std::move(object);
  added.sequence = on.add(std::move(addition));
  known->versions.push_back(std::move(added));
  return {};
}

std::string rule_of(const log::Entry& held) {
  const auto document = json::parse_object(held.bytes);
  return document ? json::text_or(*document, "rule") : std::string{};
}

Status decide_all_held(Decider& on, const DecideAllRequest& request, DecideAllRequest::Part& part) {
  constexpr std::size_t rows_most = 20'000;
  constexpr std::size_t bytes_most = 4 << 20;
  const auto& like = request.like;
  auto standing = steward_in(on, like);
  if (!standing) return std::move(standing).error();
  const auto first = held_entry(on, like.circle, like.sequence);
  if (!first) return first.error();
  const auto rule = rule_of(*first);
  if (like.release && rule != "flood")
    return Error{Errc::denied, "what is held by the rule '" + rule + "' is released one by one"};
  Sequence at = request.after;
  std::size_t bytes = 0;
  for (std::size_t rows = 0; rows < rows_most && bytes < bytes_most; ++rows) {
    at = Sequence{at.value() + 1};
    const auto row = on.row(like.circle, at);
    if (!row) return {};  // the head
    if (row->kind != log::Kind::held || row->withdrawn || row->erased) continue;
    const auto* marking_class = on.classes().find(like.circle, row->marking_class);
    if (marking_class == nullptr || marking_class->author != first->author) continue;
    const auto entry = on.read(like.circle, at);
    if (!entry || rule_of(*entry) != rule) continue;
    DecideRequest one = like;
    one.sequence = at;
    bytes += entry->bytes.size();
    ++(decide_held(on, one) ? part.decided : part.left);
  }
  part.after = at;
  return {};
}

}  // namespace

Command decide_all_held_command(DecideAllRequest request) {
  struct State {
    DecideAllRequest request;
    DecideAllRequest::Part part;
  };
  auto state = std::make_shared<State>(State{std::move(request), {}});
  Command command;
  command.bytes = 4 << 20;
  command.decide = [state](Decider& on) { return decide_all_held(on, state->request, state->part); };
  command.done = [state](Result<std::vector<log::Appended>> appended) {
    if (!appended) return state->request.done(std::move(appended).error());
    if (!appended->empty()) state->part.last = appended->back().sequence;
    state->request.done(state->part);
  };
  return command;
}

Command withdraw_command(WithdrawRequest request) {
  return one_entry_command(std::move(request), 1024, withdraw);
}

Command decide_held_command(DecideRequest request) {
  auto state = std::make_shared<DecideRequest>(std::move(request));
  Command command;
  command.bytes = 64 << 10;
  command.decide = [state](Decider& on) { return decide_held(on, *state); };
  command.done = [state](Result<std::vector<log::Appended>> appended) { state->done(std::move(appended)); };
  return command;
}

}  // namespace tocsin::circle
