#include "circle/transfer.hpp"

#include "base/text.hpp"
#include "circle/standing.hpp"

namespace tocsin::circle {
namespace {

Status transfer(Decider& on, const TransferRequest& request) {
  auto standing = standing_in(on.directory(), request.principal, request.circle, on.now());
  if (!standing) return std::move(standing).error();
  if (!standing->standpoint.steward)
    return Error{Errc::denied, "only a steward of the circle gives an object to another owner"};
  const auto heir = on.directory().find_member(request.to);
  if (!heir || !active_members(*standing->circle).contains(heir->id))
    return Error{Errc::invalid_input, "'to' must be an active member of this circle"};
  auto known = on.known(request.circle, request.id);
  if (!known) return std::move(known).error();
  if ((*known)->versions.empty()) return Error{Errc::not_found, "there is no such object in this circle"};
  if ((*known)->owner == heir->id) return Error{Errc::conflict, "it owns the object already"};

  Decider::Addition addition;
  addition.circle = request.circle;
  addition.kind = log::Kind::transfer;
  addition.marking_class.shape = policy::MarkingClass::Shape::held;  // the new owner and the stewards
  addition.marking_class.author = heir->id;
  addition.author = standing->principal.member_id();
  addition.holder = standing->principal.holder;
  addition.attributes = R"({"by":"steward"})";
  addition.bytes = R"({"id":)" + json_string(request.id) + R"(,"owner":)" + json_string(heir->uuid) + '}';
  addition.subject = request.id;
  addition.owner = heir->id;
  (*known)->owner = heir->id;
  on.add(std::move(addition));
  return {};
}

}  // namespace

Command transfer_command(TransferRequest request) {
  return one_entry_command(std::move(request), 1024, transfer);
}

}  // namespace tocsin::circle
