#include "serve/metrics.hpp"

#include <algorithm>
#include <cstdio>

namespace tocsin::serve {
namespace {

constexpr std::uint64_t first_bound_micros = 50;

std::string seconds(std::uint64_t micros) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.6g", static_cast<double>(micros) / 1e6);
  return {text.data(), static_cast<std::size_t>(size)};
}

void head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out += "# HELP " + std::string{name} + ' ' + std::string{help} + '\n';
  out += "# TYPE " + std::string{name} + ' ' + std::string{type} + '\n';
}

}  // namespace

void Histogram::record(std::chrono::microseconds took) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
  std::size_t bucket = 0;
  for (std::uint64_t bound = first_bound_micros; bucket < bucket_count && micros > bound; bound *= 2)
    ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(micros, std::memory_order_relaxed);
}

void Histogram::write(std::string& out, std::string_view name, std::string_view help) const {
  head(out, name, help, "histogram");
  std::uint64_t total = 0;
  std::uint64_t bound = first_bound_micros;
  for (std::size_t i = 0; i < bucket_count; ++i, bound *= 2) {
    total += buckets_[i].load(std::memory_order_relaxed);
    out += std::string{name} + "_bucket{le=\"" + seconds(bound) + "\"} " + std::to_string(total) + '\n';
  }
  total += buckets_[bucket_count].load(std::memory_order_relaxed);
  out += std::string{name} + "_bucket{le=\"+Inf\"} " + std::to_string(total) + '\n';
  out += std::string{name} + "_sum " + seconds(sum_micros_.load(std::memory_order_relaxed)) + '\n';
  out += std::string{name} + "_count " + std::to_string(total) + '\n';
}

void write_counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  head(out, name, help, "counter");
  out += std::string{name} + ' ' + std::to_string(value) + '\n';
}

void write_gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  head(out, name, help, "gauge");
  out += std::string{name} + ' ' + std::to_string(value) + '\n';
}

std::string to_prometheus(const Metrics& metrics) {
  std::string out;
  metrics.share_to_durable.write(out, "tocsin_share_to_durable_seconds",
                                 "From the request to its entries on disk.");
  metrics.durable_to_pushed.write(out, "tocsin_durable_to_pushed_seconds",
                                  "From an entry's date to its push.");
  metrics.durable_to_confirmed.write(out, "tocsin_durable_to_confirmed_seconds",
                                     "From an entry's date to a sensor's acknowledgement.");
  head(out, "tocsin_responses_total", "Answers by class of status.", "counter");
  for (std::size_t i = 1; i < metrics.responses_by_class.size(); ++i)
    out += "tocsin_responses_total{class=\"" + std::to_string(i) + "xx\"} " +
           std::to_string(metrics.responses_by_class[i].load(std::memory_order_relaxed)) + '\n';
  head(out, "tocsin_objects_total", "Verdicts on shared objects.", "counter");
  const auto verdict = [&](std::string_view outcome, const std::atomic<std::uint64_t>& count) {
    out += "tocsin_objects_total{outcome=\"" + std::string{outcome} + "\"} " +
           std::to_string(count.load(std::memory_order_relaxed)) + '\n';
  };
  verdict("accepted", metrics.objects_accepted);
  verdict("duplicate", metrics.objects_duplicate);
  verdict("held", metrics.objects_held);
  verdict("refused", metrics.objects_refused);
  head(out, "tocsin_acts_total", "Withdrawals and sightings.", "counter");
  out += "tocsin_acts_total{act=\"withdrawal\"} " + std::to_string(metrics.withdrawals.load()) + '\n';
  out += "tocsin_acts_total{act=\"sighting\"} " + std::to_string(metrics.sightings.load()) + '\n';
  head(out, "tocsin_rate_limited_total", "Requests refused because there were too many in a minute.",
       "counter");
  out +=
      "tocsin_rate_limited_total{by=\"member\"} " + std::to_string(metrics.too_often_members.load()) + '\n';
  out += "tocsin_rate_limited_total{by=\"address\"} " + std::to_string(metrics.too_often_addresses.load()) +
         '\n';
  return out;
}

}  // namespace tocsin::serve
