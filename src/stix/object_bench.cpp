// Question: what does an accepted object cost over the bare DOM parse of the same bytes, kept and only
// checked? Budget: 4 times the bare parse; one core, objects of 875 bytes, in batches of a thousand.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

constexpr std::size_t batch = 1000;

/// An indicator of 875 bytes, of the shape that feeds have most; `number` keeps ids and values apart.
std::string indicator(std::size_t number) {
  auto digits = std::to_string(100'000'000'000 + number);
  std::string json =
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-)" + digits +
      R"(","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","created":"2026-04-06T20:03:48.000Z",)"
      R"("modified":"2026-04-06T20:03:48.000Z","indicator_types":["malicious-activity"],"name":"Command and control )" +
      digits + R"(","pattern":"[domain-name:value = 'c2-)" + digits +
      R"(.example.com']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","confidence":80,)"
      R"("labels":["c2","remote-access-trojan"],"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],)"
      R"("external_references":[{"source_name":"report","url":"https://example.com/reports/2026/04/one-more-campaign"}],)"
      R"("description":")";
  json.resize(873, 'x');
  return json + R"("})";
}

std::string bundle() {
  std::string json = R"({"type":"bundle","id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","objects":[)";
  for (std::size_t i = 0; i < batch; ++i) json += (i == 0 ? "" : ",") + indicator(i);
  return json + "]}";
}

void count(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void bare_dom_parse(benchmark::State& state) {
  const auto body = bundle();
  const simdjson::padded_string padded{body};
  simdjson::dom::parser parser;
  for (auto _ : state) {
    auto document = parser.parse(padded);
    if (document.error() != simdjson::SUCCESS) state.SkipWithError("the bundle is no JSON");
    benchmark::DoNotOptimize(document);
  }
  count(state, body.size());
}
BENCHMARK(bare_dom_parse);

void parse_submission(benchmark::State& state) {
  const auto body = bundle();
  Parser parser;
  for (auto _ : state) {
    auto parsed = parser.parse_submission(body);
    if (!parsed || parsed->size() != batch || !parsed->back().object)
      state.SkipWithError("refused: the timing means nothing");
    benchmark::DoNotOptimize(parsed);
  }
  count(state, body.size());
}
BENCHMARK(parse_submission);

void validate(benchmark::State& state) {
  const auto body = bundle();
  Parser parser;
  for (auto _ : state) {
    auto verdicts = parser.validate(body);
    if (!verdicts || verdicts->objects != batch || verdicts->refused != 0)
      state.SkipWithError("refused: the timing means nothing");
    benchmark::DoNotOptimize(verdicts);
  }
  count(state, body.size());
}
BENCHMARK(validate);

}  // namespace
}  // namespace tocsin::stix
