#include <gmock/gmock.h>

#include "net/request_parser.hpp"
#include "net/request_target.hpp"
#include "net/response.hpp"

namespace tocsin::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

unsigned refused_with(std::string_view bytes, std::size_t header_bytes_max = 1000,
                      std::size_t body_bytes_max = 100) {
  RequestParser parser{header_bytes_max, body_bytes_max};
  parser.feed(bytes);
  return parser.refusal() ? parser.refusal()->status : 0;
}

TEST(Percent, DecodesAndEncodes) {
  EXPECT_EQ(percent_decode("a%20b%2fc+d", false), "a b/c+d");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%", false), std::nullopt);
  EXPECT_EQ(percent_decode("%4", false), std::nullopt);
  EXPECT_EQ(percent_decode("%zz", false), std::nullopt);
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
}

TEST(Target, IsTakenApart) {
  const auto target =
      parse_target("/api//x%2Fy/./z?match[type]=a,b&added_after=2020-01-01T00:00:00Z&x&&x=1%262+3");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api//x/y/z");
  EXPECT_THAT(target->query,
              ElementsAre(Pair("match[type]", "a,b"), Pair("added_after", "2020-01-01T00:00:00Z"),
                          Pair("x", ""), Pair("x", "1&2 3")));
  EXPECT_EQ(parse_target("https://hub.example:8443/a?b=c").value().path, "/a");
  EXPECT_EQ(parse_target("https://hub.example").value().path, "/");
  EXPECT_EQ(parse_target("*").value().path, "*");
  EXPECT_EQ(parse_target("/a/.").value().path, "/a/");
  EXPECT_EQ(parse_target("/taxii2/").value().path, "/taxii2/");
}

TEST(Target, IsRefusedWhenItCouldMeanAnotherPath) {
  for (const char* bad : {"", "a", "/../x", "/a/..", "/a/%2e%2e/b", "/a%2F..%2Fb", "/a%00b", "/a%0Ab", "/%",
                          "/a?b=%1", "/a#b", "hub.example:443", "ftp://x/y"})
    EXPECT_FALSE(parse_target(bad)) << bad;
  EXPECT_TRUE(parse_target("/a..b/...")) << "two dots inside a name are only a name";
}

// Goal:   the same bytes give the same request, however they are cut.
// Method: a request with a chunked body and a trailer, cut at each place and fed byte by byte.
TEST(RequestParser, DoesNotDependOnHowTheBytesArrive) {
  const std::string bytes =
      "POST /a?x=y HTTP/1.1\r\nHost: h\r\nX-One:  1 \r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\nGET";
  const auto check = [&](RequestParser& parser, std::size_t used) {
    ASSERT_TRUE(parser.done());
    EXPECT_EQ(used, bytes.size() - 3);
    EXPECT_EQ(parser.request().method, "POST");
    EXPECT_EQ(parser.request().path, "/a");
    EXPECT_EQ(parser.request().body, "hello world");
    EXPECT_EQ(parser.request().header("x-one"), "1");
    EXPECT_EQ(parser.request().header("x-trailer"), std::nullopt);
    EXPECT_TRUE(parser.keep_alive());
  };
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    RequestParser parser{1000, 100};
    std::size_t used = parser.feed(bytes.substr(0, cut));
    if (!parser.done()) used += parser.feed(bytes.substr(used));
    check(parser, used);
  }
  RequestParser parser{1000, 100};
  std::size_t used = 0;
  for (std::size_t end = 1; end <= bytes.size() && !parser.done(); ++end)
    used += parser.feed(std::string_view{bytes}.substr(used, end - used));
  check(parser, used);
}

TEST(RequestParser, TakesAnEmptyChunkedBodyByteByByte) {
  const std::string bytes =
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n";
  RequestParser parser{1000, 100};
  std::size_t used = 0;
  for (std::size_t end = 1; end <= bytes.size(); ++end)
    used += parser.feed(std::string_view{bytes}.substr(used, end - used));
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(parser.request().body, "");
}

TEST(RequestParser, RefusesABodyOfDoubtfulLength) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(refused_with(head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400U);
  EXPECT_EQ(refused_with(head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400U);
  EXPECT_EQ(refused_with(head + "Content-Length: +3\r\n\r\nabc"), 400U);
  EXPECT_EQ(refused_with(head + "Content-Length: 3, 3\r\n\r\nabc"), 400U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding: gzip\r\n\r\n"), 501U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400U);
}

TEST(RequestParser, RefusesWithTheStatusThatSaysWhy) {
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\r\n"), 400U) << "no Host";
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with("\x16\x03\x01 nonsense\r\n\r\n"), 400U);
  EXPECT_EQ(refused_with("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505U);
  EXPECT_EQ(refused_with("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501U);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n"), 417U);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), 413U);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                         std::string(101, 'x') + "\r\n0\r\n\r\n"),
            413U);
  EXPECT_EQ(refused_with("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414U);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"), 431U);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) many += "a:\r\n";
  EXPECT_EQ(refused_with(many + "\r\n", 10'000), 431U);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                         std::string(2000, 'x')),
            400U)
      << "a chunk extension without end";
}

TEST(RequestParser, FollowsTheClientOnKeepingTheConnection) {
  const auto keeps = [](std::string_view bytes) {
    RequestParser parser{1000, 100};
    parser.feed(bytes);
    return parser.done() && parser.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(ResponseHead, CannotBeBrokenOutOf) {
  Response response;
  response.headers = {{"Location", "/x\r\nSet-Cookie: a=b"}, {"Bad Name", "x"}, {"Content-Length", "7"}};
  response.body = "abc";
  const auto head = response_head(response, Framing::length, true, "D");
  EXPECT_THAT(head, HasSubstr("Location: /x  Set-Cookie: a=b\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Bad Name")));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length: 7")));
}

}  // namespace
}  // namespace tocsin::net
