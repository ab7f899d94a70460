#include "signin/server.hpp"

#include "signin/browser.hpp"

namespace tocsin::signin {

using serve::SharedCall;

Server::Server(Options options, RelyingParty party, const policy::Directory& directory,
               std::unique_ptr<Accounts> accounts)
    : options_{std::move(options)},
      party_{std::move(party)},
      directory_{directory},
      accounts_{std::move(accounts)},
      asked_{*options_.clock},
      flows_{*options_.clock},
      attempts_{*options_.clock} {
  for (const auto& each : options_.providers)
    providers_.push_back(std::make_unique<Provider>(each, *options_.clock));
  add_routes();
}

Result<std::unique_ptr<Server>> Server::open(Options options, const policy::Directory& directory) {
  auto party = relying_party(options.public_url);
  if (!party) return std::move(party).error();
  auto accounts = Accounts::open(options.folder, *options.clock);
  if (!accounts) return std::move(accounts).error();
  std::unique_ptr<Server> server{
      new Server{std::move(options), *std::move(party), directory, *std::move(accounts)}};
  TOCSIN_TRY(server->sweep());
  return server;
}

void Server::stop() {
  for (const auto& each : providers_) each->stop();
}

// `open` here means: the handler asks for itself who it is.
void Server::add_routes() {
  using enum serve::Access;
  const auto to = [this](auto handler) {
    return [this, handler](const SharedCall& call) { (this->*handler)(call); };
  };
  routes_ = {
      {"GET", "/signin", open, to(&Server::show_page)},
      {"GET", "/signin/page.js", open, to(&Server::show_script)},
      {"GET", "/signin/page.css", open, to(&Server::show_style)},
      {"GET", "/signin/session", open, to(&Server::show_session)},
      {"POST", "/signin/begin", open, to(&Server::begin_sign_in)},
      {"POST", "/signin/finish", open, to(&Server::sign_in)},
      {"POST", "/signin/assert/begin", open, to(&Server::begin_assertion)},
      {"POST", "/signin/assert", open, to(&Server::take_assertion)},
      {"POST", "/signin/enrol/begin", open, to(&Server::begin_enrolment)},
      {"POST", "/signin/enrol", open, to(&Server::enrol)},
      {"POST", "/signin/out", open, to(&Server::sign_out)},
      {"POST", "/signin/providers/{provider}/begin", open, to(&Server::begin_provider)},
      {"POST", "/signin/providers/{provider}/link", open, to(&Server::link_provider)},
      {"GET", "/signin/callback", open, to(&Server::finish_provider)},
      {"POST", "/signin/links", member, to(&Server::make_link)},
      {"GET", "/signin/sessions", member, to(&Server::list_sessions)},
      {"DELETE", "/signin/sessions/{session}", member, to(&Server::end_session)},
      {"GET", "/signin/passkeys", member, to(&Server::list_passkeys)},
      {"GET", "/signin/identities", member, to(&Server::list_identities)},
      {"POST", "/signin/identities", member, to(&Server::add_identity)},
      {"DELETE", "/signin/identities/{identity}", member, to(&Server::remove_identity)},
      {"DELETE", "/signin/passkeys/{passkey}", member, to(&Server::remove_passkey)},
  };
}

serve::Interface Server::interface() const {
  serve::Interface interface { "/signin", routes_, serve::problem };
  interface.takes_sessions = true;
  return interface;
}

void Server::answer(serve::Call& call, unsigned status, const json::Value& body,
                    std::optional<std::string> new_session) const {
  net::Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/json");
  response.body = json::dump(body);
  if (new_session)
    set_cookie(response, session_cookie, *new_session, std::chrono::seconds{session_life}.count(),
               SameSite::strict);
  answer(call, std::move(response));
}

void Server::answer(serve::Call& call, net::Response response) const {
  harden(response, party_.origin);
  call.answer(std::move(response));
}

}  // namespace tocsin::signin
