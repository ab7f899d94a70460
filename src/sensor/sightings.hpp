#pragma once

/// Tells a circle that its indicators were seen: the first time at once, then one sum per indicator and hour.
///
/// Source:  STIX 2.1 §5.2 (sighting); docs/formats/api.md (POST …/sightings). Off unless the user wants it.
/// Threads: `SightingSums` one; `SightingSender` any.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "net/client.hpp"

namespace tocsin::sensor {

enum class SightingMode : std::uint8_t { off, count, named };

struct SightingSum {
  std::string circle, indicator;
  std::uint64_t count = 0;
  Timestamp first{}, last{};
  std::string wrong{};  ///< not empty: the sensor takes the indicator for a false positive, and says why
};

/// Sums hits up. Keeps at most `indicators_max` indicators; a hit of one more is left out and counted.
class SightingSums {
 public:
  static constexpr std::chrono::hours window{1};
  static constexpr std::size_t indicators_max = 100'000;

  /// The first hit of an indicator, to be told at once; nullopt when it was added to the hour's sum.
  std::optional<SightingSum> add(const std::string& circle, std::string_view indicator, Timestamp now);
  /// The sums whose hour is over. An indicator that was not seen for an hour begins anew.
  std::vector<SightingSum> due(Timestamp now);
  /// All that is left, for a clean end.
  std::vector<SightingSum> rest();
  std::size_t size() const { return sums_.size(); }
  std::uint64_t left_out() const { return left_out_; }

 private:
  struct Open {
    Timestamp since{};
    SightingSum sum;
  };
  std::map<std::pair<std::string, std::string>, Open, std::less<>> sums_;
  std::uint64_t left_out_ = 0;
};

/// The body of the request. `creator` is an identity's id, empty when not by name.
std::string sighting_body(const SightingSum& sum, bool named, const std::string& creator, Timestamp now);

/// Posts sightings in the background, again and again until the hub takes or refuses them.
class SightingSender {
 public:
  struct Options {
    net::ClientOptions client;
    bool named = false;
    std::string creator;
    std::size_t waiting_max = 10'000;
    std::chrono::milliseconds wait_first{500}, wait_max{60'000};
  };
  explicit SightingSender(Options options, const Clock& clock = system_clock());
  ~SightingSender() { stop(std::chrono::milliseconds{0}); }
  SightingSender(const SightingSender&) = delete;
  SightingSender& operator=(const SightingSender&) = delete;

  /// Never waits. False when too many wait already.
  bool send(SightingSum sum);
  /// Sends what waits for at most `grace`, then ends.
  void stop(std::chrono::milliseconds grace);

  struct Counts {
    std::uint64_t sent = 0, refused = 0, dropped = 0;
    std::size_t waiting = 0;
    std::string problem;  ///< the last refusal or failure
  };
  Counts counts() const;

 private:
  enum class Outcome { done, again };
  void run();
  Outcome post(const SightingSum& sum, const std::string& body);

  const Options options_;
  const Clock& clock_;
  net::Client client_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  struct Waiting {
    SightingSum sum;
    std::string body;
  };
  std::deque<Waiting> waiting_;
  Counts counts_;
  bool stopping_ = false, idle_ = true;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tocsin::sensor
