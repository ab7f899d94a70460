#include "alert/outputs.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "net/certificates.hpp"
#include "net/server.hpp"

namespace tocsin::alert {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

bool soon(const std::function<bool()>& so) {
  for (int i = 0; i < 10'000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

std::string alert(int number) {
  return R"({"type":"alert","time":"2026-11-23T13:24:00.000001Z","value":"value )" + std::to_string(number) +
         R"(","sources":[{"indicator":"indicator--a"},{"indicator":"indicator--b"}]})" + "\n";
}

/// An HTTPS receiver that notes what it takes and answers as it is told.
class Receiver {
 public:
  Receiver(const net::KeyAndCertificate& authority, std::uint16_t port) {
    auto certificate = net::issue_server_certificate(authority, {"127.0.0.1"}, std::chrono::days{2});
    net::ServerOptions options;
    options.port = port;
    options.certificate_chain_pem = certificate->certificate_pem;
    options.private_key_pem = certificate->key_pem;
    server_ = *net::Server::start(options, [this](net::Request request, net::Responder to) {
      unsigned status = 200;
      {
        const std::scoped_lock lock{mutex_};
        if (answer_) status = answer_(request);
        if (status == 200) taken_.push_back(request);
      }
      to.send({status, {}, "{}"});
    });
  }
  ~Receiver() { server_->stop(0ms); }
  std::uint16_t port() const { return server_->port(); }
  void answer(std::function<unsigned(const net::Request&)> answer) {
    const std::scoped_lock lock{mutex_};
    answer_ = std::move(answer);
  }
  std::vector<net::Request> taken() const {
    const std::scoped_lock lock{mutex_};
    return taken_;
  }

 private:
  mutable std::mutex mutex_;
  std::function<unsigned(const net::Request&)> answer_;
  std::vector<net::Request> taken_;
  std::unique_ptr<net::Server> server_;
};

class OutputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tocsin-outputs-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream{folder_ / "ca.pem"} << authority_.certificate_pem;
    std::ofstream{folder_ / "secret"} << "the secret\n";
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::unique_ptr<Outputs> open(std::vector<std::string> outputs, Spool::Limits limits = {}) {
    Outputs::Options options;
    options.outputs = std::move(outputs);
    options.folder = (folder_ / "spools").string();
    options.speaker = {"host", "s1", "0.1", 1};
    options.limits = limits;
    options.wait_first = 5ms;
    options.wait_max = 20ms;
    auto opened = Outputs::open(std::move(options));
    EXPECT_TRUE(opened) << opened.error().detail;
    return *std::move(opened);
  }
  std::string https(const char* kind, std::uint16_t port) const {
    return kind + (":https://127.0.0.1:" + std::to_string(port)) +
           "/in ca-file=" + (folder_ / "ca.pem").string() + " secret-file=" + (folder_ / "secret").string();
  }

  const net::KeyAndCertificate authority_ = net::make_authority("Test authority", std::chrono::days{2});
  fs::path folder_;
};

// Goal:   what was written while the receiver was away arrives, in order, over a restart of ours too.
TEST_F(OutputsTest, AReceiverThatWasAwayGetsEverything) {
  std::uint16_t port = 0;
  {
    Receiver there{authority_, 0};
    port = there.port();
    const auto outputs = open({https("webhook", port)});
    outputs->write(alert(1));
    ASSERT_TRUE(soon([&] { return there.taken().size() == 1; }));
  }
  {
    const auto outputs = open({https("webhook", port)});
    for (int i = 2; i <= 20; ++i) outputs->write(alert(i));
    EXPECT_TRUE(soon([&] { return json::number_or(outputs->status()[0].as_object(), "failures") > 2; }));
    EXPECT_THAT(json::text_or(outputs->status()[0].as_object(), "problem"), HasSubstr("127.0.0.1"));
  }
  Receiver back{authority_, port};
  back.answer([n = 0](const net::Request&) mutable {
    return ++n % 3 == 0 ? 503U : n % 5 == 0 ? 401U : 200U;
  });
  const auto outputs = open({https("webhook", port)});
  ASSERT_TRUE(soon([&] { return back.taken().size() == 19; }));
  const auto taken = back.taken();
  for (int i = 2; i <= 20; ++i) {
    const auto& request = taken[static_cast<std::size_t>(i - 2)];
    EXPECT_THAT(request.body, HasSubstr("\"value " + std::to_string(i) + "\""));
    EXPECT_THAT(request.body, HasSubstr("indicator--b"));
    const auto id = std::string{request.header("webhook-id").value_or("")},
               time = std::string{request.header("webhook-timestamp").value_or("")};
    EXPECT_EQ(request.header("webhook-signature"),
              "v1," + to_base64(hmac_sha256(as_bytes("the secret"), id + "." + time + "." + request.body)));
  }
  EXPECT_TRUE(soon([&] { return json::number_or(outputs->status()[0].as_object(), "sent") == 19; }));
}

TEST_F(OutputsTest, HecTakesManyAtOnceAndLosesOnlyWhatItCallsBad) {
  Receiver there{authority_, 0};
  there.answer([](const net::Request& request) {
    return request.body.find("value 3\"") != std::string::npos ? 400U : 200U;
  });
  const auto outputs = open({https("hec", there.port())});
  for (int i = 1; i <= 5; ++i) outputs->write(alert(i));
  ASSERT_TRUE(soon([&] {
    const auto status = outputs->status();
    return json::number_or(status[0].as_object(), "sent") == 4 &&
           json::number_or(status[0].as_object(), "refused") == 1;
  })) << json::dump(outputs->status());
  std::string all;
  for (const auto& request : there.taken()) {
    EXPECT_EQ(request.header("authorization"), "Splunk the secret");
    all += request.body;
  }
  for (const int i : {1, 2, 4, 5}) EXPECT_THAT(all, HasSubstr("\"value " + std::to_string(i) + "\""));
}

TEST_F(OutputsTest, AFullSpoolDropsTheNewestAndCounts) {
  const auto outputs = open({"syslog:unix://" + (folder_ / "nobody").string()}, {300, 100});
  for (int i = 0; i < 10; ++i) outputs->write(alert(i));
  const auto status = outputs->status()[0].as_object();
  EXPECT_EQ(json::number_or(status, "dropped"), 8U);
}

TEST_F(OutputsTest, SyslogOverSocketsOfEachKind) {
  const int udp = ::socket(AF_INET, SOCK_DGRAM, 0), local = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  ASSERT_EQ(::bind(udp, reinterpret_cast<sockaddr*>(&here), size), 0);
  ASSERT_EQ(::getsockname(udp, reinterpret_cast<sockaddr*>(&here), &size), 0);
  sockaddr_un named{};
  named.sun_family = AF_UNIX;
  const auto path = (folder_ / "log").string();
  path.copy(named.sun_path, sizeof named.sun_path - 1);
  ASSERT_EQ(::bind(local, reinterpret_cast<sockaddr*>(&named), sizeof named), 0);

  const auto outputs = open({"syslog:udp://127.0.0.1:" + std::to_string(ntohs(here.sin_port)),
                             "syslog:unix://" + path + " form=cef"});
  outputs->write(alert(1));
  std::string text(10'000, '\0');
  text.resize(static_cast<std::size_t>(::recv(udp, text.data(), text.size(), 0)));
  EXPECT_THAT(text, HasSubstr(">1 2026-11-23T13:24:00.000001Z host tocsin 1 alert - {\"type\":\"alert\""));
  text.resize(10'000);
  text.resize(static_cast<std::size_t>(::recv(local, text.data(), text.size(), 0)));
  EXPECT_THAT(text, HasSubstr("cs1=indicator--a indicator--b"));
  ::close(udp);
  ::close(local);
}

TEST_F(OutputsTest, FilesGetTheirForms) {
  const auto json_path = (folder_ / "a.json").string(), ecs_path = (folder_ / "b.json").string();
  const auto outputs = open({"jsonl:" + json_path, "ecs:" + ecs_path});
  outputs->write(alert(1));
  EXPECT_EQ(*read_file(json_path), alert(1));
  EXPECT_THAT(*read_file(ecs_path), HasSubstr("\"enrichments\":[{"));
  EXPECT_TRUE(outputs->all_written());
}

}  // namespace
}  // namespace tocsin::alert
