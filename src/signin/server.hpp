#pragma once

/// Signing in: one of the hub's interfaces, for people in browsers, and the guard of their sessions.
///
/// Contract: a session acts on the native API as its person, with the scopes of the sign-in token it hangs
/// on.
///           Unsafe methods need the session's CSRF token and our own origin; all but everyday acts
///           (everyday.hpp) need an assertion not older than five minutes.
/// Errors:   of open(): unavailable (disk), corrupt, invalid_input (the public URL). The rest becomes an
/// answer;
///           strangers get one for all that can be wrong.
/// Source:   docs/formats/sign-in.md.
/// Threads:  any; the handlers run where dispatch calls them.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "serve/dispatch.hpp"
#include "serve/sessions.hpp"
#include "signin/accounts.hpp"
#include "signin/ceremonies.hpp"
#include "signin/provider.hpp"

namespace tocsin::signin {

class Server final : public serve::Sessions {
 public:
  struct Options {
    std::string folder;      ///< for the rows
    std::string public_url;  ///< as members know the hub
    std::vector<ProviderOptions> providers;
    const Clock* clock = &system_clock();
  };
  /// `directory` outlives this.
  static Result<std::unique_ptr<Server>> open(Options options, const policy::Directory& directory);

  /// Valid as long as this.
  serve::Interface interface() const;
  std::optional<Admission> admit(const net::Request& request, std::string_view route) const override;

  /// Ends what may no longer be: called when rights changed.
  Status sweep();
  /// Waits for what is under way at providers. No requests come any more.
  void stop();

 private:
  /// What a browser was asked.
  struct Asked {
    enum class For : std::uint8_t { sign_in, assertion, enrolment } purpose = For::sign_in;
    std::string session;  ///< key of the session that asked; empty: none
    std::string link;     ///< secret of the link that let it ask; empty: none
  };
  /// A browser that was sent to a provider.
  struct Flow {
    Provider* provider = nullptr;
    Provider::Flow at_provider;
    std::string browser;  ///< hash of its cookie
    std::string session;  ///< key of the session that links an account; empty: signing in
  };
  struct Admitted {
    Session session;
    policy::Principal principal;
  };
  enum class Needs : std::uint8_t { session, fresh };
  using SessionOr = std::variant<Admitted, net::Response>;

  Server(Options options, RelyingParty party, const policy::Directory& directory,
         std::unique_ptr<Accounts> accounts);
  void add_routes();

  // guard.cpp
  SessionOr session_for(const net::Request& request, Needs needs) const;
  /// A stranger's unsafe request: from our page, and not too often. What to answer when not.
  /// The address that a request counts for, also behind a proxy.
  static std::string origin_of(const serve::Call& call);
  std::optional<net::Response> check_stranger(const serve::Call& call);

  // page.cpp
  void show_page(const serve::SharedCall& call) const;
  void show_script(const serve::SharedCall& call) const;
  void show_style(const serve::SharedCall& call) const;
  void show_session(const serve::SharedCall& call) const;

  // passkeys.cpp
  void begin_sign_in(const serve::SharedCall& call);
  void sign_in(const serve::SharedCall& call);
  void begin_assertion(const serve::SharedCall& call);
  void take_assertion(const serve::SharedCall& call);
  void begin_enrolment(const serve::SharedCall& call);
  void enrol(const serve::SharedCall& call);
  void ask(const serve::SharedCall& call, Asked asked, json::Object options);
  std::optional<Asked> asked_in(std::string_view client_data, Ceremony ceremony, Asked::For purpose);
  Result<Passkey> check_assertion(const json::Object& body, std::string_view client_data);
  Result<Owner> enroller(const serve::Call& call, const Asked& asked);

  // flow.cpp
  Provider* provider(std::string_view name) const;
  void begin_provider(const serve::SharedCall& call);
  void link_provider(const serve::SharedCall& call);
  void send_to_provider(const serve::SharedCall& call, std::string session);
  void finish_provider(const serve::SharedCall& call);
  net::Response provider_sign_in(const serve::Call& call, const std::string& issuer,
                                 const std::string& subject);
  net::Response provider_link(const std::string& session_key, const std::string& issuer,
                              const std::string& subject);
  void add_identity(const serve::SharedCall& call);

  // own.cpp
  void sign_out(const serve::SharedCall& call);
  void list_sessions(const serve::SharedCall& call) const;
  void end_session(const serve::SharedCall& call);
  void list_passkeys(const serve::SharedCall& call) const;
  void remove_passkey(const serve::SharedCall& call);
  void list_identities(const serve::SharedCall& call) const;
  void remove_identity(const serve::SharedCall& call);
  void make_link(const serve::SharedCall& call);
  /// Finds or makes the person's sign-in token for what the body asks, then goes on.
  void with_owner(const serve::SharedCall& call, std::function<void(serve::Call&, Owner)> then);

  void answer(serve::Call& call, unsigned status, const json::Value& body,
              std::optional<std::string> new_session = std::nullopt) const;
  void answer(serve::Call& call, net::Response response) const;

  const Options options_;
  const RelyingParty party_;
  const policy::Directory& directory_;
  const std::unique_ptr<Accounts> accounts_;
  OneTime<Asked> asked_;  // by challenge, raw
  OneTime<Flow> flows_;   // by state
  Attempts attempts_;
  std::vector<std::unique_ptr<Provider>> providers_;  // the last user of what stands above
  std::vector<serve::Route> routes_;
};

}  // namespace tocsin::signin
