// Question: what does a sensor's history cost: bytes on disk for a distinct value, the time to ask for one,
// and what noting the values of a log takes beside reading it?
//
// Values are those of the indicators of the other benchmarks (domains, URLs, SHA-256), each seen twice, in
// two files.

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "history/store.hpp"
#include "indicators.hpp"
#include "measure.hpp"

namespace tocsin::bench {
namespace {

constexpr std::uint64_t batch = 1024;
constexpr std::uint32_t first_second = 1'780'000'000;

/// Adds every value once, `later` seconds after the first time. Returns the bytes of the values.
std::uint64_t add_all(history::Store& store, std::uint64_t count, std::uint32_t later,
                      std::string_view file) {
  std::uint64_t bytes = 0;
  std::vector<std::string> texts;
  std::vector<history::Observed> seen;
  for (std::uint64_t at = 0; at < count;) {
    texts.clear();
    seen.clear();
    for (; at < count && texts.size() < batch; ++at) texts.push_back(named("history", at).value);
    for (const auto& text : texts) {
      bytes += text.size();
      seen.push_back({0, first_second + later, text, bytes});
    }
    store.add(seen, file);
  }
  return bytes;
}

void measure(const std::string& folder, const std::string& size, std::uint64_t count, std::uint64_t lookups) {
  std::filesystem::remove_all(folder);
  history::Store::Options options;
  options.folder = folder;
  options.bytes_max = 16ULL << 30;
  options.age_max = std::chrono::hours{24 * 36'500};
  auto opened = history::Store::open(std::move(options));
  if (!opened) give_up(opened.error().detail);
  auto& store = **opened;

  const double began = thread_cpu_s();
  const auto text_bytes = add_all(store, count, 0, "conn.log");
  add_all(store, count, 60, "dns.log");
  const double added_s = thread_cpu_s() - began;
  if (const auto kept = store.persist(); !kept) give_up(kept.error().detail);
  store.settle();

  const auto past = store.past();
  const auto ask = [&](std::uint64_t number, std::string_view series, bool is_there) {
    const auto value = named(series, number).value;
    const double asked = now_s();
    const auto found = past.find(value);
    const double took = now_s() - asked;
    if (found.has_value() != is_there || (found && found->count != 2))
      give_up("the history tells " + value + " wrongly");
    return took * 1e6;
  };
  std::vector<double> there, absent;
  for (std::uint64_t i = 0; i < lookups; ++i) {
    there.push_back(ask(i * 7919 % count, "history", true));
    absent.push_back(ask(i, "other", false));
  }
  const auto counts = store.counts();
  const double values = static_cast<double>(count);
  print({"history-bytes-" + size,
         "B/value",
         {static_cast<double>(counts.bytes) / values},
         {static_cast<double>(text_bytes) / values},
         0,
         false});
  print({"history-find-" + size + "-p50", "us", {quantile(there, 0.5)}, {}, 0, false});
  print({"history-find-" + size + "-p99", "us", {quantile(there, 0.99)}, {}, 0, false});
  print({"history-absent-" + size + "-p99", "us", {quantile(absent, 0.99)}, {}, 0, false});
  print({"history-add-" + size, "ns/value", {added_s / (2 * values) * 1e9}, {}, 0, false});
  opened->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  using namespace tocsin::bench;
  const Arguments arguments{count, texts};
  const auto folder = arguments.text("folder") + "/history";
  measure(folder, "1M", 1'000'000, 20'000);
  if (arguments.number_or("ten-million", 0) != 0) measure(folder, "10M", 10'000'000, 20'000);
}
