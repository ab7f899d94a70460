#include "push/follow.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "base/bytes.hpp"
#include "net/server.hpp"
#include "net/sse.hpp"
#include "push/client_acknowledger.hpp"

namespace tocsin::push {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t event_bytes_max = 16 << 20;  // an object of 4 MiB, and room for what the hub adds

bool is_refusal_of_rights(unsigned status) {
  return status == 401 || status == 403 || status == 404;
}

}  // namespace

std::string_view name(Condition condition) {
  switch (condition) {
    case Condition::connecting:
      return "connecting";
    case Condition::connected:
      return "connected";
    case Condition::live:
      return "live";
    case Condition::stale:
      return "stale";
    case Condition::denied:
      return "denied";
    case Condition::distrusted:
      return "distrusted";
  }
  return "unknown";
}

struct Subscription::Run {
  Run(Options given, Listener& to, const Clock& with)
      : options{std::move(given)},
        listener{to},
        clock{with},
        client{options.client},
        path{"/api/v1/circles/" + net::percent_encode(options.circle)},
        position{options.from},
        heard{with.now()} {
    if (!options.sensor.empty())
      acknowledger.emplace(options.client, path + "/ack", options.sensor, options.acknowledge_interval);
  }

  // What one connection came to.
  struct Connection {
    net::SseParser parser{event_bytes_max};
    bool heard = false, progress = false, reset = false;
    std::string distrust;  // why it was broken off
  };

  void follow() {
    tell(Condition::connecting, {}, {});
    milliseconds wait = options.wait_first;
    while (!stopping.load()) {
      Connection connection;
      const auto response =
          client.stream({.method = "GET",
                         .target = target(),
                         .headers = {{"Accept", "text/event-stream"}, {"Cache-Control", "no-store"}}},
                        options.silence_max, [&](std::string_view bytes) { return take(connection, bytes); });
      if (stopping.load()) break;
      if (connection.progress && connection.distrust.empty()) wait = options.wait_first;
      const milliseconds pause = random_part_of(wait);
      tell_end(connection, response, pause);
      if (!rest(pause)) break;
      wait = std::min(wait * 2, options.wait_max);
    }
    if (acknowledger) acknowledger->finish();
  }

  std::string target() const {
    std::string out = path + "/stream";
    std::string separator = "?";
    if (const auto from = current()) {
      out += "?from=" + std::to_string(from->sequence.value()) + "&commitment=" + to_hex(from->commitment);
      separator = "&";
    }
    if (!options.sensor.empty()) out += separator + "sensor=" + net::percent_encode(options.sensor);
    return out;
  }

  bool take(Connection& connection, std::string_view bytes) {
    heard = clock.now();
    if (!std::exchange(connection.heard, true)) tell(Condition::connected, {}, {});
    const auto fed = connection.parser.feed(bytes, [&](const net::SseEvent& event) {
      if (stopping.load()) return false;
      auto taken = take_event(connection, event);
      if (taken) return true;
      connection.distrust = std::move(taken).error().detail;
      return false;
    });
    if (!fed) connection.distrust = fed.error().detail;
    return connection.distrust.empty() && !stopping.load();
  }

  Status take_event(Connection& connection, const net::SseEvent& event) {
    if (event.name == "heartbeat" || event.name == "live") return take_position(connection, event);
    if (event.name == "reset") return take_reset(connection, event);
    if (!kind_of_event(event.name)) return {};  // a newer hub may say more
    const auto entry = reader.read(event.name, event.data);
    if (!entry) return entry.error();
    TOCSIN_TRY(check_order(*entry));
    listener.on_event(*entry);
    move_to({entry->sequence, entry->commitment},
            entry->kind == log::Kind::withdrawal || entry->kind == log::Kind::erasure);
    connection.progress = true;
    return {};
  }

  Status check_order(const Event& event) {
    const auto before = current();
    if (!before) return {};
    if (event.sequence <= before->sequence)
      return Error{Errc::corrupt, "entry " + std::to_string(event.sequence.value()) + " comes after entry " +
                                      std::to_string(before->sequence.value())};
    const bool neighbours = event.sequence.value() == before->sequence.value() + 1;
    if (neighbours && before->sequence.value() != 0 && event.previous != before->commitment)
      return Error{Errc::corrupt, "entry " + std::to_string(event.sequence.value()) +
                                      " does not follow the entry before it: the hub shows another log"};
    return {};
  }

  Status take_position(Connection& connection, const net::SseEvent& event) {
    const auto said = reader.read_position(event.data);
    if (!said) return said.error();
    const auto before = current();
    if (before && (said->sequence < before->sequence ||
                   (said->sequence == before->sequence && said->commitment != before->commitment)))
      return Error{Errc::corrupt, "the hub's position " + std::to_string(said->sequence.value()) +
                                      " is not on the way that it has shown"};
    move_to(*said, false);
    connection.progress = true;
    if (event.name == "live") tell(Condition::live, {}, {});
    listener.on_position(*said);
    return {};
  }

  Status take_reset(Connection& connection, const net::SseEvent& event) {
    const auto reason = reader.read_reason(event.data);
    if (!reason) return reason.error();
    {
      std::scoped_lock lock{mutex};
      position.reset();
    }
    if (acknowledger) acknowledger->forget();
    connection.reset = connection.progress = true;
    listener.on_reset(*reason);
    return {};
  }

  void move_to(const Position& to, bool urgent) {
    {
      std::scoped_lock lock{mutex};
      position = to;
    }
    if (acknowledger && !options.acknowledge_by_hand && to.sequence.value() != 0)
      acknowledger->applied(to, urgent);
  }

  void tell_end(const Connection& connection, const Result<net::ClientResponse>& response,
                milliseconds pause) {
    if (!connection.distrust.empty()) return tell(Condition::distrusted, pause, connection.distrust);
    if (!response) return tell(Condition::stale, pause, response.error().detail);
    if (response->status == 200)
      return tell(Condition::stale, pause,
                  connection.reset ? "the hub asks for a new beginning" : "the hub ended the stream");
    tell(is_refusal_of_rights(response->status) ? Condition::denied : Condition::stale, pause,
         "the hub answers " + std::to_string(response->status) + " " +
             std::string{net::reason_phrase(response->status)});
  }

  void tell(Condition condition, milliseconds retry_in, std::string detail) {
    const bool away = condition == Condition::stale || condition == Condition::denied;
    listener.on_state({condition, away ? heard : clock.now(), retry_in, std::move(detail)});
  }

  milliseconds random_part_of(milliseconds wait) {
    std::uniform_int_distribution<std::int64_t> some{wait.count() / 2, wait.count()};
    return milliseconds{some(random)};
  }

  /// False when it was stopped.
  bool rest(milliseconds pause) {
    std::unique_lock lock{mutex};
    return !stopped.wait_for(lock, pause, [this] { return stopping.load(); });
  }

  std::optional<Position> current() const {
    std::scoped_lock lock{mutex};
    return position;
  }

  const Options options;
  Listener& listener;
  const Clock& clock;
  net::Client client;
  const std::string path;
  EventReader reader;
  std::optional<Acknowledger> acknowledger;
  std::mt19937 random{std::random_device{}()};
  std::atomic<bool> stopping{false};
  std::condition_variable stopped;
  mutable std::mutex mutex;
  std::optional<Position> position;  // guarded by mutex
  Timestamp heard;                   // of run()'s thread
};

Subscription::Subscription(Options options, Listener& listener, const Clock& clock)
    : run_{std::make_unique<Run>(std::move(options), listener, clock)} {}
Subscription::~Subscription() = default;

void Subscription::run() {
  run_->follow();
}

void Subscription::stop() {
  {
    std::scoped_lock lock{run_->mutex};
    run_->stopping.store(true);
  }
  run_->stopped.notify_all();
  run_->client.cancel();
}

std::optional<Position> Subscription::position() const {
  return run_->current();
}

void Subscription::applied(const Position& position, bool urgent) {
  if (run_->acknowledger) run_->acknowledger->applied(position, urgent);
}

}  // namespace tocsin::push
