#pragma once

/// What keeps a hit from becoming an alert: lists of what is harmless, too little confidence, a muted
/// indicator.
///
/// Path:    a hit → `judge` → an alert, or why not; and a line when an indicator is muted or heard again.
/// Threads: judge() from one; the rest from any.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sensor/alert.hpp"
#include "sensor/breaker.hpp"
#include "sensor/harmless.hpp"
#include "sensor/trust.hpp"

namespace tocsin::sensor {

class Restraint {
 public:
  struct Options {
    Trust trust;
    std::uint8_t alert_min_confidence = 0;  ///< what says nothing of its confidence alerts all the same
    Breaker::Options breaker{};
  };
  Restraint(std::unique_ptr<Harmless> harmless, Options options)
      : harmless_{std::move(harmless)}, options_{std::move(options)}, breaker_{options_.breaker} {}

  enum class Outcome : std::uint8_t { alert, held_back, below_confidence, muted };
  struct Judgement {
    Outcome outcome = Outcome::alert;
    Harmless::Held held;
    std::vector<Breaker::Change> changes;  ///< indicators that this hit muted
  };
  /// `records`: how many were read up to the hit.
  Judgement judge(const Found& found, const Describe& describe, std::uint64_t records, Timestamp now);

  /// Once a second: the allow list may have changed, and the muted may be heard again.
  std::vector<Breaker::Change> tend(std::uint64_t records, Timestamp now);
  bool unmute(std::string_view id) { return breaker_.unmute(id); }

  Harmless& harmless() const { return *harmless_; }
  const Trust& trust() const { return options_.trust; }
  std::uint64_t held_back() const { return held_back_.load(); }
  /// {"hits": {"total", "hour", "top": […]}, "muted": […], "below_confidence", "harmless": {…}}.
  json::Object status(Timestamp now, const std::function<std::string(CircleId)>& circle_name) const;

 private:
  const std::unique_ptr<Harmless> harmless_;
  const Options options_;
  Breaker breaker_;
  std::atomic<std::uint64_t> held_back_{0}, below_confidence_{0}, muted_{0};
};

/// {"type":"muted" or "unmuted",…} with a line end.
std::string muted_line(const Breaker::Change& change, const std::string& circle_name, Timestamp now);

}  // namespace tocsin::sensor
