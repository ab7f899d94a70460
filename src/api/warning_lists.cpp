#include "api/handlers.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"

namespace tocsin::api {

/// The lists of harmless values that the hub's brakes use beside the built-in ones, for the members' sensors.
void list_warning_lists(SharedCall call) {
  static const auto none = std::make_shared<const std::string>();
  const auto& lines = call->services.warning_lists ? call->services.warning_lists : none;
  net::Response response;
  const auto version = '"' + to_hex(sha256(*lines)) + '"';
  response.headers.emplace_back("etag", version);
  if (call->request.header("if-none-match") == version) {
    response.status = 304;
  } else {
    response.headers.emplace_back("content-type", "application/x-ndjson");
    response.shared_body = lines;
  }
  call->answer(std::move(response));
}

}  // namespace tocsin::api
