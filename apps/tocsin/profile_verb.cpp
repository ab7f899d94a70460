#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/file.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

int show_taxii(const Context& context, const Profile& profile) {
  if (profile.token.empty())
    return fail(Error{Errc::invalid_input,
                      "this profile has no token, so no password for others; make one: tocsin token add"});
  // Empty: the certificate is one that the system's authorities vouch for.
  std::string ca_file;
  if (!profile.ca_pem.empty()) {
    ca_file = std::filesystem::absolute(context.profile_path + ".ca.pem").string();
    if (auto written = write_file(ca_file, profile.ca_pem, 0644); !written) return fail(written.error());
  }
  const json::Object access{{"url", profile.url + "/taxii2/"},
                            {"user", profile.member.empty() ? "tocsin" : profile.member},
                            {"password", profile.token},
                            {"ca_file", ca_file}};
  if (context.json) {
    print_json(access);
  } else {
    for (const auto& [key, value] : access) print_line(std::string{key} + ": " + cell(&value));
  }
  return exit_done;
}

int show(const Context& context, bool taxii) {
  const auto profile = load_profile(context.profile_path);
  if (!profile) return fail(profile.error());
  if (taxii) return show_taxii(context, *profile);
  json::Array circles;
  for (const auto& circle : profile->circles) circles.emplace_back(circle);
  const json::Object shown{{"profile", context.profile_path},
                           {"url", profile->url},
                           {"member", profile->member},
                           {"person", profile->person},
                           {"circles", circles},
                           {"operator", profile->is_operator},
                           {"joined", !profile->token.empty() || !profile->certificate_pem.empty()}};
  if (context.json) {
    print_json(shown);
  } else {
    for (const auto& [key, value] : shown) print_line(std::string{key} + ": " + cell(&value));
  }
  return exit_done;
}

}  // namespace

void add_profile(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("profile", "who you are, and which hub you trust");
  noun->group(group_start);
  noun->require_subcommand(1);
  auto* verb = noun->add_subcommand("show", "show it, without secrets");
  auto taxii = std::make_shared<bool>(false);
  verb->add_flag("--taxii", *taxii,
                 "what any TAXII 2.1 client needs: url, user, password, ca_file (prints the secret)");
  verb->callback([&context, taxii] { context.run = [&context, taxii] { return show(context, *taxii); }; });
}

}  // namespace tocsin::cli
