#include "sensor/sensor.hpp"

#include <gmock/gmock.h>

#include <iostream>
#include <mutex>
#include <thread>

#include "net/certificates.hpp"
#include "net/server.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using namespace std::chrono_literals;
using testing::CircleLog;
using testing::Folder;
using ::testing::HasSubstr;
using testing::IndicatorText;
using testing::soon;

/// Plays a hub over TLS: what is given to `say` goes out on the stream at once; posts are noted.
class Hub {
 public:
  explicit Hub(std::uint16_t port = 0)
      : authority_{net::make_authority("Test authority", std::chrono::days{2})} {
    auto certificate = net::issue_server_certificate(authority_, {"127.0.0.1"}, std::chrono::days{2});
    net::ServerOptions options;
    options.port = port;
    options.certificate_chain_pem = certificate->certificate_pem;
    options.private_key_pem = certificate->key_pem;
    server_ = *net::Server::start(options, [this](net::Request request, net::Responder to) {
      answer(std::move(request), std::move(to));
    });
  }
  ~Hub() { server_->stop(0ms); }

  push::Subscription::Options subscription() const {
    push::Subscription::Options options;
    options.client.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    options.client.ca_pem = authority_.certificate_pem;
    options.wait_first = 5ms;
    options.wait_max = 20ms;
    options.acknowledge_interval = 20ms;
    return options;
  }
  void say(const std::string& text) {
    net::Waker waker;
    {
      const std::scoped_lock lock{mutex_};
      said_ += text;
      waker = waker_;
    }
    waker();
  }
  /// The bodies posted to a path that ends so.
  std::vector<std::string> posts(std::string_view end) const {
    const std::scoped_lock lock{mutex_};
    std::vector<std::string> out;
    for (const auto& [path, body] : posts_)
      if (path.ends_with(end)) out.push_back(body);
    return out;
  }
  std::vector<std::string> targets() const {
    const std::scoped_lock lock{mutex_};
    return targets_;
  }

 private:
  class Source final : public net::StreamSource {
   public:
    explicit Source(Hub& hub) : hub_{hub} {}
    void start(net::Waker waker) override {
      const std::scoped_lock lock{hub_.mutex_};
      hub_.waker_ = std::move(waker);
    }
    Chunk pull() override {
      const std::scoped_lock lock{hub_.mutex_};
      if (hub_.said_.empty()) return {nullptr, 10s, false};
      return {std::make_shared<const std::string>(std::exchange(hub_.said_, {})), 10s, false};
    }

   private:
    Hub& hub_;
  };

  void answer(net::Request request, net::Responder to) {
    {
      const std::scoped_lock lock{mutex_};
      if (request.method == "POST") {
        posts_.emplace_back(request.path, request.body);
        return to.send({200, {}, R"({"sequence":1})"});
      }
      targets_.push_back(request.target);
    }
    to.stream({200, {{"Content-Type", "text/event-stream"}}, ""}, std::make_unique<Source>(*this));
  }

  net::KeyAndCertificate authority_;
  mutable std::mutex mutex_;
  std::string said_;  // guarded by mutex_, as is all that follows
  net::Waker waker_;
  std::vector<std::pair<std::string, std::string>> posts_;
  std::vector<std::string> targets_;
  std::unique_ptr<net::Server> server_;  // last: its threads use all of the above
};

class SensorTest : public ::testing::Test {
 protected:
  void start(const std::string& sightings = "off") {
    Sensor::Options options;
    options.config.circles = {"energy"};
    options.config.files = {log_path_};
    options.config.state = folder_ / "state";
    options.config.alerts = alerts_path_;
    options.config.name = "s1";
    options.config.sightings = sightings;
    options.config.from_start = true;
    options.subscription = hub_.subscription();
    if (screened_) options.warning_lists = screen::WarningLists{screen::built_in_warning_lists()};
    options.status_interval = 20ms;
    auto sensor = Sensor::open(std::move(options));
    ASSERT_TRUE(sensor) << sensor.error().detail;
    sensor_ = *std::move(sensor);
    thread_ = std::thread{[this] { sensor_->run(); }};
  }
  void stop() {
    if (!thread_.joinable()) return;
    sensor_->stop();
    thread_.join();
    sensor_.reset();
  }
  void TearDown() override {
    if (HasFailure() && sensor_) std::cerr << json::dump(sensor_->status()) << '\n';
    stop();
  }

  std::vector<json::Object> alerts() const {
    std::vector<json::Object> out;
    const auto text = testing::slurp(alerts_path_);
    for (const auto line : split(text, '\n'))
      if (!line.empty()) out.push_back(*json::parse_object(line));
    return out;
  }
  bool has_indicators(std::size_t count) {
    return soon([&] {
      const auto status = sensor_->status();
      const auto& circle = status.at("circles").as_array().at(0).as_object();
      // Told of, and in the set: the former comes a moment before the latter.
      return json::number_or(circle, "indicators") == count && json::number_or(status, "indicators") == count;
    });
  }
  bool is_live() {
    return soon(
        [&] { return json::flag_or(sensor_->status().at("circles").as_array().at(0).as_object(), "live"); });
  }

  Folder folder_;
  const std::string log_path_ = folder_ / "access.log", alerts_path_ = folder_ / "alerts";
  bool screened_ = false;
  Hub hub_;
  CircleLog log_;
  std::unique_ptr<Sensor> sensor_;
  std::thread thread_;
};

TEST_F(SensorTest, AnEventThenALineThenAnAlert) {
  start();
  hub_.say(log_.rules("{}").sse());
  hub_.say(log_.live());
  ASSERT_TRUE(is_live());
  hub_.say(log_.object(IndicatorText{}).sse());
  ASSERT_TRUE(has_indicators(1));
  testing::append(log_path_, "a line\nGET from 198.51.100.7\n");
  ASSERT_TRUE(soon([&] { return alerts().size() == 1; }));
  const auto alert = alerts().front();
  EXPECT_EQ(json::text_or(alert, "type"), "alert");
  EXPECT_EQ(json::text_or(alert, "value"), "198.51.100.7");
  EXPECT_EQ(json::text_or(alert, "path"), "ipv4-addr:value");
  EXPECT_EQ(json::text_or(alert, "file"), log_path_);
  EXPECT_EQ(json::number_or(alert, "line"), 2U);
  EXPECT_EQ(json::number_or(alert, "offset"), 7U);
  EXPECT_TRUE(alert.at("delay_ms").is_double());
  const auto& source = alert.at("sources").as_array().at(0).as_object();
  EXPECT_EQ(json::text_or(source, "indicator"), testing::indicator_id(1));
  EXPECT_EQ(json::text_or(source, "circle"), CircleLog::uuid);
  EXPECT_EQ(json::text_or(source, "circle_name"), "energy");
  EXPECT_EQ(json::number_or(source, "sequence"), 2U);
  EXPECT_TRUE(soon([&] {
    const auto told = hub_.posts("/ack");
    return !told.empty() && told.back().find("\"sequence\":2") != std::string::npos;
  }));
}

TEST_F(SensorTest, AWithdrawalIsAcknowledgedAndSilent) {
  start();
  hub_.say(log_.object(IndicatorText{}).sse());
  hub_.say(log_.live());
  ASSERT_TRUE(has_indicators(1));
  hub_.say(log_.withdrawal(1).sse());
  ASSERT_TRUE(has_indicators(0));
  testing::append(log_path_, "from 198.51.100.7\n");
  ASSERT_TRUE(soon([&] {
    return json::number_or(sensor_->status().at("files").as_array().at(0).as_object(), "lines") == 1;
  }));
  EXPECT_TRUE(alerts().empty());
  EXPECT_TRUE(soon([&] {
    const auto told = hub_.posts("/ack");
    return !told.empty() && told.back().find("\"sequence\":2") != std::string::npos;
  }));
}

TEST_F(SensorTest, ARestartResumesAndMatchesAtOnce) {
  start();
  hub_.say(log_.object(IndicatorText{}).sse());
  hub_.say(log_.live());
  ASSERT_TRUE(is_live());
  testing::append(log_path_, "from 198.51.100.7\n");
  ASSERT_TRUE(soon([&] { return alerts().size() == 1; }));
  stop();
  testing::append(log_path_, "again 198.51.100.7\n");
  start();
  ASSERT_TRUE(soon([&] { return alerts().size() == 2; })) << "without a word from the hub";
  EXPECT_TRUE(alerts().back().at("delay_ms").is_null());
  ASSERT_TRUE(soon([&] { return hub_.targets().size() == 2; }));
  EXPECT_THAT(hub_.targets().back(), HasSubstr("from=1&commitment=" + to_hex(log_.last().commitment)));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(alerts().size(), 2U) << "no line twice";
}

TEST_F(SensorTest, OneValueFromTwoSourcesIsOneAlert) {
  start();
  hub_.say(log_.object(IndicatorText{.number = 1}).sse());
  hub_.say(log_.object(IndicatorText{.number = 2}).sse());
  hub_.say(log_.live());
  ASSERT_TRUE(has_indicators(2));
  testing::append(log_path_, "from 198.51.100.7 to 198.51.100.7\n");
  ASSERT_TRUE(soon([&] { return !alerts().empty(); }));
  std::this_thread::sleep_for(50ms);
  ASSERT_EQ(alerts().size(), 1U);
  EXPECT_EQ(alerts().front().at("sources").as_array().size(), 2U);
}

TEST_F(SensorTest, SightingsAreToldOnceAtFirst) {
  start("count");
  hub_.say(log_.object(IndicatorText{}).sse());
  hub_.say(log_.live());
  ASSERT_TRUE(has_indicators(1));
  testing::append(log_path_, "198.51.100.7\n198.51.100.7\n198.51.100.7\n");
  ASSERT_TRUE(soon([&] { return hub_.posts("/sightings").size() == 1; }));
  stop();
  const auto told = hub_.posts("/sightings");
  ASSERT_EQ(told.size(), 2U) << "the rest of the hour comes with a clean end";
  EXPECT_THAT(told[0], HasSubstr("\"count\":1"));
  EXPECT_THAT(told[1], HasSubstr("\"count\":2"));
}

TEST_F(SensorTest, AValueOnAWarningListIsCountedOnly) {
  screened_ = true;
  start();
  hub_.say(log_.object(IndicatorText{.pattern = "[ipv4-addr:value = '127.0.0.1']"}).sse());
  hub_.say(log_.live());
  ASSERT_TRUE(has_indicators(1));
  testing::append(log_path_, "from 127.0.0.1\n");
  ASSERT_TRUE(soon([&] { return json::number_or(sensor_->status(), "held_back") == 1; }));
  EXPECT_TRUE(alerts().empty());
}

TEST_F(SensorTest, TheStatusIsAFileAndTheFolderHasOneSensor) {
  start();
  hub_.say(log_.live());
  ASSERT_TRUE(is_live());
  ASSERT_TRUE(soon([&] {
    const auto status = json::parse_object(testing::slurp(status_path(folder_ / "state")));
    return status && json::flag_or(status->at("circles").as_array().at(0).as_object(), "live");
  }));
  Sensor::Options second;
  second.config.state = folder_ / "state";
  const auto refused = Sensor::open(std::move(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
}

}  // namespace
}  // namespace tocsin::sensor
