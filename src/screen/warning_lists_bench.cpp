// Question: what does it cost to ask all warning lists about one value? Budget: 2 µs.
// The lists are made here, of the sizes that the MISP collection has: 60,000 single addresses, 25,000
// networks, 33,000 exact names, 16,000 hosts, 8,000 parts of mail domains.

#include <benchmark/benchmark.h>

#include <string>

#include "screen/warning_lists.hpp"

namespace tocsin::screen {
namespace {

const WarningLists& large_lists() {
  static const WarningLists lists = [] {
    using Type = WarningList::Type;
    std::vector<WarningList> out = built_in_warning_lists();
    const auto add = [&](std::string id, Type type, std::uint32_t kinds, std::uint32_t count, auto entry) {
      WarningList list{id, id, "", 1, type, kinds, {}};
      for (std::uint32_t i = 0; i < count; ++i) list.entries.push_back(entry(i));
      out.push_back(std::move(list));
    };
    const auto dotted = [](std::uint32_t address) {
      return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
             std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
    };
    const auto addresses = bit_of(stix::ValueKind::ipv4) | bit_of(stix::ValueKind::ipv6);
    const auto names = bit_of(stix::ValueKind::domain);
    add("resolvers", Type::cidr, addresses, 60'000, [&](std::uint32_t i) { return dotted(i * 2654435761U); });
    for (std::uint32_t part = 0; part < 25; ++part)
      add("cloud" + std::to_string(part), Type::cidr, addresses, 1000, [&](std::uint32_t i) {
        return dotted((i + part * 1000) * 2246822519U) + "/" + std::to_string(14 + i % 16);
      });
    add("top", Type::string, names, 33'000,
        [](std::uint32_t i) { return "top" + std::to_string(i) + ".com"; });
    add("hosts", Type::hostname, names, 16'000,
        [](std::uint32_t i) { return "host" + std::to_string(i) + ".net"; });
    add("mail", Type::substring, bit_of(stix::ValueKind::email), 8'000,
        [](std::uint32_t i) { return "drop" + std::to_string(i) + ".org"; });
    return WarningLists{std::move(out)};
  }();
  return lists;
}

void check(benchmark::State& state, const char* typed) {
  const auto value = stix::recognise_value(typed);
  const auto& lists = large_lists();
  std::size_t found = 0;
  for (auto _ : state) found += lists.check(value).size();
  benchmark::DoNotOptimize(found);
}
BENCHMARK_CAPTURE(check, unlisted_domain, "login.bank-security.evil.ru");
BENCHMARK_CAPTURE(check, listed_domain, "a.b.host77.net");
BENCHMARK_CAPTURE(check, unlisted_address, "45.13.7.99");
BENCHMARK_CAPTURE(check, listed_address, "8.8.8.8");
BENCHMARK_CAPTURE(check, hash, "900150983cd24fb0d6963f7d28e17f72");
BENCHMARK_CAPTURE(check, url, "http://login.bank-security.evil.ru/gate/index.php?id=7");
BENCHMARK_CAPTURE(check, email, "invoice@bank-security.evil.ru");

}  // namespace
}  // namespace tocsin::screen
