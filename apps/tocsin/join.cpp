#include <sodium.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <memory>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

constexpr std::string_view agreement_terms =
    "What you share goes to the members of the circle that you name, under the marking that it carries. "
    "You may share only what you may lawfully give, and nothing about people that the defence does not need. "
    "What you receive you handle as its marking (TLP 2.0) says. "
    "Other members do not learn who shared an object unless you say so; the operator of the hub can know it. "
    "Every entry, withdrawal and change of rules stays in the circle's log.";

struct Options {
  std::string url, person;
  bool yes = false;
};

Result<std::string> public_key_of(const std::string& seed_text) {
  const auto seed = from_base64url(seed_text);
  if (!seed || seed->size() != crypto_sign_SEEDBYTES)
    return Error{Errc::invalid_input, "the profile's 'join_key' is damaged"};
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(),
                           reinterpret_cast<const unsigned char*>(seed->data()));
  sodium_memzero(secret_key.data(), secret_key.size());
  return to_base64url(std::as_bytes(std::span{public_key}));
}

std::string new_seed() {
  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
  randombytes_buf(seed.data(), seed.size());
  return to_base64url(std::as_bytes(std::span{seed}));
}

/// The profile as it must stand on disk before the hub is asked: if the answer is lost, the same key asks
/// again and gets the same member.
Result<Profile> prepared_profile(const std::string& path, const Invite& invite) {
  auto old = load_profile(path);
  if (!old && old.error().code != Errc::not_found) return old.error();
  const auto invite_hash = to_hex(sha256(invite.secret));
  if (old && old->url == invite.hub_url && old->invite_sha256 == invite_hash) return old;
  const bool in_use = old && (!old->token.empty() || !old->certificate_pem.empty());
  if (in_use)
    return Error{Errc::conflict, path + " already is a profile for " + old->url +
                                     ": name another file with --profile, or move that one away"};
  Profile profile;
  profile.url = invite.hub_url;
  if (!invite.pin.empty()) {
    auto ca = net::Client::fetch_pinned_ca(invite.hub_url + "/ca.pem", invite.pin);
    if (!ca) return ca.error();
    profile.ca_pem = *std::move(ca);
  }
  profile.join_key = new_seed();
  profile.invite_sha256 = invite_hash;
  TOCSIN_TRY(save_profile(path, profile));
  return profile;
}

bool agreed(const std::string& agreement, bool yes) {
  std::cerr << agreement << "\n";
  if (yes) return true;
  if (::isatty(STDIN_FILENO) != 1) {
    say("nobody is there to agree: repeat with --yes if you do");
    return false;
  }
  std::cerr << "Do you agree? [y/N] " << std::flush;
  std::string reply;
  std::getline(std::cin, reply);
  const auto word = to_lower_ascii(trim(reply));
  return word == "y" || word == "yes";
}

Status take_answer(const net::ClientResponse& response, Profile& profile) {
  if (response.status != 201 && response.status != 200) {
    auto error = answer_error(response);
    if (response.status == 404) error.detail = "this invite is not valid (any more): ask for a new one";
    return error;
  }
  const auto body = json::parse_object(response.body);
  if (!body) return body.error();
  profile.token = json::text_or(*body, "token");
  if (profile.token.empty()) return Error{Errc::invalid_input, "the hub's answer holds no token"};
  profile.member = cell(*body, "member");
  profile.person = json::text_or(*body, "person");
  profile.circles.clear();
  if (const auto* circles = body->if_contains("circles"); circles != nullptr && circles->is_array())
    for (const auto& circle : circles->get_array()) profile.circles.push_back(cell(&circle));
  return {};
}

int join(const Context& context, const Options& options) {
  const auto invite = parse_invite(options.url);
  if (!invite) {
    fail(invite.error());
    return exit_usage;
  }
  const auto agreement = "Agreement of " + to_rfc3339(system_clock().now()).substr(0, 10) + " with " +
                         invite->hub_url + ". " + std::string{agreement_terms};
  if (!agreed(agreement, options.yes)) return exit_refused;
  if (sodium_init() < 0) return fail({Errc::unavailable, "libsodium does not start"});
  auto profile = prepared_profile(context.profile_path, *invite);
  if (!profile) return fail(profile.error());
  const auto key = public_key_of(profile->join_key);
  if (!key) return fail(key.error());

  json::Object body{{"invite", invite->secret}, {"client_key", *key}, {"agreement", agreement}};
  if (!options.person.empty()) body["person"] = options.person;
  net::ClientOptions anonymous = client_options(*profile);
  anonymous.bearer_token.clear();  // the invite speaks
  net::Client client{std::move(anonymous)};
  const auto response = client.request({.method = "POST",
                                        .target = "/api/v1/join",
                                        .headers = {{"Content-Type", "application/json"}},
                                        .body = json::dump(body)});
  if (!response) return fail(response.error());
  if (auto taken = take_answer(*response, *profile); !taken) return fail(taken.error());
  if (auto saved = save_profile(context.profile_path, *profile); !saved) return fail(saved.error());

  json::Array circles;
  for (const auto& circle : profile->circles) circles.emplace_back(circle);
  if (context.json)
    print_json(json::Object{{"member", profile->member},
                            {"person", profile->person},
                            {"circles", circles},
                            {"url", profile->url},
                            {"profile", context.profile_path}});
  else
    print_line("joined " + profile->url + " as " + profile->member + "; the profile is " +
               context.profile_path);
  return exit_done;
}

}  // namespace

void add_join(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("join", "redeem an invite: trust its hub and write a profile");
  verb->group(group_start);
  verb->add_option("invite-url", options->url, "https://HOST:PORT/join#invite=…&pin=… (quote it)")
      ->required();
  verb->add_option("--person", options->person, "your name at the hub")->type_name("NAME");
  verb->add_flag("--yes", options->yes, "accept the agreement that is shown");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return join(context, *options); }; });
}

}  // namespace tocsin::cli
