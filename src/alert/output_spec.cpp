#include "alert/output_spec.hpp"

#include <cstdlib>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace tocsin::alert {
namespace {

using Kind = OutputSpec::Kind;
using Transport = OutputSpec::Transport;

constexpr std::size_t secret_bytes_max = 4096;

Error bad(std::string_view text, std::string_view why) {
  return {Errc::invalid_input, "output '" + printable(text) + "': " + std::string{why}};
}

Status take_option(OutputSpec& out, std::string_view option) {
  const auto equals = option.find('=');
  const auto key = option.substr(0, equals);
  const std::string value{equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1)};
  if (value.empty()) return bad(out.text, "'" + printable(option) + "' is no option: KEY=VALUE is expected");
  const bool https = out.kind == Kind::hec || out.kind == Kind::webhook;
  if (key == "form" && out.kind != Kind::hec) {
    const auto form = form_named(value);
    if (!form) return bad(out.text, "form is json, ecs or cef");
    out.form = *form;
  } else if (key == "ca-file" && (https || out.transport == Transport::tls)) {
    out.ca_file = value;
  } else if (key == "secret-file" && https) {
    out.secret_file = value;
  } else if (key == "secret-env" && https) {
    out.secret_env = value;
  } else {
    return bad(out.text, "there is no option '" + printable(key) + "' for it");
  }
  return {};
}

Status take_https(OutputSpec& out, std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return bad(out.text, "only https:// is taken: alerts say who was hit");
  const auto slash = url.find('/', scheme.size());
  out.base_url = url.substr(0, slash);
  if (out.base_url.size() == scheme.size() || out.base_url.find('@') != std::string::npos)
    return bad(out.text, "a host is expected, and no user or password in the URL");
  if (slash != std::string_view::npos) out.path = url.substr(slash);
  if (out.path.empty() || out.path == "/")
    out.path = out.kind == Kind::hec ? "/services/collector/event" : "/";
  if (out.secret_file.empty() == out.secret_env.empty())
    return bad(out.text, "secret-file=FILE or secret-env=NAME is needed, one of them");
  return {};
}

Status take_syslog(OutputSpec& out, std::string_view url) {
  if (url.empty()) url = "unix:///dev/log";
  if (url.starts_with("unix://")) {
    out.transport = Transport::unix_socket;
    out.path = url.substr(7);
    if (!out.path.starts_with('/')) return bad(out.text, "unix:///PATH is expected");
    return {};
  }
  for (const auto& [scheme, transport, port] :
       {std::tuple{"udp://", Transport::udp, "514"}, std::tuple{"tcp://", Transport::tcp, "601"},
        std::tuple{"tls://", Transport::tls, "6514"}}) {
    if (!url.starts_with(scheme)) continue;
    out.transport = transport;
    auto rest = url.substr(std::string_view{scheme}.size());
    const auto bracket = rest.rfind(']'), colon = rest.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    out.host = rest.substr(0, has_port ? colon : rest.size());
    out.port = has_port ? rest.substr(colon + 1) : std::string_view{port};
    if (out.host.starts_with('[') && out.host.ends_with(']'))
      out.host = out.host.substr(1, out.host.size() - 2);
    if (out.host.empty() || out.host.find_first_of("/@ ") != std::string::npos || out.port.empty() ||
        out.port.size() > 5 || out.port.find_first_not_of("0123456789") != std::string::npos ||
        std::stoul(out.port) > 65535 || std::stoul(out.port) == 0)
      return bad(out.text, "HOST:PORT is expected");
    return {};
  }
  return bad(out.text, "unix:///PATH, udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT is expected");
}

}  // namespace

Result<OutputSpec> parse_output(std::string_view text) {
  OutputSpec out;
  out.text = text;
  if (text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
    return bad(text, "no line breaks");
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  auto rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (kind == "jsonl" || kind == "ecs" || kind == "cef") {
    out.form = kind == "jsonl" ? Form::json : *form_named(kind);
    out.path = rest;
    if (out.path.empty()) return bad(text, "a file is expected");
    return out;
  }
  if (kind == "syslog")
    out.kind = Kind::syslog;
  else if (kind == "hec")
    out.kind = Kind::hec;
  else if (kind == "webhook")
    out.kind = Kind::webhook;
  else
    return bad(text, "jsonl, ecs, cef, syslog, hec or webhook is expected before the colon");

  std::vector<std::string_view> options;
  const auto space = rest.find(' ');
  if (space != std::string_view::npos) {
    for (const auto option : split(rest.substr(space), ' '))
      if (!option.empty()) options.push_back(option);
    rest = rest.substr(0, space);
  }
  if (out.kind == Kind::syslog) TOCSIN_TRY(take_syslog(out, rest));
  for (const auto option : options) TOCSIN_TRY(take_option(out, option));
  if (out.kind != Kind::syslog) TOCSIN_TRY(take_https(out, rest));
  return out;
}

Result<std::string> read_secret(const OutputSpec& spec) {
  std::string found;
  if (!spec.secret_env.empty()) {
    const char* value = std::getenv(spec.secret_env.c_str());
    if (value == nullptr) return Error{Errc::unavailable, "the variable " + spec.secret_env + " is not set"};
    found = value;
  } else {
    auto text = read_file(spec.secret_file, secret_bytes_max);
    if (!text) return Error{Errc::unavailable, "the secret's file: " + text.error().detail};
    found = *std::move(text);
  }
  std::string secret{trim(found)};
  if (secret.empty() || secret.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos)
    return Error{Errc::unavailable,
                 "the secret in " + spec.secret_env + spec.secret_file + " is not one line"};
  return secret;
}

}  // namespace tocsin::alert
