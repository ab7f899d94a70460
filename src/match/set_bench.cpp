// Questions: how many observed values a second does one core compare with 10 thousand and a million
// indicators, hit or miss, one record at a time or 200; what does a change cost at a million; and how much
// memory does an indicator take beside its own text?
// Indicators: 40 % domains, 30 % IPv4, 15 % URLs, 15 % SHA-256, as in shared feeds.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "match/scanner.hpp"

namespace tocsin::match {
namespace {

using stix::Path;

constexpr std::size_t records_per_batch = 200;
constexpr std::uint64_t absent = 5'000'000'000;  // numbers from here on are never added

std::uint64_t scrambled(std::uint64_t number) {
  number = (number ^ number >> 31) * 0x7fb5d329728ea185ULL;
  return number ^ number >> 27;
}

std::pair<Path, std::string> value(std::uint64_t number) {
  const auto mixed = scrambled(number);
  switch (number % 20) {
    case 0:
    case 1:
    case 2:
      return {Path::url_value,
              "http://h" + std::to_string(mixed % 1'000'000) + ".example/gate/" + std::to_string(number)};
    case 3:
    case 4:
    case 5:
      return {Path::file_sha256, to_hex(sha256(std::to_string(number)))};
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 11: {
      const auto at = static_cast<std::uint32_t>(number / 20 * 6 + number % 20 - 6);
      const auto address = at * 2654435761U;  // odd factor: different numbers, different addresses
      return {Path::ipv4_addr_value,
              std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
                  std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255)};
    }
    default:
      return {Path::domain_name_value,
              "cdn-" + std::to_string(number) + ".zone" + std::to_string(mixed % 5000) + ".example"};
  }
}

Indicator indicator(std::uint64_t number) {
  Indicator out;
  const auto hex = to_hex(sha256("id" + std::to_string(number)));
  out.id = "indicator--" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" +
           hex.substr(17, 3) + "-" + hex.substr(20, 12);
  out.circle = CircleId{1};
  out.sequence = Sequence{number + 1};
  out.name = "C2 of family " + std::to_string(number % 97);
  const auto [path, text] = value(number);
  out.alternatives = {{{{path, Relation::equals, {text}}}, {}, {}}};
  return out;
}

/// One set per size, built once for all benchmarks, in the portions in which a stream would bring it.
IndicatorSet& set_of(std::int64_t size) {
  static std::int64_t built = 0;
  static std::unique_ptr<IndicatorSet> set;
  if (built != size) {
    set = std::make_unique<IndicatorSet>();
    std::vector<Indicator> portion;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(size); ++i) {
      portion.push_back(indicator(i));
      if (portion.size() < 20'000 && i + 1 < static_cast<std::uint64_t>(size)) continue;
      set->add(portion);
      portion.clear();
    }
    set->settle();
    built = size;
  }
  return *set;
}

void bulk_add(benchmark::State& state) {
  std::vector<Indicator> all;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state.range(0)); ++i) all.push_back(indicator(i));
  for (auto _ : state) {
    IndicatorSet set;
    set.add(all);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bulk_add)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(2);

void memory(benchmark::State& state) {
  auto& set = set_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(set.pin());
  double own_text = 0;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state.range(0)); ++i) {
    const auto one = indicator(i);
    own_text +=
        static_cast<double>(one.id.size() + one.name.size() + one.alternatives[0].atoms[0].values[0].size());
  }
  const auto stats = set.stats();
  const auto count = static_cast<double>(stats.indicators);
  state.counters["bytes_per_indicator"] = static_cast<double>(stats.memory_bytes) / count;
  state.counters["beside_id_name_value"] = (static_cast<double>(stats.memory_bytes) - own_text) / count;
  state.counters["segments"] = static_cast<double>(stats.segments);
}
BENCHMARK(memory)->Arg(10'000)->Arg(1'000'000)->Iterations(1);

/// range(0): indicators; range(1): records at once; `first`: number of the first value asked for.
void look_up(benchmark::State& state, std::uint64_t first, bool hit) {
  auto& set = set_of(state.range(0));
  constexpr std::size_t values_per_record = 4;
  constexpr std::size_t record_count = 20'000;
  std::vector<stix::Observation> records(record_count);
  for (std::size_t i = 0; i < record_count; ++i) {
    const auto object = records[i].next_object();
    for (std::size_t j = 0; j < values_per_record; ++j) {
      const auto number =
          first + scrambled(i * values_per_record + j) % static_cast<std::uint64_t>(state.range(0));
      auto [path, text] = value(number);
      records[i].add(path, object, records[i].keep(std::move(text)));
    }
  }
  Scanner scanner{set};
  Hits hits;
  std::size_t found = 0, at = 0;
  const auto size = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    scanner.scan(std::span{records}.subspan(at, size), Timestamp{}, hits);
    found += hits.hits.size();
    at = at + 2 * size > record_count ? 0 : at + size;
  }
  if ((found > 0) != hit)
    state.SkipWithError("hits where there should be none, or none where there should be");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(size * values_per_record));
}
void look_up_absent(benchmark::State& state) {
  look_up(state, absent, false);
}
void look_up_present(benchmark::State& state) {
  look_up(state, 0, true);
}
BENCHMARK(look_up_absent)->ArgsProduct({{10'000, 1'000'000}, {1, records_per_batch}});
BENCHMARK(look_up_present)->ArgsProduct({{10'000, 1'000'000}, {1, records_per_batch}});

double microseconds_at(std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

/// Adds or removes one by one and reports the spread of the single change.
template <class Change>
void change(benchmark::State& state, Change&& one_change) {
  std::vector<double> took;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    one_change(took.size());
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    took.push_back(spent.count());
  }
  std::ranges::sort(took);
  state.counters["p50_us"] = microseconds_at(took, 0.5);
  state.counters["p99_us"] = microseconds_at(took, 0.99);
  state.counters["max_us"] = took.back();
}
void add_one(benchmark::State& state) {
  auto& set = set_of(state.range(0));
  std::vector<Indicator> fresh;
  for (std::uint64_t i = 0; i < 20'000; ++i)
    fresh.push_back(indicator(static_cast<std::uint64_t>(state.range(0)) + i));
  change(state, [&](std::size_t i) {
    if (!set.add(fresh[i])) state.SkipWithError("not added");
  });
}
void remove_one(benchmark::State& state) {
  auto& set = set_of(state.range(0));
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 20'000; ++i) ids.push_back(indicator(i * 37 % 1'000'000).id);
  change(state, [&](std::size_t i) {
    if (!set.remove(CircleId{1}, ids[i])) state.SkipWithError("not removed");
  });
}
BENCHMARK(add_one)->Arg(1'000'000)->Iterations(20'000);
BENCHMARK(remove_one)->Arg(1'000'000)->Iterations(20'000);

}  // namespace
}  // namespace tocsin::match
