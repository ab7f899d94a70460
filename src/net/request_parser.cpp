#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.hpp"
#include "net/request_target.hpp"

namespace tocsin::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t headers_max = 200;
constexpr std::size_t method_bytes_max = 16;
// A body grows as it arrives: a declared length alone must not take memory.
constexpr std::size_t body_bytes_reserved_max = 1 << 20;

constexpr std::size_t last_chunk_bytes_min = 5;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Refusal refusal_of(error_code error, bool in_request_line) {
  if (error == http::error::body_limit) return {413, "the body is larger than this server takes"};
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    if (in_request_line) return {414, "the request target is longer than this server takes"};
    return {431, "the header fields are larger than this server takes"};
  }
  if (error == http::error::bad_version) return {505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return {400, "the request is not well-formed HTTP/1.1: " + error.message()};
}

}  // namespace

class RequestParser::Parser final : public http::basic_parser<true> {
 public:
  Parser(std::size_t header_bytes_max, std::size_t body_bytes_max) : header_bytes_max_{header_bytes_max} {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(header_bytes_max, UINT32_MAX)));
    body_limit(body_bytes_max);
    eager(true);
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !is_done() && !refusal_) {
      // Beast asserts that a last chunk comes in pieces of five bytes or more. At least so many ("0", two
      // line ends) follow any place inside a chunked body, so waiting for them never waits for nothing.
      if (is_header_done() && chunked() && bytes.size() - used < last_chunk_bytes_min) break;
      error_code error;
      const std::size_t step = put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
      used += step;
      if (error == http::error::need_more) {
        // The parser wants a whole head, chunk line or trailer at once: what waits here is bounded too.
        if (bytes.size() - used > header_bytes_max_)
          refuse({is_header_done() ? 400U : 431U, "a line without end"});
        break;
      }
      if (error) {
        if (!refusal_) refuse(refusal_of(error, !request_line_done_));
        break;
      }
      if (step == 0) break;
    }
    return used;
  }

  void refuse(Refusal refusal) {
    if (!refusal_) refusal_ = std::move(refusal);
  }

  std::optional<Refusal> refusal_;
  Request request_;
  bool request_line_done_ = false;
  bool http_1_1_ = true;
  bool expects_continue_ = false;
  std::size_t declared_body_bytes_ = 0;

 private:
  /// Ends the parse; the refusal says why.
  void fail(error_code& error, unsigned status, const char* why) {
    refuse({status, why});
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target,
                       int version, error_code& error) override {
    request_line_done_ = true;
    request_.method = view(method);
    request_.target = view(target);
    if (version != 10 && version != 11) return fail(error, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    http_1_1_ = version == 11;
    const bool upper = std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!upper || method.size() > method_bytes_max) return fail(error, 501, "this method is unknown");
    auto parsed = net::parse_target(request_.target);
    if (!parsed) {
      refuse(Refusal{400, parsed.error().detail});
      error = http::error::bad_target;
      return;
    }
    request_.path = std::move(parsed->path);
    request_.query = std::move(parsed->query);
  }

  void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override {
    if (is_header_done()) return;  // trailers say nothing that the answer depends on
    if (request_.headers.size() >= headers_max)
      return fail(error, 431, "more header fields than this server takes");
    request_.headers.emplace_back(to_lower_ascii(view(name)), view(value));
  }

  void on_header_impl(error_code& error) override {
    std::size_t hosts = 0;
    std::size_t codings = 0;
    std::size_t lengths = 0;
    for (const auto& [name, value] : request_.headers) {
      if (name == "host") ++hosts;
      if (name == "content-length") {
        ++lengths;
        if (value.find_first_not_of("0123456789") != std::string::npos)
          return fail(error, 400, "the length of the body is no number");
      }
      if (name == "transfer-encoding") {
        ++codings;
        if (!iequals_ascii(value, "chunked"))
          return fail(error, 501, "the only transfer coding taken is chunked");
      }
      if (name == "expect") {
        if (!iequals_ascii(value, "100-continue"))
          return fail(error, 417, "the only expectation met is 100-continue");
        expects_continue_ = true;
      }
    }
    if (lengths + codings > 1) return fail(error, 400, "the length of the body is stated more than once");
    if (codings > 0 && !http_1_1_) return fail(error, 400, "HTTP/1.0 has no transfer codings");
    if (hosts > 1 || (hosts == 0 && http_1_1_)) return fail(error, 400, "a request names exactly one Host");
    request_.received = std::chrono::steady_clock::now();
    declared_body_bytes_ = static_cast<std::size_t>(content_length().value_or(0));
    request_.body.reserve(std::min(declared_body_bytes_, body_bytes_reserved_max));
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  std::size_t header_bytes_max_;
};

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : parser_{std::make_unique<Parser>(header_bytes_max, body_bytes_max)} {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view bytes) {
  return parser_->feed(bytes);
}
bool RequestParser::head_done() const {
  return parser_->is_header_done();
}
bool RequestParser::done() const {
  return parser_->is_done() && !parser_->refusal_;
}
const std::optional<Refusal>& RequestParser::refusal() const {
  return parser_->refusal_;
}
bool RequestParser::is_head_method() const {
  return parser_->request_.method == "HEAD";
}
bool RequestParser::keep_alive() const {
  return parser_->keep_alive();
}
bool RequestParser::http_1_1() const {
  return parser_->http_1_1_;
}
bool RequestParser::expects_continue() const {
  return parser_->expects_continue_;
}
std::size_t RequestParser::body_bytes() const {
  return std::max(parser_->declared_body_bytes_, parser_->request_.body.size());
}
Request& RequestParser::request() {
  return parser_->request_;
}

}  // namespace tocsin::net
