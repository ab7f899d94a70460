#include "taxii/resource.hpp"

#include "base/text.hpp"

namespace tocsin::taxii {

net::Response resource(unsigned status, std::string json) {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", media_type);
  response.headers.emplace_back("cache-control", "no-store");
  response.body = std::move(json);
  return response;
}

net::Response error_resource(unsigned status, std::string_view detail) {
  return resource(status, R"({"title":)" + json_string(net::reason_phrase(status)) + R"(,"description":)" +
                              json_string(detail) + R"(,"http_status":")" + std::to_string(status) + R"("})");
}

}  // namespace tocsin::taxii
