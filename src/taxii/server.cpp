#include "taxii/server.hpp"

#include "taxii/negotiation.hpp"
#include "taxii/resource.hpp"

namespace tocsin::taxii {
namespace {

using serve::SharedCall;

/// The header fields of this name as one (RFC 9110 §5.3).
std::string joined(const net::Request& request, std::string_view name) {
  std::string out;
  for (const auto& [field, value] : request.headers)
    if (field == name) out += (out.empty() ? "" : ",") + value;
  return out;
}

std::optional<net::Response> check_accept(const net::Request& request) {
  if (accepts_taxii(joined(request, "accept"))) return std::nullopt;
  return error_resource(406, "what is served here is " + std::string{media_type});
}

}  // namespace

Server::Server(Options options, std::unique_ptr<Statuses> statuses)
    : options_{std::move(options)},
      statuses_{std::move(statuses)},
      pages_{options_.cache_bytes_max},
      outgoing_{options_.outgoing_bytes_max} {
  add_routes();
}

Result<std::unique_ptr<Server>> Server::open(Options options) {
  Statuses::Options kept;
  kept.folder = options.folder;
  kept.clock = options.clock;
  auto statuses = Statuses::open(std::move(kept));
  if (!statuses) return std::move(statuses).error();
  return std::unique_ptr<Server>{new Server{std::move(options), *std::move(statuses)}};
}

void Server::add_routes() {
  using enum serve::Access;
  const auto reads = [this](char endpoint) {
    return [this, endpoint](const SharedCall& call) { read(call, endpoint); };
  };
  routes_ = {
      {"GET", "/taxii2/", member, discover},
      {"GET", "/taxii2/root/", member, [this](const SharedCall& call) { show_root(call); }},
      {"GET", "/taxii2/root/status/{status}/", member, [this](const SharedCall& call) { show_status(call); }},
      {"GET", "/taxii2/root/collections/", member, list_collections},
      {"GET", "/taxii2/root/collections/{circle}/", circle, show_collection},
      {"GET", "/taxii2/root/collections/{circle}/manifest/", circle, reads('m')},
      {"GET", "/taxii2/root/collections/{circle}/objects/", circle, reads('o')},
      {"POST", "/taxii2/root/collections/{circle}/objects/", circle,
       [this](const SharedCall& call) { add(call); }},
      {"GET", "/taxii2/root/collections/{circle}/objects/{id}/", circle, reads('i')},
      {"DELETE", "/taxii2/root/collections/{circle}/objects/{id}/", circle, remove_object},
      {"GET", "/taxii2/root/collections/{circle}/objects/{id}/versions/", circle, reads('v')},
  };
}

serve::Interface Server::interface() const {
  return {discovery_path, routes_, error_resource, check_accept, true, true};
}

std::optional<net::Response> Server::refusal(std::string_view target, unsigned status,
                                             std::string_view detail) {
  const auto path = target.substr(0, target.find('?'));
  if (!path.starts_with(discovery_path) && path != discovery_path.substr(0, discovery_path.size() - 1))
    return std::nullopt;
  return error_resource(status, detail);
}

}  // namespace tocsin::taxii
