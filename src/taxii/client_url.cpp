#include "taxii/client_url.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::taxii::client {
namespace {

constexpr std::string_view scheme = "https://";
constexpr std::size_t url_bytes_max = 8192;

Error wrong(std::string_view url, std::string_view rule) {
  return {Errc::invalid_input, "the URL " + std::string{url.substr(0, 300)} + ": " + std::string{rule}};
}

bool has_dot_segment(std::string_view path) {
  const auto parts = split(path, '/');
  return std::any_of(parts.begin(), parts.end(),
                     [](std::string_view part) { return part == "." || part == ".."; });
}

Status check_path(std::string_view url, std::string_view path) {
  if (has_dot_segment(path)) return wrong(url, "a path must not hold . or ..");
  return {};
}

Status check_text(std::string_view url) {
  if (url.size() > url_bytes_max) return wrong(url, "is longer than 8192 bytes");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain) return wrong(url, "holds a space, a control character, or one that has to be encoded");
  return {};
}

/// Puts what follows the authority into `url`.
void take_path(std::string_view rest, Url& url) {
  rest = rest.substr(0, rest.find('#'));
  const auto query = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, query);
  url.query = rest.substr(query);
  if (url.path.empty()) url.path = "/";
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  TOCSIN_TRY(check_text(text));
  const auto colon = text.find("://");
  const auto rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return Error{Errc::invalid_input, "a URL must not hold a user or a password"};  // so it is not shown
  if (!iequals_ascii(text.substr(0, scheme.size()), scheme)) return wrong(text, "must begin with https://");
  auto host = to_lower_ascii(authority);
  if (host.ends_with(":443")) host.resize(host.size() - 4);
  if (host.empty() || host.front() == ':') return wrong(text, "names no host");
  Url url;
  url.origin = std::string{scheme} + host;
  take_path(rest.substr(authority.size()), url);
  TOCSIN_TRY(check_path(text, url.path));
  return url;
}

Result<Url> resolve(const Url& base, std::string_view reference) {
  TOCSIN_TRY(check_text(reference));
  if (reference.starts_with("//")) return parse_url("https:" + std::string{reference});
  const auto colon = reference.find(':');
  if (colon != std::string_view::npos && colon < reference.find_first_of("/?#")) return parse_url(reference);
  Url url;
  url.origin = base.origin;
  if (reference.starts_with('/')) {
    take_path(reference, url);
  } else {
    const auto folder = base.path.substr(0, base.path.rfind('/') + 1);
    take_path(folder + std::string{reference}, url);
  }
  TOCSIN_TRY(check_path(reference, url.path));
  return url;
}

std::string with_slash(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}

}  // namespace tocsin::taxii::client
