// Question: what does the screen cost beside the bare DOM parse of the same bytes? Budget: 50 MB/s of STIX
// and 20 MB/s of free text on one core, with all detectors.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "screen/screen.hpp"

namespace tocsin::screen {
namespace {

constexpr std::string_view us = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";

std::string indicator(std::size_t number, std::string_view more) {
  const auto digits = std::to_string(100'000'000'000 + number);
  std::string out =
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-)" + digits +
      R"(","created_by_ref":")" + std::string{us} +
      R"(","created":"2026-04-06T20:03:48.000Z","modified":"2026-04-06T20:03:48.000Z","indicator_types":["malicious-activity"],)"
      R"("pattern":"[domain-name:value = 'c2-)" +
      digits +
      R"(.evil.example' OR file:hashes.'SHA-256' = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']",)"
      R"("pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","confidence":80,"labels":["c2","remote-access-trojan"],)"
      R"("object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"])";
  return out.append(more) + "}";
}

std::vector<std::string> objects(std::string_view more) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < 1000; ++i) out.push_back(indicator(i, more));
  return out;
}

std::size_t bytes_of(const std::vector<std::string>& all) {
  std::size_t bytes = 0;
  for (const auto& one : all) bytes += one.size();
  return bytes;
}

void bare_parse(benchmark::State& state) {
  const auto all = objects("");
  simdjson::dom::parser parser;
  for (auto _ : state)
    for (const auto& one : all) benchmark::DoNotOptimize(parser.parse(one.data(), one.size()).error());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_of(all)));
}
BENCHMARK(bare_parse);

void screened(benchmark::State& state, std::string_view more) {
  const auto all = objects(more);
  const std::vector<std::string_view> views{all.begin(), all.end()};
  const auto screen = Screen::make(std::make_shared<Policy>(default_policy()),
                                   {.identities = {std::string{us}}, .key = "key"})
                          .value();
  const auto wanted = more.empty() ? Outcome::pass : Outcome::changed;
  for (auto _ : state) {
    const auto out = screen.screen_all(views);
    if (out.back().outcome != wanted) state.SkipWithError("the timing means nothing");
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_of(all)));
}
BENCHMARK_CAPTURE(screened, all_pass, "");
BENCHMARK_CAPTURE(screened, all_changed, R"(,"name":"Sent to bob@mail.example")");
// Each is written twice: as it leaves at once, and as it would with its text.
BENCHMARK_CAPTURE(screened, all_to_review, R"(,"description":"A person was told of it")");

void free_text(benchmark::State& state) {
  std::string text;
  while (text.size() < (1U << 20))
    text +=
        "On 2026-04-06 at 20:03 the analyst saw C2 traffic to 203.0.113.9:8443 "
        "(hxxps://evil[.]example/gate.php?id=7), file "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad in C:\\Windows\\Temp\\a.exe. The "
        "victim, "
        "bob@mail.example, was called at +1 415 555 0132. Nothing else was found on the host that day.\n";
  const Own own;
  for (auto _ : state) benchmark::DoNotOptimize(find(text, own));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(free_text);

}  // namespace
}  // namespace tocsin::screen
