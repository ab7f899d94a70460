#include "feed/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "taxii/client_url.hpp"

namespace tocsin::feed {
namespace {

using std::chrono::seconds;

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t secret_bytes_max = 8192;
constexpr std::size_t pem_bytes_max = 48 << 10;
constexpr std::uint64_t interval_seconds_max = 30ULL * 24 * 3600;

Error wrong(std::string_view field, std::string_view rule) {
  return {Errc::invalid_input, "'" + std::string{field} + "' " + std::string{rule}};
}

/// As circles are named, so that it reads well in a path and in a reason.
Status check_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.empty() || name.size() > name_bytes_max || name.front() == '-' ||
      !std::all_of(name.begin(), name.end(), allowed))
    return wrong("name", "must be 1 to 64 of a-z, 0-9 and -, and begin with a letter or digit");
  return {};
}

/// Nothing in it may begin a new header line, or end the value early.
Status check_plain(std::string_view field, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return wrong(field, "is too long");
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    return wrong(field, "holds a control character");
  return {};
}

Status check_pem(std::string_view field, std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > pem_bytes_max) return wrong(field, "is larger than 48 KiB");
  if (text.find("-----BEGIN ") == std::string_view::npos) return wrong(field, "must be PEM");
  return {};
}

Status take_text(const json::Object& body, std::string_view key, std::string& into) {
  auto text = json::optional_text(body, key);
  if (!text) return std::move(text).error();
  into = text->value_or("");
  return {};
}

Status take_seconds(const json::Object& body, std::string_view key, seconds& into) {
  const auto given = json::optional_number(body, key);
  if (!given) return given.error();
  if (!*given) return {};
  if (**given < static_cast<std::uint64_t>(Settings::interval_min.count()) || **given > interval_seconds_max)
    return wrong(key, "must be 10 seconds to 30 days");
  into = seconds{static_cast<std::int64_t>(**given)};
  return {};
}

Status take_quarantine(const json::Object& body, std::uint64_t& into) {
  const auto* value = body.if_contains("quarantine");
  if (value == nullptr) return {};
  if (value->is_string() && value->get_string() == "all") {
    into = Settings::all;
    return {};
  }
  const auto number = json::optional_number(body, "quarantine");
  if (!number || !*number || **number > 1'000'000)
    return wrong("quarantine", "must be \"all\" or how many objects, at most 1000000");
  into = **number;
  return {};
}

Status take_tlp(const json::Object& body, std::optional<stix::Tlp>& into) {
  const auto text = json::optional_text(body, "tlp");
  if (!text) return text.error();
  if (!*text) return {};
  into = stix::parse_tlp(**text);
  if (!into || *into == stix::Tlp::red)
    return wrong("tlp", "must be clear, green, amber or amber+strict (red names recipients, a feed cannot)");
  return {};
}

Status take_settings(const json::Object& body, Settings& settings) {
  TOCSIN_TRY(take_text(body, "url", settings.url));
  TOCSIN_TRY(take_text(body, "collection", settings.collection));
  TOCSIN_TRY(take_text(body, "user", settings.user));
  TOCSIN_TRY(take_text(body, "ca", settings.ca_pem));
  TOCSIN_TRY(take_seconds(body, "interval_seconds", settings.interval));
  TOCSIN_TRY(take_seconds(body, "compare_seconds", settings.compare_every));
  TOCSIN_TRY(take_quarantine(body, settings.quarantine));
  return take_tlp(body, settings.tlp);
}

Status check(const Settings& settings, const Secret& secret) {
  if (const auto url = taxii::client::parse_url(settings.url); !url) return url.error();
  TOCSIN_TRY(check_plain("collection", settings.collection, 256));
  TOCSIN_TRY(check_plain("user", settings.user, 256));
  TOCSIN_TRY(check_plain("password", secret.password, secret_bytes_max));
  TOCSIN_TRY(check_plain("token", secret.bearer_token, secret_bytes_max));
  TOCSIN_TRY(check_pem("ca", settings.ca_pem));
  TOCSIN_TRY(check_pem("certificate", secret.certificate_pem));
  TOCSIN_TRY(check_pem("key", secret.key_pem));
  if (settings.user.find(':') != std::string::npos) return wrong("user", "must not hold a colon (RFC 7617)");
  if (settings.user.empty() != secret.password.empty())
    return wrong("user", "and 'password' go together: one of them is missing");
  if (!settings.user.empty() && !secret.bearer_token.empty())
    return wrong("token", "takes the place of 'user' and 'password': give one of the two");
  if (secret.certificate_pem.empty() != secret.key_pem.empty())
    return wrong("certificate", "and 'key' go together: one of them is missing");
  return {};
}

}  // namespace

Result<Asked> read_asked(const json::Object& body) {
  Asked asked;
  auto name = json::text(body, "name");
  if (!name) return std::move(name).error();
  asked.name = *std::move(name);
  TOCSIN_TRY(check_name(asked.name));
  TOCSIN_TRY(take_settings(body, asked.settings));
  TOCSIN_TRY(take_text(body, "password", asked.secret.password));
  TOCSIN_TRY(take_text(body, "token", asked.secret.bearer_token));
  TOCSIN_TRY(take_text(body, "certificate", asked.secret.certificate_pem));
  TOCSIN_TRY(take_text(body, "key", asked.secret.key_pem));
  TOCSIN_TRY(check(asked.settings, asked.secret));
  return asked;
}

json::Object to_json(const Settings& settings) {
  json::Object out{{"url", settings.url},
                   {"interval_seconds", settings.interval.count()},
                   {"compare_seconds", settings.compare_every.count()}};
  if (!settings.collection.empty()) out["collection"] = settings.collection;
  if (!settings.user.empty()) out["user"] = settings.user;
  if (!settings.ca_pem.empty()) out["ca"] = settings.ca_pem;
  if (settings.tlp) out["tlp"] = stix::name(*settings.tlp);
  if (settings.quarantine == Settings::all)
    out["quarantine"] = "all";
  else
    out["quarantine"] = settings.quarantine;
  if (settings.added != Timestamp{}) out["added"] = to_rfc3339(settings.added);
  return out;
}

Result<Settings> read_settings(std::string_view text) {
  const auto unreadable = [](const Error& error) {
    return Error{Errc::corrupt, "the settings of a feed: " + error.detail};
  };
  const auto document = json::parse_object(text);
  if (!document) return unreadable(document.error());
  Settings settings;
  if (const Status taken = take_settings(*document, settings); !taken) return unreadable(taken.error());
  if (const auto added = parse_rfc3339(json::text_or(*document, "added"))) settings.added = *added;
  return settings;
}

std::string sign_in_of(const Settings& settings, const Secret& secret) {
  std::string text = !secret.bearer_token.empty() ? "bearer" : !settings.user.empty() ? "basic" : "";
  if (!secret.certificate_pem.empty()) text += text.empty() ? "certificate" : "+certificate";
  return text.empty() ? "none" : text;
}

std::string to_json(const Secret& secret) {
  return json::dump(json::Object{{"password", secret.password},
                                 {"token", secret.bearer_token},
                                 {"certificate", secret.certificate_pem},
                                 {"key", secret.key_pem}});
}

Result<Secret> read_secret(std::string_view text) {
  const auto document = json::parse_object(text);
  // The detail of the parser could show a piece of the secret.
  if (!document) return Error{Errc::corrupt, "the secret of a feed cannot be read"};
  return Secret{json::text_or(*document, "password"), json::text_or(*document, "token"),
                json::text_or(*document, "certificate"), json::text_or(*document, "key")};
}

taxii::client::Access access_of(const Settings& settings, const Secret& secret) {
  taxii::client::Access access;
  access.ca_pem = settings.ca_pem;
  access.user = settings.user;
  access.password = secret.password;
  access.bearer_token = secret.bearer_token;
  access.client_certificate_pem = secret.certificate_pem;
  access.client_key_pem = secret.key_pem;
  return access;
}

}  // namespace tocsin::feed
