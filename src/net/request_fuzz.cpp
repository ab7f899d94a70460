// Goal: no bytes break the reading of a request; what is accepted keeps the promises of `Request`, and any
// cut of the same bytes gives the same request.

#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "net/request_parser.hpp"
#include "net/request_target.hpp"

namespace {

using tocsin::net::RequestParser;

struct Outcome {
  bool done = false;
  unsigned refused = 0;
  std::string method, path, body;
  std::size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step) {
  RequestParser parser{500, 100};
  Outcome outcome;
  for (std::size_t end = 0; end < bytes.size() && !parser.done() && !parser.refusal();) {
    end = std::min(bytes.size(), end + step);
    outcome.used += parser.feed(bytes.substr(outcome.used, end - outcome.used));
  }
  outcome.done = parser.done();
  if (parser.refusal()) outcome.refused = parser.refusal()->status;
  if (!outcome.done) {
    outcome.used = 0;  // where a refusal falls depends on what was seen by then
    return outcome;
  }
  auto& request = parser.request();
  outcome.method = request.method;
  outcome.path = request.path;
  outcome.body = request.body;
  TOCSIN_CHECK(request.body.size() <= 100, "a body beyond the limit");
  return outcome;
}

void check_path(std::string_view path) {
  TOCSIN_CHECK(path == "*" || path.starts_with('/'), "a path begins with a slash");
  TOCSIN_CHECK(path.find('\0') == std::string_view::npos, "a path with NUL");
  const std::string bounded = std::string{path} + "/";
  TOCSIN_CHECK(bounded.find("/../") == std::string::npos, "a path that climbs");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto target = tocsin::net::parse_target(bytes)) check_path(target->path);
  if (const auto decoded = tocsin::net::percent_decode(bytes, false))
    TOCSIN_CHECK(tocsin::net::percent_decode(tocsin::net::percent_encode(*decoded), false) == decoded,
                 "encoding and decoding undo each other");
  const auto whole = parse(bytes, std::max<std::size_t>(1, bytes.size()));
  if (whole.done) check_path(whole.path);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const auto cut = parse(bytes, step);
    TOCSIN_CHECK(whole.done == cut.done, "the cut decides whether a request is taken");
    if (whole.done) TOCSIN_CHECK(whole == cut, "the cut of the bytes changes the request");
  }
  return 0;
}
