#include <algorithm>
#include <array>
#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "circle/standing.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t circle_name_bytes_max = 64;

using policy::Scope;
using policy::Standing;

bool is_circle_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= circle_name_bytes_max && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), allowed);
}

json::Value rules_json(const policy::Rules& rules) {
  auto value = json::parse(policy::to_json(rules));
  return value ? *std::move(value) : json::Value{};
}

circle::Act rules_act(CircleId circle, std::uint32_t version, const policy::Rules& rules) {
  return {circle, log::Kind::rules,
          json::dump(json::Object{{"version", version}, {"rules", rules_json(rules)}})};
}

/// The versions of the rules that will let more people read than now, and from when.
std::map<std::uint32_t, Timestamp> pending_widenings(const policy::Circle& circle, Timestamp now) {
  std::map<std::uint32_t, Timestamp> pending;
  for (const auto& version : circle.rules) {
    const Timestamp effective = version.logged + policy::widening_delay;
    if (effective <= now) continue;
    const auto before = policy::audience_at(circle, effective - std::chrono::microseconds{1});
    if (policy::audience_at(circle, effective) != before) pending[version.version] = effective;
  }
  return pending;
}

bool has_steward(const policy::Directory& directory, const policy::Circle& circle, MemberId member) {
  for (const auto id : circle.stewards)
    if (const auto holder = directory.holder(id); holder && holder->member == member) return true;
  return false;
}

/// Whether anybody keeps the circle now.
bool is_kept(const policy::Directory& directory, const policy::Circle& circle) {
  for (const auto id : circle::active_members(circle)) {
    const auto member = directory.member(id);
    if (member && member->standing == Standing::active && has_steward(directory, circle, id)) return true;
  }
  return false;
}

/// `reader`: a member learns its own letter; a steward (`all`) every one.
json::Array members_json(const policy::Directory& directory, const policy::Circle& circle, MemberId reader,
                         bool all) {
  std::map<std::string, json::Object> by_name;
  for (const auto& [id, membership] : circle.roster) {
    const auto member = directory.member(id);
    if (!member || membership.standing == Standing::removed) continue;
    json::Object listed = member_json(*member);
    listed["since"] = to_rfc3339(membership.since);
    listed["circle_standing"] = policy::name(membership.standing);
    listed["steward"] = has_steward(directory, circle, id);
    if (all || id == reader) listed["reliability"] = std::string(1, membership.reliability);
    by_name.emplace(member->name, std::move(listed));
  }
  json::Array out;
  for (auto& [name, listed] : by_name) out.push_back(std::move(listed));
  return out;
}

/// What a read of the circle itself asks for; for government it is written down first.
Status admit_read(Call& call, std::string route) {
  const auto& circle = *call.sight->circle();
  if (!call.principal.has(Scope::read)) return Error{Errc::denied, "this token has not the scope 'read'"};
  const auto head = call.services.log.head(circle.id).sequence;
  return call.services.accesses.admit(call.principal, circle.id, {std::move(route), "", head, head});
}

/// The circle and the rights to change who belongs to it. Errors: not_found for outsiders, denied.
Result<std::shared_ptr<const policy::Circle>> membership_rights(const policy::Directory& directory,
                                                                const policy::Principal& principal,
                                                                std::string_view name) {
  auto circle = directory.find_circle(name);
  if (circle == nullptr) return Error{Errc::not_found, ""};
  if (principal.is_operator()) {
    if (is_kept(directory, *circle)) return Error{Errc::denied, "the circle has a steward; this is theirs"};
    return circle;
  }
  const auto at = policy::standpoint(principal, *circle);
  if (!at.inside) return Error{Errc::not_found, ""};
  if (!at.steward)
    return Error{Errc::denied, "this needs a steward of the circle and a token with the scope 'steward'"};
  return circle;
}

struct Change {
  std::string circle, act, member, person, letter;
};

/// Unsteward acts for every steward of the member: who is admitted again starts without.
void add_unsteward_acts(std::vector<circle::Act>& acts, const policy::Directory& directory,
                        const policy::Circle& circle, const policy::Member& member) {
  for (const auto id : circle.stewards)
    if (const auto holder = directory.holder(id); holder && holder->member == member.id)
      acts.push_back(
          membership_act(circle.id, {{"act", "unsteward"}, {"member", member.uuid}, {"holder", id.value()}}));
}

Result<std::vector<circle::Act>> stewardship_acts(const policy::Directory& directory,
                                                  const policy::Circle& circle, const policy::Member& member,
                                                  bool active, const Change& change) {
  if (change.act == "steward" && !active)
    return Error{Errc::conflict, "a steward must be of an active member of the circle"};
  for (const auto& holder : directory.holders_of(member.id)) {
    if (holder.name != change.person) continue;
    if (holder.machine) return Error{Errc::invalid_input, "a machine cannot be a steward"};
    if (circle.stewards.contains(holder.id) == (change.act == "steward"))
      return Error{Errc::conflict, change.act == "steward" ? "that person is a steward of the circle already"
                                                           : "that person is no steward of the circle"};
    return std::vector{membership_act(
        circle.id, {{"act", change.act}, {"member", member.uuid}, {"holder", holder.id.value()}})};
  }
  return Error{Errc::invalid_input, "'person' must be the name of a person of that member"};
}

Result<std::vector<circle::Act>> membership_acts(const policy::Directory& directory,
                                                 const policy::Circle& circle, Timestamp now,
                                                 const Change& change) {
  const auto member = directory.find_member(change.member);
  if (!member) return Error{Errc::invalid_input, "'member' must be the name or UUID of a member of the hub"};
  const auto entry = circle.roster.find(member->id);
  const Standing standing = entry == circle.roster.end() ? Standing::removed : entry->second.standing;
  if (change.act == "steward" || change.act == "unsteward")
    return stewardship_acts(directory, circle, *member, standing == Standing::active, change);

  if (change.act == "reliability") {
    if (standing == Standing::removed)
      return Error{Errc::conflict, "that member does not belong to the circle"};
    return std::vector{circle::Act{
        circle.id, log::Kind::decision,
        json::dump(json::Object{{"act", change.act}, {"member", member->uuid}, {"letter", change.letter}}),
        member->id}};
  }

  const bool lets_in = change.act == "admit" || change.act == "resume";
  const Standing needed = change.act == "admit"     ? Standing::removed
                          : change.act == "suspend" ? Standing::active
                          : change.act == "resume"  ? Standing::suspended
                                                    : standing;
  if (standing != needed || (change.act == "remove" && standing == Standing::removed))
    return Error{Errc::conflict, standing == Standing::removed
                                     ? "that member does not belong to the circle"
                                     : "that member is in the circle, with the standing '" +
                                           std::string{policy::name(standing)} + "'"};
  if (lets_in &&
      (member->standing != Standing::active || !policy::admissible(*member, audience_now(circle, now))))
    return Error{Errc::invalid_input,
                 "the circle's rules, as they are now, do not admit that member, or it is not active"};
  std::vector acts{membership_act(circle.id, {{"act", change.act}, {"member", member->uuid}})};
  if (change.act == "remove") add_unsteward_acts(acts, directory, circle, *member);
  return acts;
}

Result<Change> change_in(const Call& call) {
  auto body = body_of(call);
  if (!body) return std::move(body).error();
  Change change;
  change.circle = call.parameters.front();
  auto act = json::text(*body, "act");
  if (!act) return std::move(act).error();
  change.act = *std::move(act);
  constexpr std::array<std::string_view, 7> known{"admit",   "suspend",   "resume",     "remove",
                                                  "steward", "unsteward", "reliability"};
  if (std::find(known.begin(), known.end(), change.act) == known.end())
    return Error{Errc::invalid_input,
                 "'act' must be one of: admit, suspend, resume, remove, steward, unsteward, reliability"};
  auto member = json::text(*body, "member");
  if (!member) return std::move(member).error();
  change.member = *std::move(member);
  if (change.act == "steward" || change.act == "unsteward") {
    auto person = json::text(*body, "person");
    if (!person) return std::move(person).error();
    change.person = *std::move(person);
  }
  if (change.act == "reliability") {
    auto letter = json::text(*body, "letter");
    if (!letter) return std::move(letter).error();
    change.letter = *std::move(letter);
    if (change.letter.size() != 1 || change.letter[0] < 'A' || change.letter[0] > 'F')
      return Error{Errc::invalid_input, "'letter' must be A, B, C, D, E or F"};
  }
  return change;
}

}  // namespace

void list_circles(SharedCall call) {
  const auto& services = call->services;
  std::map<std::string, json::Object> listed;
  for (const auto& circle : services.directory.circles()) {
    const auto at = policy::standpoint(call->principal, *circle);
    if (!at.inside && !call->principal.is_operator()) continue;
    json::Object one{{"uuid", circle->uuid}, {"name", circle->name}};
    if (at.inside) {
      one["members"] = circle::active_members(*circle).size();
      one["head"] = services.log.head(circle->id).sequence.value();
      one["steward"] = at.steward;
    }
    listed.emplace(circle->name, std::move(one));
  }
  answer_page(*call, "circles", listed);
}

void create_circle(SharedCall call) {
  if (!call->principal.is_operator())
    return call->refuse(Error{Errc::denied, "only an operator of the hub makes circles"});
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto name = json::text(*body, "name");
  if (!name) return call->refuse(name.error());
  if (!is_circle_name(*name))
    return call->refuse(
        Error{Errc::invalid_input, "'name' must be 1 to 64 of a-z, 0-9 and -, and not begin with -"});
  const auto* given = body->if_contains("rules");
  const auto rules = policy::parse_rules(given == nullptr || given->is_null() ? "{}" : json::dump(*given));
  if (!rules) return call->refuse(rules.error());
  if (const Status readable = call->services.screening.check(*rules); !readable)
    return call->refuse(readable.error());
  const std::string uuid = uuid4();
  govern(
      call,
      [name = *name, uuid, rules = *rules](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        if (!principal.is_operator()) return Error{Errc::denied, "only an operator of the hub makes circles"};
        if (on.directory().find_circle(name) != nullptr)
          return Error{Errc::conflict, "there is a circle with this name"};
        const CircleId id{on.directory().next_circle()};
        return std::vector{hub_act({{"act", "circle"}, {"id", id.value()}, {"uuid", uuid}, {"name", name}}),
                           rules_act(id, 1, rules)};
      },
      [name = *name, uuid](Call& done, const std::vector<log::Appended>&) {
        done.answer(201, json::dump(json::Object{{"uuid", uuid}, {"name", name}}));
      });
}

void show_circle(SharedCall call) {
  if (const Status admitted = admit_read(*call, "circle"); !admitted) return call->refuse(admitted.error());
  const auto& services = call->services;
  const auto& circle = *call->sight->circle();
  json::Array pending;
  for (const auto& [version, effective] : pending_widenings(circle, services.clock.now()))
    pending.push_back(json::Object{{"version", version}, {"widening_effective", to_rfc3339(effective)}});
  const auto head = services.log.head(circle.id);
  call->answer(200, json::dump(json::Object{
                        {"uuid", circle.uuid},
                        {"name", circle.name},
                        {"rules", rules_json(circle.current_rules())},
                        {"rules_version", circle.rules_version()},
                        {"rules_pending", std::move(pending)},
                        {"members", members_json(services.directory, circle, call->principal.member_id(),
                                                 call->sight->standpoint().steward)},
                        {"head", json::Object{{"sequence", head.sequence.value()},
                                              {"commitment", to_hex(head.commitment)},
                                              {"date_added", to_rfc3339(head.date_added)}}}}));
}

void change_rules(SharedCall call) {
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const CircleId id = call->sight->circle()->id;
  auto version = std::make_shared<std::uint32_t>(0);
  govern(
      call,
      [id, version, fields = json::dump(*body), &screening = call->services.screening](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto standing = circle::standing_in(on.directory(), principal, id, on.now());
        if (!standing) return std::move(standing).error();
        if (!standing->standpoint.steward)
          return Error{Errc::denied, "only a steward changes the rules of a circle"};
        auto rules = policy::parse_rules(fields, standing->circle->current_rules());
        if (!rules) return std::move(rules).error();
        TOCSIN_TRY(screening.check(*rules));
        *version = standing->circle->rules_version() + 1;
        return std::vector{rules_act(id, *version, *rules)};
      },
      [id, version](Call& done, const std::vector<log::Appended>& appended) {
        const auto& act = appended.front();
        const auto circle = done.services.directory.circle(id);
        const auto pending = pending_widenings(*circle, act.date_added);
        const auto it = pending.find(*version);
        done.answer(200, json::dump(json::Object{
                             {"version", *version},
                             {"sequence", act.sequence.value()},
                             {"widening_effective", it == pending.end() ? nullptr : time_json(it->second)}}));
      });
}

void change_membership(SharedCall call) {
  // Rights first: whoever is outside must not learn from the answer to a bad body that the circle is there.
  const auto circle = membership_rights(call->services.directory, call->principal, call->parameters.front());
  if (!circle) return call->refuse(circle.error());
  auto change = change_in(*call);
  if (!change) return call->refuse(change.error());
  govern(
      call,
      [change = *change](circle::Decider& on,
                         const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto now = membership_rights(on.directory(), principal, change.circle);
        if (!now) return std::move(now).error();
        return membership_acts(on.directory(), **now, on.now(), change);
      },
      answer_sequence);
}

void leave_circle(SharedCall call) {
  if (const auto member = administered_by(call->principal); !member) return call->refuse(member.error());
  govern(
      call,
      [id = call->sight->circle()->id](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto member = administered_by(principal);
        if (!member) return std::move(member).error();
        auto standing = circle::standing_in(on.directory(), principal, id, on.now());
        if (!standing) return std::move(standing).error();
        if (standing->standpoint.as_client)
          return Error{Errc::conflict, "this member reads the circle as a client; it has no place to leave"};
        std::vector acts{membership_act(id, {{"act", "leave"}, {"member", member->uuid}})};
        add_unsteward_acts(acts, on.directory(), *standing->circle, *member);
        return acts;
      },
      answer_sequence);
}

void list_accesses(SharedCall call) {
  if (const Status admitted = admit_read(*call, "accesses"); !admitted) return call->refuse(admitted.error());
  const auto limit = limit_of(*call);
  if (!limit) return call->refuse(limit.error());
  const auto digests = call->services.accesses.digests(call->sight->circle()->id, *limit);
  if (!digests) return call->refuse(digests.error());
  json::Array listed;
  for (const auto& digest : *digests) {
    json::Object reads;
    for (const auto& [route, count] : digest.leases_by_route) reads[route] = count;
    const auto member = call->services.directory.member(digest.member);
    listed.push_back(
        json::Object{{"hour", to_rfc3339(digest.hour)},
                     {"member", member ? json::Value(member_json(*member)) : nullptr},
                     {"reads", std::move(reads)},
                     {"first", digest.first.value()},
                     {"last", digest.last.value() == 0 ? json::Value{} : json::Value(digest.last.value())}});
  }
  call->answer(200, json::dump(json::Object{{"accesses", std::move(listed)}}));
}

}  // namespace tocsin::api
