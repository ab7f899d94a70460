#include "screen/network_map.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tocsin::screen {
namespace {

using match::Network;

// Goal:   exactly the networks that overlap are named.
// Method: random nested networks in a small space, IPv4 and IPv6, and the two ends of the line, against a
// plain loop.
TEST(NetworkMap, NamesExactlyWhatOverlaps) {
  std::mt19937 random{7};
  const auto below = [&](std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>{0, limit - 1}(random);
  };
  const auto network = [&] {
    Network out;
    out.v6 = below(2) == 0;
    out.bits = static_cast<std::uint8_t>(out.bits_max());
    for (std::size_t i = 0; i < (out.v6 ? 16U : 4U); ++i)
      out.bytes[i] = std::array<std::uint8_t, 4>{0, 1, 128, 255}[below(4)];
    return out.shortened(static_cast<int>(below(static_cast<std::uint32_t>(out.bits_max()) + 1)));
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<Network, NetworkMap::Label>> listed;
    for (auto left = below(60); left > 0; --left) listed.emplace_back(network(), below(10));
    const NetworkMap map{listed};
    for (int i = 0; i < 100; ++i) {
      const Network asked = network();
      std::set<NetworkMap::Label> expected;
      for (const auto& [one, label] : listed)
        if (one.overlaps(asked)) expected.insert(label);
      ASSERT_EQ(map.touching(asked), std::vector<NetworkMap::Label>(expected.begin(), expected.end()))
          << to_text(asked);
    }
  }
}

TEST(NetworkMap, EmptyNamesNothing) {
  EXPECT_TRUE(NetworkMap{}.touching(*match::parse_network("0.0.0.0/0")).empty());
}

}  // namespace
}  // namespace tocsin::screen
