#include "net/request_target.hpp"

#include <array>
#include <optional>

#include "base/text.hpp"
#include "net/server.hpp"

namespace tocsin::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Error refused(const char* why) {
  return Error{Errc::invalid_input, why};
}

/// The part of an absolute-form target from its path on; other targets as they are.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!iequals_ascii(target.substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      out += '%';
      out += digits[value >> 4];
      out += digits[value & 15];
    }
  }
  return out;
}

Result<RequestTarget> parse_target(std::string_view target) {
  RequestTarget parsed;
  if (target == "*") {
    parsed.path = "*";
    return parsed;
  }
  target = without_authority(target);
  // A fragment is never sent by a correct client; two parties could read it differently.
  if (target.find('#') != std::string_view::npos) return refused("the target has a fragment");
  const auto mark = target.find('?');
  const auto raw_path = target.substr(0, mark);
  if (mark != 0 && !raw_path.starts_with('/')) return refused("the target does not begin with a slash");

  auto path = percent_decode(raw_path, false);
  if (!path) return refused("the path has a broken percent-escape");
  // Checked after decoding, so that no spelling of ".." or NUL passes.
  const auto segments = split(*path, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {
    for (const char c : segments[i])
      if (is_control(c)) return refused("the path has a control character");
    if (segments[i] == "..") return refused("the path has a \"..\" segment");
    if (segments[i] == ".") {
      if (i + 1 == segments.size()) parsed.path += '/';
      continue;
    }
    parsed.path += '/';
    parsed.path += segments[i];
  }
  if (parsed.path.empty()) parsed.path = "/";

  if (mark == std::string_view::npos) return parsed;
  for (const auto pair : split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) return refused("the query has a broken percent-escape");
    parsed.query.emplace_back(std::move(*name), std::move(*value));
  }
  return parsed;
}

}  // namespace tocsin::net
