#pragma once

/// Counters and histograms for operators, in Prometheus' text form. No names of members, circles or people in
/// labels. Source:  Prometheus text exposition format 0.0.4. Threads: any; recording never blocks.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::serve {

/// Latencies in buckets from 50 µs to 26 s, each twice the one before.
class Histogram {
 public:
  void record(std::chrono::microseconds took);
  void write(std::string& out, std::string_view name, std::string_view help) const;

 private:
  static constexpr std::size_t bucket_count = 20;
  std::array<std::atomic<std::uint64_t>, bucket_count + 1> buckets_{};
  std::atomic<std::uint64_t> sum_micros_{0};
};

struct Metrics {
  Histogram share_to_durable;      ///< request received → entries durable
  Histogram durable_to_pushed;     ///< date_added → handed to a subscriber's connection
  Histogram durable_to_confirmed;  ///< date_added of the newest confirmed entry → its acknowledgement
  std::array<std::atomic<std::uint64_t>, 6> responses_by_class{};  ///< [2] counts 2xx
  std::atomic<std::uint64_t> objects_accepted{0}, objects_duplicate{0}, objects_held{0}, objects_refused{0};
  std::atomic<std::uint64_t> withdrawals{0}, sightings{0};
  std::atomic<std::uint64_t> too_often_members{0},
      too_often_addresses{0};  ///< requests refused for their rate
};

/// A gauge or a counter beside those.
void write_counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value);
void write_gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value);
std::string to_prometheus(const Metrics& metrics);

}  // namespace tocsin::serve
