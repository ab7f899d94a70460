#include "profile.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "formats/flat_toml.hpp"
#include "net/server.hpp"

namespace tocsin::cli {
namespace {

constexpr std::uint64_t profile_bytes_max = 1 << 20;
constexpr std::size_t invite_bytes_max = 2048;

Error bad_field(std::string_view key, std::string_view wanted) {
  return {Errc::invalid_input, "profile: '" + std::string{key} + "' must be " + std::string{wanted}};
}

Status read(const formats::TomlField& field, std::string& out) {
  const auto* text = std::get_if<std::string>(&field.value);
  if (text == nullptr) return bad_field(field.key, "a text");
  out = *text;
  return {};
}

Status read(const formats::TomlField& field, std::vector<std::string>& out) {
  const auto* list = std::get_if<std::vector<std::string>>(&field.value);
  if (list == nullptr) return bad_field(field.key, "a list of texts");
  out = *list;
  return {};
}

Status read(const formats::TomlField& field, bool& out) {
  const auto* flag = std::get_if<bool>(&field.value);
  if (flag == nullptr) return bad_field(field.key, "true or false");
  out = *flag;
  return {};
}

bool is_token_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '~';
  });
}

/// Host and port, as they stand between "https://" and the path.
bool is_authority(std::string_view text) {
  return !text.empty() && text.front() != ':' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == ':' || c == '[' || c == ']';
  });
}

bool is_hub_url(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return false;
  url.remove_prefix(scheme.size());
  return is_authority(url.substr(0, url.find('/'))) && !url.ends_with('/') &&
         url.find_first_of("?#@ \t\r\n") == std::string_view::npos;
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out += std::string{key} + " = ";
  // A basic TOML string has the escapes of a JSON string; certificates read better over several lines.
  if (text.find('\n') != std::string_view::npos && text.find_first_of("\\\"") == std::string_view::npos)
    out += "\"\"\"\n" + std::string{text} + "\"\"\"\n";
  else
    out += formats::toml_string(text) + "\n";
}

void append_texts(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += std::string{key} + " = [";
  for (std::size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "" : ", ") + formats::toml_string(texts[i]);
  out += "]\n";
}

}  // namespace

Result<Profile> parse_profile(std::string_view text) {
  auto fields = formats::parse_flat_toml(text);
  if (!fields) return in_context("profile", std::move(fields).error());
  Profile profile;
  const std::pair<std::string_view, std::string&> texts[] = {{"url", profile.url},
                                                             {"ca_pem", profile.ca_pem},
                                                             {"token", profile.token},
                                                             {"member", profile.member},
                                                             {"person", profile.person},
                                                             {"join_key", profile.join_key},
                                                             {"invite_sha256", profile.invite_sha256},
                                                             {"mapping_key", profile.mapping_key},
                                                             {"certificate_pem", profile.certificate_pem},
                                                             {"key_pem", profile.key_pem}};
  for (const auto& field : *fields) {
    for (const auto& [key, out] : texts)
      if (field.key == key) TOCSIN_TRY(read(field, out));
    if (field.key == "circles") TOCSIN_TRY(read(field, profile.circles));
    if (field.key == "identities") TOCSIN_TRY(read(field, profile.identities));
    if (field.key == "operator") TOCSIN_TRY(read(field, profile.is_operator));
  }
  if (!is_hub_url(profile.url)) return bad_field("url", "https://HOST:PORT");
  return profile;
}

std::string to_toml(const Profile& profile) {
  std::string out = "# Secrets stand here: keep this file to yourself.\n";
  append_text(out, "url", profile.url);
  append_text(out, "member", profile.member);
  append_text(out, "person", profile.person);
  append_texts(out, "circles", profile.circles);
  append_texts(out, "identities", profile.identities);
  if (profile.is_operator) out += "operator = true\n";
  append_text(out, "token", profile.token);
  append_text(out, "join_key", profile.join_key);
  append_text(out, "invite_sha256", profile.invite_sha256);
  append_text(out, "mapping_key", profile.mapping_key);
  append_text(out, "ca_pem", profile.ca_pem);
  append_text(out, "certificate_pem", profile.certificate_pem);
  append_text(out, "key_pem", profile.key_pem);
  return out;
}

Result<Profile> load_profile(const std::string& path) {
  const auto text = read_file(path, profile_bytes_max);
  if (!text && text.error().code == Errc::not_found)
    return Error{Errc::not_found, "there is no profile at " + path +
                                      ": join a hub with an invite (tocsin join URL), or name one "
                                      "with --profile"};
  if (!text) return text.error();
  auto profile = parse_profile(*text);
  if (!profile) return in_context(path, profile.error());
  return profile;
}

Status save_profile(const std::string& path, const Profile& profile) {
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (!std::filesystem::exists(folder)) {
    TOCSIN_TRY(system_files().make_folder(folder.string()));
    ::chmod(folder.c_str(), 0700);
  }
  return write_file(path, to_toml(profile), 0600);
}

std::string default_profile_path() {
  const auto set = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (auto path = set("TOCSIN_PROFILE"); !path.empty()) return path;
  if (auto folder = set("XDG_CONFIG_HOME"); !folder.empty()) return folder + "/tocsin/profile.toml";
  return set("HOME") + "/.config/tocsin/profile.toml";
}

Result<Invite> parse_invite(std::string_view url) {
  const auto wrong = [](std::string_view why) {
    return Error{Errc::invalid_input, "this is no invite URL: " + std::string{why} +
                                          " (https://HOST:PORT/join#invite=…&pin=…; quote it, or the shell "
                                          "cuts it at the &)"};
  };
  if (url.size() > invite_bytes_max) return wrong("it is too long");
  const auto hash = url.find('#');
  if (hash == std::string_view::npos) return wrong("nothing follows a #");
  std::string_view page = url.substr(0, hash);
  constexpr std::string_view end = "/join";
  if (!page.ends_with(end)) return wrong("its path does not end in /join");
  page.remove_suffix(end.size());
  if (!is_hub_url(page)) return wrong("it does not begin with https://HOST:PORT");
  Invite invite{.hub_url = std::string{page}, .secret = {}, .pin = {}};
  bool system_roots = false;
  for (const auto part : split(url.substr(hash + 1), '&')) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    if (key == "invite") invite.secret = value;
    if (key == "pin") invite.pin = value;
    if (key == "trust" && value == "system") system_roots = true;
  }
  if (!is_token_text(invite.secret)) return wrong("the secret is missing");
  if (system_roots && invite.pin.empty()) return invite;
  const auto pin = from_base64url(invite.pin);
  if (!pin || pin->size() != 32) return wrong("the pin is missing or no SHA-256");
  return invite;
}

}  // namespace tocsin::cli
