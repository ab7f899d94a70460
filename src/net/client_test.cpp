#include "net/client.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "net/net_testing.hpp"

namespace tocsin::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;

void echo(Request request, Responder responder) {
  Response response;
  response.headers = {
      {"X-Method", request.method}, {"X-Path", request.path}, {"X-Peer", request.peer_address}};
  if (const auto token = request.header("authorization")) response.headers.emplace_back("X-Token", *token);
  if (const auto type = request.header("content-type")) response.headers.emplace_back("X-Type", *type);
  if (!request.client_certificate_sha256.empty())
    response.headers.emplace_back("X-Certificate", request.client_certificate_sha256);
  response.body = std::move(request.body);
  responder.send(std::move(response));
}

TEST(Client, GetsAnAnswerFromAServerItTrusts) {
  const auto server = start(server_options(), echo);
  auto options = client_options(*server);
  options.bearer_token = "abc";
  Client client{options};
  const auto response = client.request({.method = "PUT", .target = "/a%20b?x=1", .body = "hello"});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->header("x-method"), "PUT");
  EXPECT_EQ(response->header("x-path"), "/a b");
  EXPECT_EQ(response->header("x-peer"), "127.0.0.1");
  EXPECT_EQ(response->header("x-token"), "Bearer abc");
  EXPECT_EQ(response->header("x-type"), "");
  EXPECT_EQ(response->header("x-content-type-options"), "nosniff");
  EXPECT_EQ(response->header("x-certificate"), "");
}

}  // namespace
}  // namespace tocsin::net
