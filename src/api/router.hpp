#pragma once

/// Routes of the native API: who may call, what is called, and how errors look.
///
/// Contract: a table, not code scattered about: docs, OpenAPI and the access test are checked against it.
/// Whoever is not
///           inside a circle gets, on every route below it, the same bytes as for a circle that never was.
/// Source:   RFC 9110 (HTTP), RFC 9457 (problem documents), RFC 6750 (bearer), RFC 7617 (Basic).
/// Threads:  handlers run on the server's threads and answer from any.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/services.hpp"
#include "api/under_way.hpp"
#include "circle/sight.hpp"
#include "net/server.hpp"

namespace tocsin::api {

enum class Access : std::uint8_t {
  open,    ///< anyone who can reach the port
  member,  ///< a valid token or certificate of a member, or of an operator where the handler says so
  circle,  ///< as member, and inside the circle that the path names
};

struct Call {
  const Services& services;
  net::Request request;
  std::vector<std::string> parameters;   ///< of the path, decoded, in order
  policy::Principal principal;           ///< empty for Access::open
  UnderWay::Ticket ticket;               ///< of the member's share of the hub, while the call lives
  std::unique_ptr<circle::Sight> sight;  ///< for Access::circle: already known to be inside
  net::Responder responder;

  void answer(unsigned status, std::string json);
  void refuse(const Error& error);
  void answer_or_refuse(unsigned status, Result<std::string> json);
};

using CallHandler = void (*)(std::shared_ptr<Call>);

struct Route {
  std::string_view method;
  std::string_view path;  ///< "/api/v1/circles/{circle}/objects"; {circle} is resolved for Access::circle
  Access access;
  CallHandler handler;
};

/// All routes, in the order in which they are tried.
const std::vector<Route>& routes();

/// The HTTP status of an error, in this one place.
unsigned status_of(Errc code);
/// The problem document of an error (RFC 9457).
net::Response problem(unsigned status, std::string_view detail);
net::Response problem(const Error& error);

/// Finds the route, checks who asks, calls the handler.
void dispatch(const Services& services, net::Request request, net::Responder responder);

/// Who a request's credentials stand for. Errors: denied.
Result<policy::Principal> authenticate(const Services& services, const net::Request& request);

}  // namespace tocsin::api
