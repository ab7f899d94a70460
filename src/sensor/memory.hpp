#pragma once

/// What a running sensor remembers of its logs, and what it looks back for: the history and its questions,
/// wired.
///
/// Path:    Finder → history::Store; Circle → Lookback → `take`. Threads: `live` and `take` from the one that
///          reads; status() from any.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/json.hpp"
#include "sensor/circle.hpp"
#include "sensor/config.hpp"
#include "sensor/finder.hpp"
#include "sensor/lookback.hpp"

namespace tocsin::sensor {

class Memory {
 public:
  /// Null when nothing is to be remembered. The names of logs that `finder` is given, `set`, and what
  /// `on_hits` uses outlive it; the circles are changed by nobody any longer when it ends. Errors: as
  /// Store::open.
  static Result<std::unique_ptr<Memory>> open(const Config& config,
                                              std::span<const std::unique_ptr<Circle>> circles,
                                              const match::IndicatorSet& set, Finder& finder,
                                              std::function<void()> on_hits, const Clock& clock);

  /// What was told just now is not told as the past too.
  void live(const match::Hit& hit);
  std::vector<PastHit> take(std::chrono::steady_clock::time_point now);

  json::Object status() const;

 private:
  Memory() = default;

  std::string values_;
  std::unique_ptr<history::Store> store_;
  std::unique_ptr<Lookback> lookback_;
  LiveHits live_;
};

}  // namespace tocsin::sensor
