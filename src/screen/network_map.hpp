#pragma once

/// From an address or network to the labels of all listed networks that touch it, with one binary search.
///
/// Networks nest or lie apart, so the line of all addresses falls into intervals of equal labels.
/// Threads: built by one thread, then read by many.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "match/address.hpp"

namespace tocsin::screen {

class NetworkMap {
 public:
  using Label = std::uint32_t;

  NetworkMap() = default;
  explicit NetworkMap(std::vector<std::pair<match::Network, Label>> networks);

  /// Labels of the networks that contain `network` or lie in it, each once, ascending.
  std::vector<Label> touching(const match::Network& network) const;

 private:
  using Point = std::array<std::uint8_t, 16>;
  struct Interval {
    Point first;        // up to the next interval's
    std::uint32_t set;  // into sets_
  };

  std::vector<std::vector<Label>> sets_ = {{}};     // number 0: none
  std::array<std::vector<Interval>, 2> intervals_;  // IPv4, IPv6
};

}  // namespace tocsin::screen
