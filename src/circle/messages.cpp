#include "circle/messages.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/standing.hpp"

namespace tocsin::circle {
namespace {

constexpr std::size_t text_bytes_max = 4000;

Status send(Decider& on, const MessageRequest& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  if (!standing->principal.has(policy::Scope::share))
    return Error{Errc::denied, "this token has not the scope 'share'"};
  if (request.text.size() > text_bytes_max)
    return Error{Errc::invalid_input, "'text' is longer than 4000 bytes"};
  const bool from_owner = request.act == "release" || request.act == "answer";
  if (!from_owner && request.act != "ask" && request.act != "request-release")
    return Error{Errc::invalid_input, "'act' must be ask, request-release, release or answer"};

  auto known = on.known(request.circle, request.id);
  if (!known) return std::move(known).error();
  const policy::MarkingClass* of = nullptr;
  for (const auto& version : (*known)->versions) {
    const auto* marking_class = on.classes().find(request.circle, version.marking_class);
    if (member_knows(standing->principal, standing->standpoint, version.sequence, marking_class))
      of = marking_class;
  }
  const MemberId me = standing->principal.member_id();
  const bool owner = !(*known)->versions.empty() && (*known)->owner == me;
  if (of == nullptr && !owner) return Error{Errc::not_found, "there is no such object"};
  if (from_owner && !owner) return Error{Errc::denied, "only the object's owner answers or releases"};
  const bool names_circle = request.act == "release" || request.act == "request-release";
  if (names_circle && request.to_circle.empty())
    return Error{Errc::invalid_input, "'to' must be a circle's UUID"};

  policy::MarkingClass readers;
  readers.shape = policy::MarkingClass::Shape::direct;
  readers.author = me;
  if (from_owner) {
    auto askers = on.authors_of(request.circle, request.id, log::Kind::message);
    if (!askers) return std::move(askers).error();
    readers.recipients = *std::move(askers);
    readers.recipients.erase(me);
  } else {
    readers.recipients.insert((*known)->owner);
  }
  Decider::Addition addition;
  addition.circle = request.circle;
  addition.kind = log::Kind::message;
  addition.marking_class = std::move(readers);
  addition.author = me;
  addition.holder = standing->principal.holder;
  addition.attributes = "{}";
  addition.bytes = R"({"act":)" + json_string(request.act) + R"(,"id":)" + json_string(request.id) +
                   R"(,"text":)" + json_string(request.text) +
                   (names_circle ? R"(,"to":)" + json_string(request.to_circle) : std::string{}) + '}';
  addition.subject = request.id;
  on.add(std::move(addition));
  return {};
}

}  // namespace

Command message_command(MessageRequest request) {
  return one_entry_command(std::move(request), 8 << 10, send);
}

}  // namespace tocsin::circle
