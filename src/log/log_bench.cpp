// Question: what do sequences, commitments, checksums and rows cost beside the disk? Budget: Log::append
// takes at
//           least 0.8 of the entries per second of a bare write + fdatasync of the same bytes in the same
//           batches. Both run by turns in one benchmark, because a disk is never the same twice.

#include "log/log.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

namespace tocsin::log {
namespace {

constexpr std::size_t object_bytes = 875;
constexpr std::size_t overhead_bytes = 120 + 64 + 60;  // head, block and attributes of an entry

std::string scratch_folder(const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()));
  std::filesystem::remove_all(path);
  return path.string();
}

std::vector<Draft> drafts_of(std::size_t count, bool hashed = false) {
  std::mt19937_64 random{1};
  std::vector<Draft> drafts(count);
  for (Draft& draft : drafts) {
    draft.circle = CircleId{1};
    draft.attributes.assign(60, 'a');
    draft.bytes.resize(object_bytes);
    for (char& c : draft.bytes) c = static_cast<char>('a' + random() % 26);
    if (hashed) draft.bytes_hash = sha256(draft.bytes);
  }
  return drafts;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void append_beside_raw_append(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const std::string folder = scratch_folder("tocsin-log-bench-");
  const auto drafts = drafts_of(batch, state.range(1) != 0);
  const std::string raw_bytes(48 + batch * (object_bytes + overhead_bytes), 'r');
  {
    auto log = Log::open({.folder = folder}, {}, {});
    auto raw = system_files().open(folder + "/raw");
    if (!log || !raw) return state.SkipWithError("no folder to write in");
    std::uint64_t offset = 0;
    std::vector<double> raw_times, log_times;
    for (auto _ : state) {
      auto start = std::chrono::steady_clock::now();
      if (!(*raw)->write_at(offset, raw_bytes) || !(*raw)->sync())
        return state.SkipWithError("raw write failed");
      raw_times.push_back(seconds_since(start));
      offset += raw_bytes.size();
      start = std::chrono::steady_clock::now();
      if (!(*log)->append(drafts)) return state.SkipWithError("append failed");
      log_times.push_back(seconds_since(start));
      state.SetIterationTime(log_times.back());
    }
    double raw_total = 0, log_total = 0;
    for (const double time : raw_times) raw_total += time;
    for (const double time : log_times) log_total += time;
    const double entries = static_cast<double>(batch * raw_times.size());
    state.counters["raw_per_s"] = entries / raw_total;
    state.counters["log_per_s"] = entries / log_total;
    state.counters["ratio"] = raw_total / log_total;
    state.counters["ratio_of_medians"] = median(raw_times) / median(log_times);
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(append_beside_raw_append)
    ->ArgNames({"batch", "hashed_before"})
    ->ArgsProduct({{1, 10, 100, 1000}, {0, 1}})
    ->UseManualTime()
    ->MinTime(1);

/// A disk that takes everything at once: what is left is our own work per entry.
class NoDisk final : public FileSystem {
  class Sink final : public File {
    Status write_at(std::uint64_t, std::string_view) override { return {}; }
    Status read_at(std::uint64_t, std::size_t, std::string& out) const override {
      out.clear();
      return {};
    }
    Status sync() override { return {}; }
    Status truncate(std::uint64_t) override { return {}; }
    Result<std::uint64_t> size() const override { return std::uint64_t{0}; }
  };

 public:
  Result<std::unique_ptr<File>> open(const std::string&) override {
    return std::unique_ptr<File>{std::make_unique<Sink>()};
  }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>{}; }
  Status make_folder(const std::string&) override { return {}; }
  Status remove(const std::string&) override { return {}; }
  Status rename(const std::string&, const std::string&) override { return {}; }
  Status sync_folder(const std::string&) override { return {}; }
  bool exists(const std::string&) override { return false; }
};

void append_without_a_disk(benchmark::State& state) {
  NoDisk files;
  auto log = Log::open({.folder = "nowhere", .checkpoint_bytes = 1ULL << 50, .files = &files}, {}, {});
  const auto drafts = drafts_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  for (auto _ : state)
    if (!(*log)->append(drafts)) return state.SkipWithError("append failed");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_without_a_disk)->ArgNames({"batch", "hashed_before"})->ArgsProduct({{1, 100, 1000}, {0, 1}});

/// Question: what does a page's walk over rows cost? Budget: tens of microseconds for 1000.
void rows(benchmark::State& state) {
  const std::string folder = scratch_folder("tocsin-log-rows-");
  {
    auto log = Log::open({.folder = folder}, {}, {});
    if (!log) return state.SkipWithError("no folder to write in");
    const auto drafts = drafts_of(1000);
    for (int i = 0; i < 20; ++i)
      if (!(*log)->append(drafts)) return state.SkipWithError("append failed");
    std::mt19937_64 random{2};
    for (auto _ : state) {
      const auto found = (*log)->rows(CircleId{1}, Sequence{1 + random() % 19'000},
                                      static_cast<std::size_t>(state.range(0)));
      if (!found || found->size() != static_cast<std::size_t>(state.range(0)))
        return state.SkipWithError("rows are missing");
    }
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(rows)->Arg(1)->Arg(100)->Arg(1000);

void read_one_entry(benchmark::State& state) {
  const std::string folder = scratch_folder("tocsin-log-read-");
  {
    auto log = Log::open({.folder = folder}, {}, {});
    if (!log) return state.SkipWithError("no folder to write in");
    const auto drafts = drafts_of(1000);
    for (int i = 0; i < 20; ++i)
      if (!(*log)->append(drafts)) return state.SkipWithError("append failed");
    std::mt19937_64 random{2};
    for (auto _ : state)
      if (!(*log)->read(CircleId{1}, Sequence{1 + random() % 20'000})) return state.SkipWithError("unread");
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(read_one_entry);

}  // namespace
}  // namespace tocsin::log
