#include "api/acts.hpp"
#include "signin/assets.hpp"
#include "signin/browser.hpp"
#include "signin/server.hpp"

namespace tocsin::signin {
namespace {

using serve::SharedCall;

net::Response asset(std::string_view type, std::string_view bytes) {
  net::Response response;
  response.headers.emplace_back("content-type", std::string{type} + "; charset=utf-8");
  response.body = bytes;
  return response;
}

}  // namespace

void Server::show_page(const SharedCall& call) const {
  answer(*call, asset("text/html", page_html()));
}
void Server::show_script(const SharedCall& call) const {
  answer(*call, asset("text/javascript", page_script()));
}
void Server::show_style(const SharedCall& call) const {
  answer(*call, asset("text/css", page_style()));
}

void Server::show_session(const SharedCall& call) const {
  json::Array providers;
  for (const auto& each : providers_)
    providers.emplace_back(json::Object{{"name", each->options().name}, {"label", each->options().label}});
  json::Object shown{
      {"signed_in", false}, {"passkeys", !party_.id.empty()}, {"providers", std::move(providers)}};
  if (cookie_in(call->request, session_cookie)) {
    auto checked = session_for(call->request, Needs::session);
    if (auto* refused = std::get_if<net::Response>(&checked); refused && refused->status != 401)
      return answer(*call, std::move(*refused));
    if (const auto* in = std::get_if<Admitted>(&checked)) {
      shown["signed_in"] = true;
      shown["person"] = in->principal.holder_name;
      shown["member"] = in->principal.member ? json::Value(in->principal.member->name) : json::Value{};
      shown["scopes"] = api::names_json(policy::names_of(in->principal.scopes));
      shown["csrf"] = csrf_token(*cookie_in(call->request, session_cookie));
      const auto now = options_.clock->now();
      shown["fresh_until"] = in->session.is_fresh(now)
                                 ? json::Value(to_rfc3339(in->session.asserted + assertion_life))
                                 : json::Value{};
      shown["ends"] = to_rfc3339(std::min(in->session.made + session_life, now + session_idle));
    }
  }
  answer(*call, 200, shown);
}

}  // namespace tocsin::signin
