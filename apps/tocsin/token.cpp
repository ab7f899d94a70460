#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/file.hpp"
#include "net/certificates.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string person, id, certificate, write_profile;
  std::vector<std::string> scopes;
  std::uint32_t days = 0;
};

json::Object request_for(const Session& session, const Options& options) {
  json::Array scopes;
  for (const auto& scope : split_list(options.scopes)) scopes.emplace_back(scope);
  json::Object body{{"person", options.person.empty() ? session.profile().person : options.person},
                    {"scopes", scopes}};
  if (options.days != 0) body["days"] = options.days;
  return body;
}

/// A profile for the machine that will use the new credential, so that nobody has to copy parts of this one.
Status write_profile_for(Session& session, const Options& options, const std::string& token,
                         const std::string& certificate_pem, const std::string& key_pem) {
  if (options.write_profile.empty()) return {};
  Profile made;
  made.url = session.profile().url;
  made.ca_pem = session.profile().ca_pem;
  made.member = session.profile().member;
  made.person = options.person.empty() ? session.profile().person : options.person;
  made.circles = session.profile().circles;
  made.identities = session.profile().identities;
  made.token = token;
  made.certificate_pem = certificate_pem;
  made.key_pem = key_pem;
  // Who shares for the member can then also version and withdraw what a colleague shared with --anonymous.
  const auto scopes = split_list(options.scopes);
  if (std::find(scopes.begin(), scopes.end(), "share") != scopes.end()) {
    TOCSIN_TRY(session.ensure_mapping_key());
    made.mapping_key = session.profile().mapping_key;
  }
  return save_profile(options.write_profile, made);
}

int add_token_for(const Context& context, const Options& options) {
  net::KeyAndRequest request;
  return answer(
      context,
      [&](Session& session) -> Result<json::Object> {
        auto body = request_for(session, options);
        if (!options.certificate.empty()) {
          request = net::make_client_request(json::text_or(body, "person"));
          // The key is on disk before the hub is asked: a certificate without its key is worth nothing.
          TOCSIN_TRY(write_file(options.certificate + ".key.pem", request.key_pem, 0600));
          body["request"] = request.request_pem;
        }
        auto made = session.post("/tokens", body);
        if (!made) return made;
        const auto certificate_pem = json::text_or(*made, "certificate");
        if (!options.certificate.empty()) {
          if (certificate_pem.empty()) return Error{Errc::invalid_input, "the hub sent no certificate"};
          TOCSIN_TRY(write_file(options.certificate + ".pem", certificate_pem, 0644));
          made->insert_or_assign("certificate_file", options.certificate + ".pem");
          made->insert_or_assign("key_file", options.certificate + ".key.pem");
        }
        TOCSIN_TRY(write_profile_for(session, options, json::text_or(*made, "token"), certificate_pem,
                                     request.key_pem));
        return made;
      },
      [&](const json::Object& made) {
        if (made.contains("token"))
          print_line(cell(made, "token"));
        else
          print_line(cell(made, "certificate_file") + " " + cell(made, "key_file"));
        say("token " + cell(made, "id") + "; its secret is shown only now");
      });
}

int revoke(const Context& context, const std::string& id) {
  return answer(
      context,
      [&](Session& session) -> Result<json::Object> {
        auto gone = session.call("DELETE", "/tokens/" + path_part(id));
        if (!gone) return gone.error();
        return json::Object{{"revoked", id}};
      },
      [&](const json::Object&) { print_line("revoked " + id); });
}

}  // namespace

void add_token(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("token", "credentials of people and machines");
  noun->group(group_govern);
  noun->require_subcommand(1);

  auto options = std::make_shared<Options>();
  options->scopes = {"read"};
  auto* add = noun->add_subcommand("add", "make a token, or a client certificate");
  add->add_option("--person", options->person, "whose; yours when not given")->type_name("NAME");
  add->add_option("--scopes", options->scopes, "read, share, sight, administer, steward")
      ->type_name("S,…")
      ->allow_extra_args(false)
      ->capture_default_str();
  add->add_option("--days", options->days, "how long it lives; for good when not given")->type_name("N");
  add->add_option("--certificate", options->certificate,
                  "make a key and a certificate instead: NAME.key.pem and NAME.pem")
      ->type_name("NAME");
  add->add_option("--write-profile", options->write_profile, "write a profile with it, e.g. for a sensor")
      ->type_name("FILE");
  add->callback([&context, options] {
    context.run = [&context, options] { return add_token_for(context, *options); };
  });

  noun->add_subcommand("list", "without their secrets")->callback([&context] {
    context.run = [&context] {
      return print_list(context, "/tokens", "tokens",
                        {{"ID", "id"},
                         {"PERSON", "person"},
                         {"SCOPES", "scopes"},
                         {"EXPIRES", "expires"},
                         {"REVOKED", "revoked"}});
    };
  });
  auto* end = noun->add_subcommand("revoke", "ends it and its streams within a second");
  end->add_option("id", options->id)->required();
  end->callback(
      [&context, options] { context.run = [&context, options] { return revoke(context, options->id); }; });
}

}  // namespace tocsin::cli
