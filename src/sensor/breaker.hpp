#pragma once

/// Counts what each indicator hits, and mutes one that suddenly hits a large share of all records: it is
/// wrong, or names what everybody uses, and its alerts would bury the others.
///
/// Meaning: an indicator is muted when, within `window`, it has hit more than `hits_max` times and more than
///          `share_percent` of the records since its first hit there. It goes on being counted. It is heard
///          again after `calm` without such a window, or when somebody says so: then it is not muted again.
/// Source:  docs/guides/sensor.md. Threads: any.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace tocsin::sensor {

class Breaker {
 public:
  struct Options {
    std::uint64_t hits_max = 100;
    unsigned share_percent = 10;  ///< 100: never muted
    std::chrono::seconds window{60}, calm{600};
    std::size_t indicators_max = 100'000;  ///< more are neither counted by themselves nor muted
  };
  Breaker() : Breaker{Options{}} {}
  explicit Breaker(Options options) : options_{options} {}

  struct Change {
    CircleId circle;
    std::string id, name, value, why;
    std::uint64_t hits = 0;  ///< of the window; while it was muted
    bool muted = true;
  };
  struct Answer {
    bool muted = false;
    std::optional<Change> change;  ///< this hit muted it
  };
  /// `records`: how many were read so far.
  Answer hit(CircleId circle, std::string_view id, std::string_view name, std::string_view value,
             std::uint64_t records, Timestamp now);
  /// Those that are heard again. To be asked every second or so.
  std::vector<Change> tend(std::uint64_t records, Timestamp now);
  /// By hand, in every circle. False when none of that id was muted.
  bool unmute(std::string_view id);

  struct Top {
    CircleId circle;
    std::string id, name, why;
    std::uint64_t hits = 0, hits_hour = 0;
    bool muted = false;
  };
  /// The `most` that hit most often, and all that are muted.
  std::vector<Top> top(std::size_t most, Timestamp now) const;
  std::uint64_t hits() const;
  std::uint64_t hits_hour(Timestamp now) const;  ///< of the last 60 minutes

 private:
  /// Hits of the last hour, by minute.
  class Hour {
   public:
    void add(Timestamp now);
    std::uint64_t sum(Timestamp now) const;

   private:
    std::map<std::int64_t, std::uint32_t> minutes_;
  };
  struct One {
    std::string name, value, why;
    Hour hour;
    std::uint64_t hits = 0, window_hits = 0, window_records = 0, muted_hits = 0;
    Timestamp window_begin{}, loud{};  ///< `loud`: the last time that a window was too large
    bool muted = false;
  };
  bool is_too_much(const One& one, std::uint64_t records) const;
  void renew(One& one, std::uint64_t records, Timestamp now) const;

  const Options options_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<std::pair<CircleId, std::string>, One> all_;
  std::set<std::string, std::less<>> kept_;  // unmuted by hand
  std::set<std::pair<CircleId, std::string>> muted_;
  Hour hour_;
  std::uint64_t hits_ = 0;
};

}  // namespace tocsin::sensor
