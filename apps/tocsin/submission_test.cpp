#include "submission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/crypto.hpp"
#include "base/file.hpp"
#include "input.hpp"
#include "net/certificates.hpp"
#include "net/server.hpp"
#include "spool.hpp"

namespace tocsin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A server that plays the hub's half of POST …/objects.
class Hub {
 public:
  using Answer = std::function<net::Response(const net::Request&)>;

  explicit Hub(Answer answer) {
    const auto authority = net::make_authority("Test authority", std::chrono::days{2});
    auto certificate = net::issue_server_certificate(authority, {"127.0.0.1"}, std::chrono::days{2});
    net::ServerOptions options;
    options.port = 0;
    options.certificate_chain_pem = certificate->certificate_pem;
    options.private_key_pem = certificate->key_pem;
    server_ = *net::Server::start(
        options,
        [answer = std::move(answer)](net::Request request, net::Responder to) { to.send(answer(request)); });
    client_options_.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    client_options_.ca_pem = authority.certificate_pem;
  }
  net::Client client() const { return net::Client{client_options_}; }
  void stop() { server_->stop(std::chrono::milliseconds{100}); }

 private:
  std::unique_ptr<net::Server> server_;
  net::ClientOptions client_options_;
};

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Sender, SendsBatchesToEachCircleAndAddsUpWhatCameOfThem) {
  std::vector<std::string> targets;
  std::vector<std::size_t> sizes;
  Hub hub{[&](const net::Request& request) {
    targets.push_back(request.target);
    sizes.push_back(lines_in(request.body));
    return net::Response{200,
                         {},
                         R"({"accepted":)" + std::to_string(sizes.back()) +
                             R"(,"duplicates":1,"held":[],"refused":[{"id":"x","rule":"r","reason":"why"}],)"
                             R"("receipts":[{"id":"a"}],"warnings":[],"unscreened":true})"};
  }};
  auto client = hub.client();
  Outcome outcome;
  std::size_t receipts = 0;
  Sender sender{client, {{"a", "b c"}, "tlp=green"}, outcome, [&](const json::Value&) { ++receipts; }};
  for (int i = 0; i < 1001; ++i) ASSERT_TRUE(sender.add("{}"));
  ASSERT_TRUE(sender.finish());
  hub.stop();  // it writes no more in what we look at
  EXPECT_THAT(sizes, ElementsAre(1000, 1000, 1, 1));
  EXPECT_EQ(targets[1], "/api/v1/circles/b%20c/objects?tlp=green");
  EXPECT_EQ(outcome.accepted, 2002U);
  EXPECT_EQ(outcome.duplicates, 4U);
  EXPECT_EQ(outcome.refused.size(), 4U);
  EXPECT_EQ(outcome.refused[1].at("circle").as_string(), "b c");
  EXPECT_TRUE(outcome.unscreened);
  EXPECT_EQ(receipts, 4U);
}

TEST(Sender, WaitsForABusyHubAndSendsTheSameAgain) {
  std::atomic<int> requests{0};
  Hub hub{[&](const net::Request& request) {
    EXPECT_EQ(request.body, "{\"id\":\"1\"}\n");
    return ++requests < 3 ? net::Response{503, {}, ""} : net::Response{200, {}, R"({"accepted":1})"};
  }};
  auto client = hub.client();
  Outcome outcome;
  Sender sender{client, {{"a"}, ""}, outcome, [](const json::Value&) {}};
  ASSERT_TRUE(sender.add(R"({"id":"1"})"));
  ASSERT_TRUE(sender.finish());
  EXPECT_EQ(requests.load(), 3);
  EXPECT_EQ(outcome.accepted, 1U);
}

TEST(Sender, WhatWasNotAcknowledgedCanBeKept) {
  Hub hub{[](const net::Request&) { return net::Response{}; }};
  auto client = hub.client();
  hub.stop();
  Outcome outcome;
  Sender sender{client, {{"a"}, ""}, outcome, [](const json::Value&) {}};
  ASSERT_TRUE(sender.add(R"({"id":"1"})"));
  const auto sent = sender.finish();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::unavailable);
  EXPECT_EQ(sender.take_unsent(), "{\"id\":\"1\"}\n");
}

TEST(Sender, AWholeRefusalNamesTheCircle) {
  Hub hub{[](const net::Request&) {
    return net::Response{404, {}, R"({"title":"Not Found","detail":"no circle"})"};
  }};
  auto client = hub.client();
  Outcome outcome;
  Sender sender{client, {{"a"}, ""}, outcome, [](const json::Value&) {}};
  ASSERT_TRUE(sender.add("{}"));
  const auto sent = sender.finish();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::not_found);
  EXPECT_THAT(sent.error().detail, HasSubstr("circle a: no circle"));
}

TEST(Spool, KeepsInOrderAndDropsWhatWasNotClosed) {
  const auto folder = (std::filesystem::temp_directory_path() / ("tocsin-spool-" + uuid4())).string();
  for (const std::string circle : {"one", "two", "broken"}) {
    auto file = SpoolFile::create(folder, {{circle}, "tlp=green"});
    ASSERT_TRUE(file) << file.error().detail;
    ASSERT_TRUE(file->add("{}\n"));
    if (circle != "broken") {
      ASSERT_TRUE(file->close());
    }
  }
  const auto files = spooled(folder);
  ASSERT_EQ(files.size(), 2U);
  const auto first = *read_file(files[0]);
  EXPECT_EQ(parse_submission_line(first.substr(0, first.find('\n')))->circles,
            std::vector<std::string>{"one"});
  EXPECT_EQ(parse_submission_line(first.substr(0, first.find('\n')))->query, "tlp=green");
  EXPECT_EQ(first.substr(first.find('\n')), "\n{}\n");
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(spooled(folder).empty());
}

TEST(Input, ReadsFilesTwiceAndNamesTheOneThatIsNotThere) {
  const auto path = (std::filesystem::temp_directory_path() / ("tocsin-input-" + uuid4())).string();
  ASSERT_TRUE(write_file(path, R"({"objects":[{"id":"a"},{"id":"b"}]})"));
  auto input = Input::open({path, path});
  ASSERT_TRUE(input);
  for (int round = 0; round < 2; ++round) {
    std::string seen;
    ASSERT_TRUE(input->for_each([&](const std::string&, const formats::ObjectStream::Item& item) -> Status {
      seen += item.bytes;
      return {};
    }));
    EXPECT_EQ(seen, R"({"id":"a"}{"id":"b"}{"id":"a"}{"id":"b"})");
    EXPECT_EQ(input->bytes_read(), input->bytes_total());
  }
  std::filesystem::remove(path);
  const auto missing = Input::open({path});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().detail, HasSubstr(path));
}

}  // namespace
}  // namespace tocsin::cli
