// Question: how many bytes of Zeek's JSON a second does one core search for the indicators of a set, from
// text to hits? Limit: simdjson taking the same fields out of the same lines and doing nothing with them. The
// number of hits must be that of the lines planted, else the figure is worth nothing.

#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "match/saved.hpp"
#include "match/scanner.hpp"
#include "measure.hpp"
#include "observe/reader.hpp"
#include "scan_limit.hpp"
#include "scan_patterns.hpp"
#include "zeek_mix.hpp"

namespace tocsin::bench {
namespace {

using stix::Path;

constexpr std::size_t records_per_batch = 200;
constexpr double bytes_per_indicator_max = 12;

// Indicators: 40 % domains, 30 % IPv4, 15 % URLs, 15 % SHA-256
// ------------------------------------------------

std::string bad_domain(std::uint64_t number) {
  return "cdn-" + std::to_string(number) + ".zone" + std::to_string(number * 7919 % 5000) + ".badnet.info";
}

std::pair<Path, std::string> value(std::uint64_t number) {
  const auto share = number % 20;
  if (share < 8) return {Path::domain_name_value, bad_domain(number)};
  if (share < 14) {
    const auto address =
        static_cast<std::uint32_t>(number) * 2654435761U | 0x80000000U;  // above the logs' own
    return {Path::ipv4_addr_value, std::to_string(address >> 24) + '.' + std::to_string(address >> 16 & 255) +
                                       '.' + std::to_string(address >> 8 & 255) + '.' +
                                       std::to_string(address & 255)};
  }
  if (share < 17)
    return {Path::url_value, "http://" + bad_domain(number) + "/gate/" + std::to_string(number)};
  return {Path::file_sha256, to_hex(sha256(std::to_string(number)))};
}

match::Indicator indicator(std::uint64_t number) {
  match::Indicator out;
  const auto hex = to_hex(sha256("id" + std::to_string(number)));
  out.id = "indicator--" + hex.substr(0, 8) + '-' + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" +
           hex.substr(17, 3) + '-' + hex.substr(20, 12);
  out.circle = CircleId{1};
  out.sequence = Sequence{number + 1};
  out.name = "Command and control, campaign " + std::to_string(number % 613);
  const auto [path, text] = value(number);
  out.alternatives = {{{{path, match::Relation::equals, {text}}}, {}, {}}};
  return out;
}

/// Fills the set, and returns the bytes of ids, names and values in it.
double fill(match::IndicatorSet& set, std::uint64_t count) {
  double own_text = 0;
  std::vector<match::Indicator> portion;
  for (std::uint64_t i = 0; i < count; ++i) {
    portion.push_back(indicator(i));
    const auto& one = portion.back();
    own_text +=
        static_cast<double>(one.id.size() + one.name.size() + one.alternatives[0].atoms[0].values[0].size());
    if (portion.size() < 20'000 && i + 1 < count) continue;
    set.add(portion);
    portion.clear();
  }
  set.settle();
  return own_text;
}

// The system
// -------------------------------------------------------------------------------------------------

std::size_t scan_all(std::string_view text, const match::IndicatorSet& set, Timestamp now) {
  observe::Reader reader{observe::Format::zeek_json};
  match::Scanner scanner{set};
  match::Hits hits;
  std::vector<stix::Observation> records(records_per_batch);
  std::size_t used = 0, found = 0;
  const auto look_up = [&] {
    scanner.scan(std::span{records}.first(used), now, hits);
    found += hits.hits.size();
    used = 0;
  };
  walk(text, [&](std::string_view line) {
    if (!reader.read_padded(line, records[used])) give_up("a line was not read");
    if (++used == records_per_batch) look_up();
  });
  look_up();
  return found;
}

/// Both halves at once, each on a thread.
std::size_t scan_halves(std::string_view text, const match::IndicatorSet& set, Timestamp now) {
  const auto middle = text.find('\n', text.size() / 2) + 1;
  std::size_t first = 0;
  std::thread other{[&] { first = scan_all(text.substr(0, middle), set, now); }};
  const auto second = scan_all(text.substr(middle), set, now);
  other.join();
  return first + second;
}

/// GB/s of a pass, repeated for at least `seconds`: by the clock, and by the CPU time of this thread, which a
/// busy machine disturbs less.
struct Speed {
  double clock = 0, cpu = 0;
};
template <class Pass>
Speed speed(std::size_t bytes, double seconds, Pass&& pass) {
  const double start = now_s(), cpu_start = thread_cpu_s();
  double took_s = 0;
  std::size_t passes = 0;
  do {
    pass();
    ++passes;
    took_s = now_s() - start;
  } while (took_s < seconds);
  const double gigabytes = static_cast<double>(bytes) * static_cast<double>(passes) / 1e9;
  return {gigabytes / took_s, gigabytes / (thread_cpu_s() - cpu_start)};
}

/// The set as a sensor has it after a restart: in a file, mapped. Rows on memory and on the start; returns
/// the set over the file.
std::unique_ptr<match::IndicatorSet> measure_saved(const match::IndicatorSet& set, const std::string& path,
                                                   const std::string& size, std::size_t indicators,
                                                   double own_text) {
  std::vector<match::Segment::Item> items;
  const auto pinned = set.pin();
  for (const auto& segment : pinned->segments)
    for (std::uint32_t i = 0; i < segment->size(); ++i) items.push_back(segment->item(i));
  const double begin = now_s();
  if (!match::save(path, match::Segment{set.seed(), items}, "")) give_up("the set was not saved");
  print({"saved-set-write-" + size, "s", {now_s() - begin}, {}, 0, false});
  auto out = std::make_unique<match::IndicatorSet>();
  Row start{"saved-set-start-" + size, "s", {}, {1}, 1, false};
  for (int round = 0; round < 3; ++round) {
    forget_cached(path);
    const double opening = now_s();
    const auto saved = match::Saved::open(path, CircleId{1});
    if (!saved) give_up(saved.error().detail);
    out = std::make_unique<match::IndicatorSet>();
    out->adopt(saved->segment());
    start.system.push_back(now_s() - opening);
  }
  print(start);
  const auto stats = out->stats();
  if (stats.indicators != indicators) give_up("the saved set is not whole");
  const auto each = [&](double bytes) { return bytes / static_cast<double>(indicators); };
  const auto resident = static_cast<double>(stats.memory_bytes),
             mapped = static_cast<double>(stats.mapped_bytes);
  print({"sensor-memory-" + size, "B/indicator", {each(resident)}, {bytes_per_indicator_max}, 1, false});
  print({"sensor-memory-mapped-" + size, "B/indicator", {each(mapped)}});
  print({"sensor-memory-framing-" + size, "B/indicator", {each(resident + mapped - own_text)}});
  return out;
}

/// Milliseconds of each of many single changes to a large set.
void measure_changes(match::IndicatorSet& set, std::uint64_t size) {
  Row row{"change-p99", "ms", {}, {10}, 1, false};
  std::vector<double> took_ms;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const auto fresh = indicator(size + i);
    const auto old = indicator(i * 37 % size).id;
    const double start = now_s();
    if (!set.add(fresh)) give_up("an indicator was not added");
    const double middle = now_s();
    set.remove(CircleId{1}, old);
    took_ms.push_back((middle - start) * 1e3);
    took_ms.push_back((now_s() - middle) * 1e3);
  }
  row.system = {quantile(took_ms, 0.99)};
  print(row);
}

/// For the whole program and for grep: the log, and the first 10 thousand indicators as objects and as text.
void write_inputs(const Arguments& arguments, const std::string& log) {
  if (arguments.text_or("write-log", "").empty()) return;
  std::ofstream{arguments.text("write-log")} << log;
  std::ofstream values{arguments.text("write-values")}, objects{arguments.text("write-indicators")};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto [path, text] = value(i);
    values << text << '\n';
    objects << R"({"type":"indicator","spec_version":"2.1","id":")" << indicator(i).id
            << R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",)"
            << R"("pattern":"[)" << stix::name(path) << " = '" << text
            << R"(']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"})" << '\n';
  }
}

void run(const Arguments& arguments) {
  const double seconds = static_cast<double>(arguments.number_or("seconds", 1));
  // Planted are domains of the first 10 thousand indicators: numbers whose last two digits, mod 20, are
  // below 8.
  auto mix = zeek_mix(arguments.number_or("megabytes", 200) << 20,
                      [](std::uint64_t n) { return bad_domain(n % 500 * 20 + n % 8); });
  write_inputs(arguments, mix.text);
  const auto bytes = mix.text.size();
  mix.text.append(observe::Reader::padding_bytes, ' ');
  const auto text = std::string_view{mix.text}.substr(0, bytes);

  const auto now = system_clock().now();
  const auto must_find = [&](std::size_t found) {
    if (found != mix.planted)
      give_up(std::to_string(found) + " hits where " + std::to_string(mix.planted) + " were planted");
  };

  struct Size {
    std::string name;
    std::uint64_t indicators;
    double target;
  };
  std::vector<Size> sizes = {{"10k", 10'000, 0.65}, {"1M", 1'000'000, 0.6}};
  const auto set_path = arguments.text_or("set", "./saved-set.tmp");
  if (arguments.number_or("ten-million", 0) != 0) sizes.push_back({"10M", 10'000'000, 0.5});
  std::vector<std::unique_ptr<match::IndicatorSet>> sets;
  std::vector<Row> rows;
  for (const auto& size : sizes) {
    auto filled = std::make_unique<match::IndicatorSet>();
    const double own_text = fill(*filled, size.indicators);
    if (size.indicators > 10'000)
      filled = measure_saved(*filled, set_path, size.name, size.indicators, own_text);
    sets.push_back(std::move(filled));
    rows.push_back({"scan-" + size.name, "GB/cpu-s", {}, {}, size.target});
  }
  {  // 10 thousand values and a thousand patterns; the largest set stays the last
    auto filled = std::make_unique<match::IndicatorSet>();
    fill(*filled, 10'000);
    std::vector<match::Indicator> patterns;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      patterns.push_back(indicator(1'000'000'000 + i));
      make_pattern(patterns.back(), i);
    }
    const double begin = now_s();
    filled->add(patterns);
    const double added = now_s();
    filled->settle();
    print({"patterns-1k-add", "s", {added - begin}, {}, 0, false});
    print({"patterns-1k-index", "s", {now_s() - added}, {}, 0, false});
    sets.insert(sets.begin(), std::move(filled));
    rows.insert(rows.begin(), Row{"scan-10k-and-1k-patterns", "GB/cpu-s", {}, {}, 0.4});
  }
  auto& largest = *sets.back();
  Row two{"scan-two-threads", "GB/s", {}, {}, 1.9};
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 5); ++round) {
    std::size_t sum = 0;
    const auto limit = speed(bytes, seconds, [&] { sum += extract_all(text); });
    if (sum == 0) give_up("nothing was extracted");
    Speed one_thread;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      one_thread = speed(bytes, seconds, [&] { must_find(scan_all(text, *sets[i], now)); });
      rows[i].limit.push_back(limit.cpu);
      rows[i].system.push_back(one_thread.cpu);
    }
    two.limit.push_back(one_thread.clock);
    two.system.push_back(speed(bytes, seconds, [&] { must_find(scan_halves(text, largest, now)); }).clock);
  }
  rows.push_back(two);
  for (const auto& row : rows) print(row);
  measure_changes(largest, sizes.back().indicators);
  std::remove(set_path.c_str());
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
