#pragma once

/// The sensor: follows circles, tails logs, and tells at once what was seen.
///
/// Path:    hub → Feed → Circle → match::IndicatorSet ← Finder ← Tail ← log files; a hit → one alert line.
/// Errors:  open() says what is wrong with folders and files; once it runs, nothing stops it but stop(): a
/// hub
///          that is away, a disk that is full and a log that is gone are told in the status.
/// Threads: run() belongs to one thread, each circle has its own, one writes the status; stop() from any.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "alert/forms.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "push/follow.hpp"
#include "screen/warning_lists.hpp"
#include "sensor/config.hpp"

namespace tocsin::sensor {

class Sensor {
 public:
  struct Options {
    Config config;
    push::Subscription::Options subscription;  ///< how to reach the hub; circle, sensor and from are set here
    std::string creator;                       ///< whose sightings by name are
    screen::WarningLists warning_lists;
    alert::Speaker speaker;  ///< as alerts name us; `sensor` is set here
    /// For the operator, one line each; called from any thread.
    std::function<void(const std::string&)> say = [](const std::string&) {};
    std::chrono::milliseconds status_interval{1'000};
  };
  /// Reads the state folder; matching could begin. Errors: conflict when another sensor uses the folder,
  /// unavailable, invalid_input.
  static Result<std::unique_ptr<Sensor>> open(Options options, const Clock& clock = system_clock());
  ~Sensor();
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  /// Until stop(). Positions are on disk when it returns.
  void run();
  void stop();

  /// As it is written to STATE/status.json.
  json::Object status() const;

 private:
  struct State;
  explicit Sensor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The name of the status file in a state folder.
std::string status_path(const std::string& state_folder);
/// Where `tocsin sensor unmute` leaves its word.
std::string unmute_folder(const std::string& state_folder);
/// The name of a circle's journal in a state folder.
std::string journal_path(const std::string& state_folder, const std::string& circle);
std::string rules_path(const std::string& state_folder);

}  // namespace tocsin::sensor
