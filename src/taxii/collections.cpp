#include <algorithm>

#include "base/text.hpp"
#include "taxii/resource.hpp"
#include "taxii/server.hpp"

namespace tocsin::taxii {
namespace {

std::string collection_json(const policy::Circle& circle, Rights rights) {
  const auto flag = [](bool value) { return std::string{value ? "true" : "false"}; };
  return R"({"id":)" + json_string(circle.uuid) + R"(,"title":)" + json_string(circle.name) + R"(,"alias":)" +
         json_string(circle.name) + R"(,"can_read":)" + flag(rights.can_read) + R"(,"can_write":)" +
         flag(rights.can_write) + R"(,"media_types":[")" + std::string{object_media_type} + R"("]})";
}

}  // namespace

Rights rights_in(const policy::Principal& principal, const policy::Circle& circle,
                 const policy::Standpoint& at) {
  Rights rights;
  rights.can_read = at.inside && principal.has(policy::Scope::read);
  rights.can_write = policy::may_share(principal, circle, at, stix::Tlp::clear, {}).has_value();
  return rights;
}

Rights rights_of(const serve::Call& call) {
  return rights_in(call.principal, *call.sight->circle(), call.sight->standpoint());
}

void discover(const serve::SharedCall& call) {
  const std::string root = json_string(root_path);
  call->answer(
      resource(200, R"({"title":"Tocsin","description":"One collection for each circle that you are in.",)"
                    R"("default":)" +
                        root + R"(,"api_roots":[)" + root + "]}"));
}

void Server::show_root(const serve::SharedCall& call) const {
  call->answer(resource(200, R"({"title":"Circles","versions":[)" + json_string(media_type) +
                                 R"(],"max_content_length":)" + std::to_string(options_.content_bytes_max) +
                                 '}'));
}

void Server::show_status(const serve::SharedCall& call) const {
  auto status = statuses_->find(call->parameters.front(), call->principal.member_id());
  if (status)
    call->answer(resource(200, *std::move(status)));
  else
    call->refuse(status.error());
}

void list_collections(const serve::SharedCall& call) {
  auto circles = call->services.directory.circles();
  std::sort(circles.begin(), circles.end(), [](const auto& a, const auto& b) { return a->uuid < b->uuid; });
  std::string list;
  for (const auto& circle : circles) {
    const auto at = policy::standpoint(call->principal, *circle);
    if (!at.inside) continue;
    const Rights rights = rights_in(call->principal, *circle, at);
    if (!rights.can_read && !rights.can_write) continue;
    list += (list.empty() ? "" : ",") + collection_json(*circle, rights);
  }
  call->answer(resource(200, list.empty() ? "{}" : R"({"collections":[)" + list + "]}"));
}

void show_collection(const serve::SharedCall& call) {
  const Rights rights = rights_of(*call);
  if (!rights.can_read && !rights.can_write) return call->refuse(Error{Errc::not_found, ""});
  call->answer(resource(200, collection_json(*call->sight->circle(), rights)));
}

}  // namespace tocsin::taxii
