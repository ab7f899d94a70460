#include "net/server.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/net_testing.hpp"

namespace tocsin::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void echo(Request request, Responder responder) {
  Response response;
  response.headers = {{"X-Path", request.path}};
  response.body = request.body.empty() ? request.path : std::move(request.body);
  responder.send(std::move(response));
}

/// Keeps the responders that it gets, for the test to use later.
struct Keeper {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Responder> kept;

  Handler handler() {
    return [this](const Request&, Responder responder) {
      std::scoped_lock lock{mutex};
      kept.push_back(std::move(responder));
      arrived.notify_all();
    };
  }
  Responder take() {
    std::unique_lock lock{mutex};
    arrived.wait_for(lock, 5s, [this] { return !kept.empty(); });
    TOCSIN_CHECK(!kept.empty(), "a request arrived");
    auto responder = std::move(kept.back());
    kept.pop_back();
    return responder;
  }
};

std::string answer_to(const Server& server, std::string_view bytes) {
  RawTls raw{server.port()};
  EXPECT_TRUE(raw.handshake());
  EXPECT_TRUE(bytes.empty() || raw.send(bytes));
  return raw.receive_until_closed();
}

TEST(Server, CarriesBigBodiesBothWays) {
  const auto server = start(server_options(), echo);
  Client client{client_options(*server)};
  std::string body(20 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761U >> 24);
  const auto response = client.request({.method = "POST", .target = "/", .body = body});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_TRUE(response->body == body);
}

TEST(Server, TakesChunkedBodies) {
  const auto server = start(server_options(), echo);
  const auto answer =
      answer_to(*server,
                "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nhello world"));
}

TEST(Server, SendsSharedBytesAndLetsThemGo) {
  const auto shared = std::make_shared<const std::string>(300'000, 's');
  const auto server = start(server_options(), [&shared](const Request&, Responder responder) {
    Response response;
    response.shared_body = shared;
    responder.send(std::move(response));
  });
  Client client{client_options(*server)};
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request({.method = "GET", .target = "/"});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_TRUE(response->body == *shared);
  }
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (shared.use_count() > 1 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(Server, RefusesInTheWordsThatItWasGiven) {
  auto options = server_options();
  options.body_bytes_max = 10;
  options.refuser = [](std::string_view target, unsigned status, std::string_view) {
    return Response{.status = status, .headers = {}, .body = "refused " + std::string{target}};
  };
  const auto server = start(options, echo);
  const auto answer = answer_to(*server, "PUT /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(answer.ends_with("refused /a?b")) << answer;
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = start(server_options(), echo);
  std::string bytes;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    expected += "/" + std::to_string(i) + " ";
  }
  bytes += "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const auto answers = answer_to(*server, bytes);
  std::string seen;
  for (std::size_t at = 0; (at = answers.find("X-Path: ", at)) != std::string::npos; ++at)
    seen += answers.substr(at + 8, answers.find('\r', at) - at - 8) + " ";
  EXPECT_EQ(seen, expected + "/end ");
}

TEST(Server, AnswersHeadWithTheLengthAlone) {
  const auto server = start(server_options(), echo);
  const auto answer = answer_to(*server, "HEAD /four HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(Server, SaysContinueToAClientThatWaits) {
  const auto server = start(server_options(), echo);
  RawTls raw{server->port()};
  ASSERT_TRUE(raw.handshake());
  ASSERT_TRUE(raw.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_THAT(raw.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n"));
  ASSERT_TRUE(raw.send("abc"));
  EXPECT_THAT(raw.receive_until("abc"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, RefusesWithAProblemDocumentThatSurvivesUnreadInput) {
  auto options = server_options();
  options.body_bytes_max = 1000;
  const auto server = start(options, echo);
  RawTls raw{server->port()};
  ASSERT_TRUE(raw.handshake());
  ASSERT_TRUE(raw.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
  raw.send(std::string(200'000, 'x'));
  const auto answer = raw.receive_until_closed();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
  EXPECT_THAT(answer, HasSubstr("\"status\":413"));
}

TEST(Server, RefusesTwoLengths) {
  const auto server = start(server_options(), echo);
  EXPECT_THAT(
      answer_to(*server,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
      StartsWith("HTTP/1.1 400 "));
}

TEST(Server, RefusesBodiesBeyondWhatMemoryIsGivenForThemTogether) {
  auto options = server_options();
  options.bodies_bytes_max = 1'500'000;
  const auto server = start(options, echo);
  RawTls first{server->port()};
  ASSERT_TRUE(first.handshake());
  ASSERT_TRUE(
      first.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n"));
  EXPECT_THAT(first.receive_until("\r\n\r\n"), HasSubstr(" 100 "));
  const std::string second =
      "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n";
  EXPECT_THAT(answer_to(*server, second), StartsWith("HTTP/1.1 503 "));
  // Once the first body is with the handler, there is room again.
  ASSERT_TRUE(first.send(std::string(1'000'000, 'x')));
  EXPECT_THAT(first.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to(*server, second + std::string(1'000'000, 'x')), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, KeepsDeadlines) {
  auto options = server_options();
  options.handshake_deadline = 1s;
  options.head_deadline = 200ms;
  options.body_deadline = 200ms;
  options.idle_deadline = 200ms;
  const auto server = start(options, echo);
  RawTls silent{server->port()};
  EXPECT_THAT(answer_to(*server, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(answer_to(*server, ""), "") << "an idle connection closes without a word";
  EXPECT_TRUE(silent.closes_within(5s)) << "no handshake";
}

TEST(Server, DoesNotLetAByteNowAndThenProlongAHead) {
  auto options = server_options();
  options.head_deadline = 200ms;
  const auto server = start(options, echo);
  RawTls slow{server->port()};
  ASSERT_TRUE(slow.handshake());
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(200, 'y');
  std::string answer;
  for (std::size_t i = 0; i < head.size() && answer.empty(); ++i) {
    slow.send(std::string_view{head}.substr(i, 1));
    answer = slow.receive_some(20ms);
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
}

TEST(Server, TellsASlowHeadWhy) {
  auto options = server_options();
  options.head_deadline = 100ms;
  const auto server = start(options, echo);
  EXPECT_THAT(answer_to(*server, "GET / HTTP/1.1\r\nHost"), StartsWith("HTTP/1.1 408 "));
}

TEST(Server, LimitsConnections) {
  auto options = server_options();
  options.connections_max = 2;
  const auto server = start(options, echo);
  RawTls first{server->port()};
  auto second = std::make_unique<RawTls>(server->port());
  ASSERT_TRUE(first.handshake() && second->handshake());
  RawTls third{server->port()};
  EXPECT_FALSE(third.handshake());
  EXPECT_EQ(server->connections(), 2U);
  second.reset();
  ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
  RawTls fourth{server->port()};
  EXPECT_TRUE(fourth.handshake());
}

TEST(Server, LimitsConnectionsPerAddress) {
  auto options = server_options();
  options.connections_per_address_max = 1;
  const auto server = start(options, echo);
  RawTls first{server->port()};
  ASSERT_TRUE(first.handshake());
  RawTls second{server->port()};
  EXPECT_FALSE(second.handshake());
}

TEST(Server, AnswersFromAnotherThread) {
  Keeper keeper;
  const auto server = start(server_options(), keeper.handler());
  std::thread later{[&] {
    for (int i = 0; i < 100; ++i)
      keeper.take().send({.status = 202, .headers = {}, .body = std::to_string(i)});
  }};
  Client client{client_options(*server)};
  for (int i = 0; i < 100; ++i) {
    const auto response = client.request({.target = "/"});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->status, 202U);
    EXPECT_EQ(response->body, std::to_string(i));
  }
  later.join();
}

TEST(Server, ADroppedResponderOrAThrowingHandlerAnswers500) {
  const auto server = start(server_options(), [](const Request& request, Responder) {
    if (request.path == "/throw") throw std::runtime_error{"no"};
  });
  Client client{client_options(*server)};
  for (const char* target : {"/drop", "/throw"}) {
    const auto response = client.request({.target = target});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->status, 500U);
    EXPECT_EQ(response->header("content-type"), "application/problem+json");
  }
}

TEST(Server, AResponderOutlivesItsConnectionAndItsServer) {
  Keeper keeper;
  auto server = start(server_options(), keeper.handler());
  const auto ask = [&](Responder& out) {
    auto raw = std::make_unique<RawTls>(server->port());
    ASSERT_TRUE(raw->handshake());
    ASSERT_TRUE(raw->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    out = keeper.take();
  };
  Responder of_dead_connection;
  Responder of_dead_server;
  Responder dropped;
  ask(of_dead_connection);
  of_dead_connection.send({});
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  ask(of_dead_server);
  ask(dropped);
  server.reset();
  of_dead_server.send({.status = 200, .headers = {}, .body = std::string(100'000, 'x')});
}

TEST(Server, LetsAnswersUnderWayFinishWhenItStops) {
  Keeper keeper;
  const auto server = start(server_options(), keeper.handler());
  RawTls raw{server->port()};
  RawTls idle{server->port()};
  ASSERT_TRUE(raw.handshake() && idle.handshake());
  ASSERT_TRUE(raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto responder = keeper.take();
  std::thread stopping{[&] { server->stop(5s); }};
  EXPECT_EQ(idle.receive_until_closed(), "") << "idle connections close at once";
  RawTls late{server->port()};
  EXPECT_FALSE(late.handshake());
  responder.send({.status = 200, .headers = {}, .body = "done"});
  const auto answer = raw.receive_until_closed();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("done"));
  const auto begin = std::chrono::steady_clock::now();
  stopping.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(Server, DoesNotWaitLongerThanTheGrace) {
  Keeper keeper;
  const auto server = start(server_options(), keeper.handler());
  RawTls raw{server->port()};
  ASSERT_TRUE(raw.handshake() && raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto responder = keeper.take();
  const auto begin = std::chrono::steady_clock::now();
  server->stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_EQ(server->connections(), 0U);
}

TEST(Server, StopsWhileClientsComeAndGo) {
  for (int round = 0; round < 10; ++round) {
    const auto server = start(server_options(), echo);
    std::atomic<bool> stop{false};
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i)
      clients.emplace_back([&] {
        while (!stop) {
          RawTls raw{server->port()};
          if (!raw.handshake() || !raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) continue;
          raw.receive_some(100ms);
        }
      });
    ::usleep(20'000);
    server->stop(std::chrono::milliseconds{round % 2 * 50});
    EXPECT_EQ(server->connections(), 0U);
    stop = true;
    for (auto& client : clients) client.join();
  }
}

TEST(Server, RefusesToStartOnWhatCannotWork) {
  auto bad_pem = server_options();
  bad_pem.private_key_pem = "x";
  EXPECT_EQ(Server::start(bad_pem, echo).error().code, Errc::invalid_input);
  auto other_key = server_options();
  other_key.private_key_pem = authority().key_pem;
  EXPECT_EQ(Server::start(other_key, echo).error().code, Errc::invalid_input);
  auto bad_address = server_options();
  bad_address.address = "not an address";
  EXPECT_EQ(Server::start(bad_address, echo).error().code, Errc::invalid_input);
  const auto server = start(server_options(), echo);
  auto taken = server_options();
  taken.port = server->port();
  const auto second = Server::start(taken, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().detail, HasSubstr(std::to_string(server->port())));
}

TEST(Server, ChangesItsCertificateWithoutCuttingAnybody) {
  const auto server = start(server_options(), echo);
  Client old{client_options(*server)};
  ASSERT_TRUE(old.request({.target = "/before"}));
  const auto other = make_authority("Another authority", std::chrono::days{3});
  const auto fresh = issue_server_certificate(other, {"127.0.0.1"}, std::chrono::days{3}).value();
  EXPECT_FALSE(server->use_certificate(fresh.certificate_pem, authority().key_pem)) << "not its key";
  EXPECT_TRUE(Client{client_options(*server)}.request({.target = "/still"}));
  ASSERT_TRUE(server->use_certificate(fresh.certificate_pem, fresh.key_pem));
  EXPECT_TRUE(old.request({.target = "/after"})) << "the kept connection goes on";
  EXPECT_FALSE(Client{client_options(*server)}.request({.target = "/"}))
      << "the old authority no longer vouches";
  auto trusting = client_options(*server);
  trusting.ca_pem = other.certificate_pem;
  EXPECT_TRUE(Client{trusting}.request({.target = "/"}));
}

// Goal: old protocol versions and suites without forward secrecy are not spoken.
TEST(Server, SpeaksOnlyModernTls) {
  const auto server = start(server_options(), echo);
  const auto connects = [&](int version, const char* suites) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    if (suites != nullptr) SSL_CTX_set_cipher_list(context, suites);
    const RawTls raw{server->port()};
    SSL* session = SSL_new(context);
    SSL_set_fd(session, raw.socket());
    const WithoutSigpipe quiet;
    const bool connected = SSL_connect(session) == 1;
    SSL_free(session);
    SSL_CTX_free(context);
    return connected;
  };
  EXPECT_FALSE(connects(TLS1_1_VERSION, nullptr));
  EXPECT_TRUE(connects(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"));
  EXPECT_FALSE(connects(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"));
  EXPECT_TRUE(connects(TLS1_3_VERSION, nullptr));
}

}  // namespace
}  // namespace tocsin::net
