#include "api/handlers.hpp"
#include "base/json.hpp"

namespace tocsin::api {
namespace {

/// Whose mapping the caller works with. Errors: denied.
Result<MemberId> member_of(const Call& call) {
  if (!call.principal.member || !call.principal.has(policy::Scope::share))
    return Error{Errc::denied, "a member's people who share have its mapping"};
  return call.principal.member_id();
}

std::string quoted(const std::string& version) {
  return '"' + version + '"';
}

}  // namespace

void get_mapping(SharedCall call) {
  const auto member = member_of(*call);
  if (!member) return call->refuse(member.error());
  call->services.mappings.get(*member, [call](Result<serve::Mappings::Kept> kept) {
    if (!kept) return call->refuse(kept.error());
    net::Response response;
    response.status = 200;
    response.headers.emplace_back("content-type", "application/octet-stream");
    response.headers.emplace_back("cache-control", "no-store");
    response.headers.emplace_back("etag", quoted(kept->version));
    response.body = std::move(kept->bytes);
    call->answer(std::move(response));
  });
}

void put_mapping(SharedCall call) {
  const auto member = member_of(*call);
  if (!member) return call->refuse(member.error());
  std::string replaces;
  if (const auto given = call->request.parameter("replaces")) replaces = *given;
  call->services.mappings.put(*member, std::move(replaces), std::move(call->request.body),
                              [call](Result<std::string> version) {
                                if (!version) return call->refuse(version.error());
                                call->answer(200, json::dump(json::Object{{"version", *version}}));
                              });
}

}  // namespace tocsin::api
