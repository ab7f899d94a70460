#include "net/client.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>
#include <vector>

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

TEST(Client, TrustsOnlyTheRootsItWasGiven) {
  const auto server = start(server_options(), echo);
  auto options = client_options(*server);
  options.ca_pem = make_authority("Another", std::chrono::days{1}).certificate_pem;
  const auto response = Client{options}.request({.target = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_THAT(response.error().detail, HasSubstr("certificate"));
}

TEST(Client, ChecksTheNameOfTheServer) {
  auto options = server_options();
  const auto other = issue_server_certificate(authority(), {"other.example"}, std::chrono::days{1}).value();
  options.certificate_chain_pem = other.certificate_pem;
  options.private_key_pem = other.key_pem;
  const auto server = start(options, echo);
  const auto response = Client{client_options(*server)}.request({.target = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

TEST(Client, PinsAnAuthorityByItsPublicKey) {
  const auto stranger = make_authority("Stranger", std::chrono::days{1});
  const auto server = start(server_options(), [&](const Request& request, Responder responder) {
    Response response;
    if (request.path == "/ca.pem") response.body = authority().certificate_pem + stranger.certificate_pem;
    if (request.path == "/none") response.status = 404;
    responder.send(std::move(response));
  });
  const std::string url = "https://localhost:" + std::to_string(server->port());
  const auto pin = public_key_pin(authority().certificate_pem).value();
  const auto fetched = Client::fetch_pinned_ca(url + "/ca.pem", pin);
  ASSERT_TRUE(fetched) << fetched.error().detail;
  EXPECT_EQ(*fetched, authority().certificate_pem) << "and not the stranger beside it";
  const auto wrong =
      Client::fetch_pinned_ca(url + "/ca.pem", public_key_pin(stranger.certificate_pem).value());
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::denied);
  EXPECT_EQ(Client::fetch_pinned_ca(url + "/empty", pin).error().code, Errc::denied);
  EXPECT_EQ(Client::fetch_pinned_ca(url + "/none", pin).error().code, Errc::unavailable);
  EXPECT_EQ(Client::fetch_pinned_ca("http://127.0.0.1/", pin).error().code, Errc::unavailable);
}

TEST(Client, ShowsItsCertificate) {
  auto options = server_options();
  const auto clients = make_authority("Clients", std::chrono::days{1});
  options.client_ca_pem = clients.certificate_pem;
  const auto server = start(options, echo);
  const auto request = make_client_request("x");
  const auto certificate =
      issue_client_certificate(clients, request.request_pem, "m", std::chrono::days{1}).value();
  auto with = client_options(*server);
  with.client_certificate_pem = certificate;
  with.client_key_pem = request.key_pem;
  // A second connection resumes the TLS session: the certificate must not get lost with the ticket.
  Client client{with};
  for (int i = 0; i < 2; ++i) {
    const auto response = client.request({.target = "/", .headers = {{"Connection", "close"}}});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->header("x-certificate"), certificate_sha256(certificate).value());
  }
  const auto anonymous = Client{client_options(*server)}.request({.target = "/"});
  ASSERT_TRUE(anonymous) << anonymous.error().detail;
  EXPECT_EQ(anonymous->header("x-certificate"), "");

  const auto strangers = make_authority("Clients", std::chrono::days{1});
  with.client_certificate_pem =
      issue_client_certificate(strangers, request.request_pem, "m", std::chrono::days{1}).value();
  EXPECT_FALSE(Client{with}.request({.target = "/"})) << "a certificate of another authority";
}

TEST(Client, KeepsItsConnectionAndAddsLittleLatency) {
  const auto server = start(server_options(), echo);
  Client client{client_options(*server)};
  ASSERT_TRUE(client.request({.target = "/"}));
  std::vector<std::chrono::steady_clock::duration> times;
  for (int i = 0; i < 200; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.request({.method = "POST", .target = "/", .body = std::string(2000, 'x')}));
    times.push_back(std::chrono::steady_clock::now() - begin);
    ASSERT_EQ(server->connections(), 1U);
  }
  std::sort(times.begin(), times.end());
  // Far above what it takes and far below the 40 ms of a delayed acknowledgement.
  EXPECT_LT(times[times.size() / 2], 20ms);
}

TEST(Client, NeverFollowsARedirectAndSpeaksOnlyHttps) {
  const auto server = start(server_options(), [](const Request&, Responder responder) {
    responder.send({.status = 302, .headers = {{"Location", "/elsewhere"}}, .body = {}});
  });
  const auto response = Client{client_options(*server)}.request({.target = "/"});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302U);
  auto plain = client_options(*server);
  plain.base_url = "http://127.0.0.1:" + std::to_string(server->port());
  EXPECT_FALSE(Client{plain}.request({.target = "/"}));
}

TEST(Client, SurvivesAServerThatClosedTheConnection) {
  auto options = server_options();
  options.idle_deadline = 50ms;
  const auto server = start(options, echo);
  Client client{client_options(*server)};
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request({.method = "POST", .target = "/", .body = "x"});
    ASSERT_TRUE(response) << response.error().detail;
    ASSERT_TRUE(eventually([&] { return server->connections() == 0; }));
  }
}

TEST(Client, LimitsAnswersAndTime) {
  std::vector<Responder> kept;  // one server thread fills it
  auto one_thread = server_options();
  one_thread.threads = 1;
  const auto server = start(one_thread, [&](const Request& request, Responder responder) {
    if (request.path == "/never")
      kept.push_back(std::move(responder));
    else
      responder.send({.status = 200, .headers = {}, .body = std::string(2000, 'x')});
  });
  auto options = client_options(*server);
  options.response_bytes_max = 1000;
  options.request_deadline = 100ms;
  Client client{options};
  const auto large = client.request({.target = "/"});
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().detail, HasSubstr("larger than 1000 bytes"));
  const auto late = client.request({.target = "/never"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
  const auto silent = client.stream({.target = "/never"}, 50ms, [](std::string_view) { return true; });
  ASSERT_FALSE(silent);
  EXPECT_THAT(silent.error().detail, HasSubstr("nothing arrived for 50 ms"));
  server->stop(0ms);
  const auto gone = client.request({.target = "/"});
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().detail, HasSubstr(options.base_url));
}

TEST(Client, ConnectsOnlyWhereItMay) {
  const auto server = start(server_options(), echo);
  std::vector<std::string> asked;
  auto options = client_options(*server);
  options.base_url = "https://localhost:" + std::to_string(server->port());  // so that a name is resolved
  options.may_connect = [&](std::string_view address) {
    asked.emplace_back(address);
    return Status{Error{Errc::denied, "not there"}};
  };
  const auto refused = Client{options}.request({.target = "/"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::denied);
  EXPECT_THAT(refused.error().detail, HasSubstr("not there"));
  ASSERT_FALSE(asked.empty());
  for (const auto& address : asked)
    EXPECT_THAT(address, ::testing::AnyOf("127.0.0.1", "::1")) << "asked by address";
  EXPECT_EQ(server->connections(), 0U) << "and nobody was connected to";
  options.may_connect = [](std::string_view) { return Status{}; };
  EXPECT_TRUE(Client{options}.request({.target = "/"}));
}

TEST(Client, EndsARequestThatWasGivenUp) {
  std::vector<Responder> kept;  // one server thread fills it
  auto one_thread = server_options();
  one_thread.threads = 1;
  const auto server =
      start(one_thread, [&](const Request&, Responder responder) { kept.push_back(std::move(responder)); });
  auto options = client_options(*server);
  const auto begun = std::chrono::steady_clock::now();
  options.given_up = [&] { return std::chrono::steady_clock::now() - begun > 200ms; };
  options.request_deadline = 60s;
  const auto response = Client{options}.request({.target = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().detail, "cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  server->stop(0ms);
}

TEST(Client, HandsBackARefusedStreamAndNeverItsBytes) {
  const auto server = start(server_options(), [](const Request&, Responder responder) {
    responder.send({.status = 403, .headers = {}, .body = "no"});
  });
  Client client{client_options(*server)};
  const auto response = client.stream({.target = "/"}, 1s, [](std::string_view) {
    ADD_FAILURE();
    return true;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 403U);
  EXPECT_EQ(response->body, "no");
}

TEST(Client, IsCancelledFromAnotherThread) {
  std::vector<Responder> kept;  // one server thread fills it
  auto one_thread = server_options();
  one_thread.threads = 1;
  const auto server = start(one_thread, [&](const Request& request, Responder responder) {
    if (request.path == "/never")
      kept.push_back(std::move(responder));
    else
      responder.send({});
  });
  Client client{client_options(*server)};
  ASSERT_TRUE(client.request({.target = "/"}));
  std::chrono::steady_clock::time_point cancelled;
  std::thread other{[&] {
    ::usleep(50'000);
    cancelled = std::chrono::steady_clock::now();
    client.cancel();
  }};
  const auto response = client.stream({.target = "/never"}, 10s, [](std::string_view) { return true; });
  const auto returned = std::chrono::steady_clock::now();
  other.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().detail, "cancelled");
  EXPECT_LT(returned - cancelled, 500ms);  // promised: 100 ms, on a machine that is not overloaded
  // One that comes between two calls ends the next, and only that.
  client.cancel();
  EXPECT_FALSE(client.request({.target = "/"}));
  EXPECT_TRUE(client.request({.target = "/"}));
  server->stop(0ms);
}

}  // namespace
}  // namespace tocsin::net
