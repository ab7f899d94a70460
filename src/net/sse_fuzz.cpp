// Goal: any cut of the same bytes gives the same events, and no bytes break the parser.

#include "net/sse.hpp"

#include <cstdint>
#include <vector>

#include "base/check.hpp"

namespace {

using tocsin::net::SseEvent;
using tocsin::net::SseParser;

struct Outcome {
  std::vector<std::string> events;
  bool good = true;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome parse(std::string_view bytes, NextSize next_size) {
  SseParser parser{200};
  Outcome outcome;
  while (!bytes.empty() && outcome.good) {
    const auto piece = bytes.substr(0, next_size());
    bytes.remove_prefix(piece.size());
    outcome.good = parser
                       .feed(piece,
                             [&](const SseEvent& event) {
                               outcome.events.push_back(event.name + '\0' + event.data + '\0' + event.id);
                               return true;
                             })
                       .has_value();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::uint32_t seed = data[0];
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const auto whole = parse(bytes, [&] { return bytes.size(); });
  const auto single = parse(bytes, [] { return std::size_t{1}; });
  const auto mixed = parse(bytes, [&] { return std::size_t{1} + (seed = seed * 1664525 + 1013904223) % 7; });
  TOCSIN_CHECK(whole == single && whole == mixed, "the cut of the bytes changes the events");
  return 0;
}
