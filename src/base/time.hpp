#pragma once

/// Time: UTC microseconds, RFC 3339 text, and clocks that a test can hold.
///
/// Source:  RFC 3339 §5.6; TAXII 2.1 §2 (timestamps carry exactly six fractional digits).
/// Units:   `Timestamp` counts microseconds since 1970-01-01T00:00:00Z.
/// Threads: pure functions; `Clock`s may be read from any thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-23T13:24:00.000001Z": always six fractional digits, always Z.
std::string to_rfc3339(Timestamp time);

/// Reads any RFC 3339 time (offsets, no fraction or a longer one, which is cut at microseconds).
/// Errors: invalid_input, naming the text, when it is not one or lies outside the years 1 to 9999.
Result<Timestamp> parse_rfc3339(std::string_view text);

/// Microseconds since the epoch, for the formats that store them.
inline std::int64_t to_micros(Timestamp time) {
  return time.time_since_epoch().count();
}
inline Timestamp from_micros(std::int64_t micros) {
  return Timestamp{std::chrono::microseconds{micros}};
}

/// The wall clock and a clock that never jumps, as one thing that tests replace.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The machine's clocks. Lives as long as the program.
const Clock& system_clock();

/// A clock that stands still until it is told. Threads: any.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_{start.time_since_epoch().count()} {}
  Timestamp now() const override { return Timestamp{std::chrono::microseconds{now_.load()}}; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{std::chrono::microseconds{steady_.load()}};
  }
  void advance(std::chrono::microseconds by) {
    now_ += by.count();
    steady_ += by.count();
  }
  /// Moves the wall clock alone, as an administrator or a broken time server does.
  void jump(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_, steady_{0};  // microseconds
};

}  // namespace tocsin
