#pragma once

/// The way of a request to its handler: which interface and route it is for, who asks, and whether it may
/// know what the path names.
///
/// Contract: routes are tables, not code scattered about: docs, OpenAPI and the access test are checked
///           against them. Whoever is not inside a circle gets, on every route below it, the same bytes as
///           for a circle that never was.
/// Source:   RFC 9110 (HTTP), RFC 9457 (problem documents), RFC 6750 (bearer), RFC 7617 (Basic).
/// Threads:  handlers run on the server's threads and answer from any.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "circle/sight.hpp"
#include "net/server.hpp"
#include "serve/services.hpp"
#include "serve/under_way.hpp"

namespace tocsin::serve {

enum class Access : std::uint8_t {
  open,    ///< anyone who can reach the port
  member,  ///< a valid token or certificate of a member, or of an operator where the handler says so
  circle,  ///< as member, and inside the circle that the path's first name names
};

struct Call;
using SharedCall = std::shared_ptr<Call>;
using CallHandler = std::function<void(SharedCall)>;

struct Route {
  std::string_view method;
  std::string_view path;  ///< "/api/v1/circles/{circle}/objects"; {circle} is resolved for Access::circle
  Access access;
  CallHandler handler;
};

/// One of the hub's interfaces: its routes, in the order in which they are tried, and its way of words.
struct Interface {
  std::string_view prefix;  ///< of all its paths
  const std::vector<Route>& routes;
  /// How it says what went wrong.
  net::Response (*refusal)(unsigned status, std::string_view detail);
  /// Looks at a request before anything else does; null: nothing to say.
  std::optional<net::Response> (*check)(const net::Request& request) = nullptr;
  /// A path means the same with a slash at its end and without: the routes have it.
  bool slash_is_optional = false;
  /// A method that a path lacks, HEAD too, is answered 405 by the path's form alone; else it is unknown: 404.
  bool names_methods = false;
  /// The cookie of a person's session is taken in place of credentials.
  bool takes_sessions = false;
};

struct Call {
  const Services& services;
  const Interface& interface;
  net::Request request;
  std::vector<std::string> parameters;   ///< of the path, decoded, in order
  policy::Principal principal;           ///< empty for Access::open
  UnderWay::Ticket ticket;               ///< of the member's share of the hub, while the call lives
  std::unique_ptr<circle::Sight> sight;  ///< for Access::circle: already known to be inside
  net::Responder responder;

  void answer(unsigned status, std::string json);
  void answer(net::Response response);
  void refuse(const Error& error);
  void answer_or_refuse(unsigned status, Result<std::string> json);
};

/// The HTTP status of an error, in this one place.
unsigned status_of(Errc code);
/// The problem document of an error (RFC 9457).
net::Response problem(unsigned status, std::string_view detail);

/// Finds interface and route, checks who asks, calls the handler. The interface is the first whose prefix the
/// path has; the last one takes what is left.
void dispatch(const Services& services, std::span<const Interface> interfaces, net::Request request,
              net::Responder responder);

/// Who a request's credentials stand for. Errors: denied.
Result<policy::Principal> authenticate(const Services& services, const net::Request& request);

}  // namespace tocsin::serve
