#include "views/views.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "base/check.hpp"
#include "views/test_changes.hpp"

namespace tocsin::views {
namespace {

constexpr std::uint64_t objects = 1'000'000;

/// A million indicators: one value each, a creator, every second one with another reference.
const Story& million() {
  static const Story story = [] {
    Story made;
    for (std::uint64_t i = 0; i < objects; ++i) {
      if (i % 100 == 0) made.frame();
      made.share(1, indicator(i));
    }
    return made;
  }();
  return story;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Views::Options real_options(const TestFolder& folder) {
  auto options = options_in(folder.path());
  options.environment = nullptr;  // the machine's disk, with its syncs
  return options;
}

/// The views of the million, fully merged.
struct Filled {
  TestFolder folder;
  std::unique_ptr<Views> views;
  Filled() {
    views = std::move(*Views::open(real_options(folder)));
    TOCSIN_CHECK(follow(*views, million(), 1000) && views->compact(), "filled");
  }
};
const Views& filled() {
  static const Filled one;
  return *one.views;
}

/// Objects a second: apply() and flush() alone, and with the merging that they leave behind paid.
void apply(benchmark::State& state) {
  const auto frames = static_cast<std::uint64_t>(state.range(0) / 100);
  const auto& story = million();
  for (auto _ : state) {
    TestFolder folder;
    const auto views = std::move(*Views::open(real_options(folder)));
    const auto start = std::chrono::steady_clock::now();
    TOCSIN_CHECK(follow(*views, story, frames) && views->flush(), "applied");
    const double applied = seconds_since(start);
    TOCSIN_CHECK(views->compact(), "merged");
    const double paid = seconds_since(start);
    state.counters["objects_per_s"] = static_cast<double>(objects) / applied;
    state.counters["objects_per_s_debt_paid"] = static_cast<double>(objects) / paid;
    state.counters["debt_s"] = paid - applied;
    state.counters["bytes_per_object"] = static_cast<double>(views->bytes_on_disk()) / objects;
  }
}
BENCHMARK(apply)->Arg(100)->Arg(1000)->Arg(10'000)->Arg(100'000)->Iterations(1)->Unit(benchmark::kSecond);

void exists(benchmark::State& state) {
  const auto& views = filled();
  const bool hit = state.range(0) == 1;
  std::vector<std::string> ids;
  std::mt19937_64 random{1};
  for (int i = 0; i < 100'000; ++i)
    ids.push_back(id_of("indicator", random() % objects + (hit ? 0 : objects)));
  std::size_t at = 0;
  for (auto _ : state) TOCSIN_CHECK(*views.exists(CircleId{1}, ids[at++ % ids.size()]) == hit, "as expected");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(exists)->ArgName("hit")->Arg(0)->Arg(1);

void exist_of_100(benchmark::State& state) {
  const auto& views = filled();
  const bool hit = state.range(0) == 1;
  std::vector<std::string> ids;
  std::mt19937_64 random{2};
  for (int i = 0; i < 100'000; ++i)
    ids.push_back(id_of("indicator", random() % objects + (hit ? 0 : objects)));
  const std::vector<std::string_view> texts{ids.begin(), ids.end()};
  std::size_t at = 0;
  for (auto _ : state) {
    TOCSIN_CHECK(views.exist(CircleId{1}, std::span{texts}.subspan(at, 100))->front() == hit, "as expected");
    at = (at + 100) % texts.size();
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(exist_of_100)->ArgName("hit")->Arg(0)->Arg(1);

void look_up(benchmark::State& state) {
  const auto& views = filled();
  std::mt19937_64 random{3};
  for (auto _ : state) {
    state.PauseTiming();
    const auto object = indicator(random() % objects);
    state.ResumeTiming();
    if (state.range(0) == 0) {
      benchmark::DoNotOptimize(views.versions(CircleId{1}, object.id, {}, 10));
    } else {
      benchmark::DoNotOptimize(
          views.with_value(CircleId{state.range(0) == 1 ? 1U : 2U}, object.values[0], {}, 10));
    }
  }
  state.SetLabel(state.range(0) == 0 ? "versions" : state.range(0) == 1 ? "value, hit" : "value, miss");
}
BENCHMARK(look_up)->Arg(0)->Arg(1)->Arg(2);

}  // namespace
}  // namespace tocsin::views
