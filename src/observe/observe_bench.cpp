/// Question: how much of a bare simdjson extraction's speed does a whole observation keep?
/// The bare side walks the same lines with the same parser and takes the same fields as text, and does
/// nothing with them. Both run in this program; the ratio is printed by `ratio`.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "observe/reader.hpp"

namespace tocsin::observe {
namespace {

struct Lines {
  std::string block;  // padded
  std::vector<std::string_view> each;
};

std::string word(std::mt19937& random, std::size_t letters) {
  std::string text;
  for (std::size_t i = 0; i < letters; ++i) text += static_cast<char>('a' + random() % 26);
  return text;
}

/// Conn, dns and http records as Zeek writes them, in the mix of an office network: 6 to 3 to 1.
Lines zeek_lines(std::size_t count) {
  std::mt19937 random{7};
  const auto number = [&](unsigned below) { return std::to_string(random() % below); };
  const auto address = [&] {
    return number(223) + '.' + number(256) + '.' + number(256) + '.' + number(256);
  };
  Lines lines;
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = i % 10;
    const std::string log = kind < 6 ? "conn" : kind < 9 ? "dns" : "http";
    std::string line = "{\"_path\":\"" + log + "\",\"ts\":15919" + number(90000) + "." + number(1000000) +
                       ",\"uid\":\"C" + word(random, 17) + "\",\"id.orig_h\":\"" + address() +
                       "\",\"id.orig_p\":" + number(65536) + ",\"id.resp_h\":\"" + address() +
                       "\",\"id.resp_p\":" + number(65536);
    if (log == "conn")
      line +=
          ",\"proto\":\"tcp\",\"service\":\"ssl\",\"duration\":0." + number(1000000) +
          ",\"orig_bytes\":" + number(9999) + ",\"resp_bytes\":" + number(999999) +
          ",\"conn_state\":\"SF\",\"local_orig\":true,\"local_resp\":false,\"missed_bytes\":0,\"history\":"
          "\"ShADadFf\",\"orig_pkts\":" +
          number(99) + ",\"orig_ip_bytes\":" + number(9999) + ",\"resp_pkts\":" + number(99) +
          ",\"resp_ip_bytes\":" + number(99999) + "}";
    else if (log == "dns")
      line +=
          ",\"proto\":\"udp\",\"trans_id\":" + number(65536) + ",\"rtt\":0." + number(99999) +
          ",\"query\":\"" + word(random, 8) + "." + word(random, 9) +
          ".com\",\"qclass\":1,\"qclass_name\":\"C_INTERNET\",\"qtype\":1,\"qtype_name\":\"A\",\"rcode\":0,"
          "\"rcode_name\":\"NOERROR\",\"AA\":false,\"TC\":false,\"RD\":true,\"RA\":true,\"Z\":0,\"answers\":["
          "\"" +
          address() + "\",\"" + address() + "\"],\"TTLs\":[300.0,300.0],\"rejected\":false}";
    else
      line +=
          ",\"trans_depth\":1,\"method\":\"GET\",\"host\":\"" + word(random, 10) + ".com\",\"uri\":\"/" +
          word(random, 30) +
          "\",\"version\":\"1.1\",\"user_agent\":\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
          "AppleWebKit/537.36 "
          "(KHTML, like Gecko) Chrome/120.0 Safari/537.36\",\"request_body_len\":0,\"response_body_len\":" +
          number(99999) + ",\"status_code\":200,\"status_msg\":\"OK\",\"tags\":[],\"resp_fuids\":[\"F" +
          word(random, 16) + "\"],\"resp_mime_types\":[\"text/html\"]}";
    lines.block += line;
    ends.push_back(lines.block.size());
    lines.block += '\n';
  }
  lines.block.append(Reader::padding_bytes, '\0');
  std::size_t begin = 0;
  for (const auto end : ends) {
    lines.each.push_back(std::string_view{lines.block}.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

const Lines& test_lines() {
  static const Lines lines = zeek_lines(100'000);
  return lines;
}

namespace ondemand = simdjson::ondemand;

/// The fields that a look-up needs, taken as text and looked at no further.
std::size_t extract(ondemand::parser& parser, std::string_view line) {
  std::size_t sum = 0;
  const simdjson::padded_string_view padded{line.data(), line.size(), line.size() + Reader::padding_bytes};
  ondemand::document document;
  ondemand::object members;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(members) != simdjson::SUCCESS)
    return 0;
  for (auto member : members) {
    ondemand::field field;
    if (std::move(member).get(field) != simdjson::SUCCESS) return 0;
    const auto key = field.key();
    if (key == "id.orig_h" || key == "id.resp_h" || key == "query" || key == "host" || key == "uri" ||
        key == "user_agent" || key == "proto" || key == "service") {
      std::string_view text;
      if (field.value().get_string().get(text) == simdjson::SUCCESS) sum += text.size();
    } else if (key == "id.orig_p" || key == "id.resp_p" || key == "ts") {
      sum += field.value().raw_json_token().size();
    } else if (key == "answers") {
      ondemand::array answers;
      if (field.value().get_array().get(answers) != simdjson::SUCCESS) continue;
      for (auto answer : answers) {
        std::string_view text;
        if (answer.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
      }
    }
  }
  return sum;
}

std::size_t extract_all(ondemand::parser& parser) {
  std::size_t sum = 0;
  for (const auto line : test_lines().each) sum += extract(parser, line);
  return sum;
}

std::size_t observe_all(Reader& reader, stix::Observation& out) {
  std::size_t values = 0;
  for (const auto line : test_lines().each)
    if (reader.read_padded(line, out)) values += out.values().size();
  return values;
}

void set_rates(benchmark::State& state) {
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(test_lines().block.size()));
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(test_lines().each.size()));
}

void bare_extraction(benchmark::State& state) {
  ondemand::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(extract_all(parser));
  set_rates(state);
}
BENCHMARK(bare_extraction)->Unit(benchmark::kMillisecond);

void zeek_json(benchmark::State& state) {
  Reader reader{Format::zeek_json};
  stix::Observation out;
  for (auto _ : state)
    if (observe_all(reader, out) < test_lines().each.size()) state.SkipWithError("lines were not read");
  set_rates(state);
}
BENCHMARK(zeek_json)->Unit(benchmark::kMillisecond);

/// Both in turn, so that a busy machine disturbs both; the median round counts.
void ratio(benchmark::State& state) {
  ondemand::parser parser;
  Reader reader;
  stix::Observation out;
  std::vector<double> ratios;
  using Clock = std::chrono::steady_clock;
  for (auto _ : state) {
    const auto start = Clock::now();
    benchmark::DoNotOptimize(extract_all(parser));
    const auto middle = Clock::now();
    benchmark::DoNotOptimize(observe_all(reader, out));
    ratios.push_back((middle - start) / std::chrono::duration<double>(Clock::now() - middle));
  }
  std::sort(ratios.begin(), ratios.end());
  state.counters["of_bare_extraction"] = ratios[ratios.size() / 2];
}
BENCHMARK(ratio)->Iterations(31)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tocsin::observe
