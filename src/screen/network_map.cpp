#include "screen/network_map.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace tocsin::screen {
namespace {

using match::Network;
using Point = std::array<std::uint8_t, 16>;

Point last_of(const Network& network) {
  Point last = network.bytes;
  for (int bit = network.bits; bit < network.bits_max(); ++bit) {
    auto& byte = last[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte | 0x80U >> (bit % 8));
  }
  return last;
}

/// The point behind `point`; none behind the last of the family.
std::optional<Point> next(Point point, bool v6) {
  for (std::size_t i = v6 ? 16 : 4; i > 0; --i)
    if (++point[i - 1] != 0) return point;
  return std::nullopt;
}

}  // namespace

NetworkMap::NetworkMap(std::vector<std::pair<Network, Label>> networks) {
  // Outer networks before inner ones.
  std::sort(networks.begin(), networks.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.v6, a.first.bytes, a.first.bits, a.second) <
           std::tie(b.first.v6, b.first.bytes, b.first.bits, b.second);
  });
  std::map<std::vector<Label>, std::uint32_t> known{{{}, 0}};
  std::vector<std::pair<Network, Label>> open;  // those that hold the point we stand at, outer first
  const auto begin_interval = [&](const Point& first, bool v6) {
    std::vector<Label> labels;
    for (const auto& [network, label] : open) labels.push_back(label);
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    const auto [at, fresh] = known.try_emplace(labels, static_cast<std::uint32_t>(sets_.size()));
    if (fresh) sets_.push_back(std::move(labels));
    auto& intervals = intervals_[v6 ? 1 : 0];
    if (!intervals.empty() && intervals.back().first == first)
      intervals.back().set = at->second;
    else
      intervals.push_back({first, at->second});
  };
  const auto close_last = [&] {
    const Network closed = open.back().first;
    open.pop_back();
    if (const auto after = next(last_of(closed), closed.v6)) begin_interval(*after, closed.v6);
  };
  for (const auto& entry : networks) {
    while (!open.empty() && !open.back().first.contains(entry.first)) close_last();
    open.push_back(entry);
    begin_interval(entry.first.bytes, entry.first.v6);
  }
  while (!open.empty()) close_last();
}

std::vector<NetworkMap::Label> NetworkMap::touching(const Network& network) const {
  const auto& intervals = intervals_[network.v6 ? 1 : 0];
  const Point last = last_of(network);
  auto at =
      std::upper_bound(intervals.begin(), intervals.end(), network.bytes,
                       [](const Point& point, const Interval& interval) { return point < interval.first; });
  if (at != intervals.begin()) --at;
  std::vector<std::uint32_t> sets;
  for (; at != intervals.end() && at->first <= last; ++at) {
    const bool before = std::next(at) != intervals.end() && std::next(at)->first <= network.bytes;
    if (!before && at->set != 0) sets.push_back(at->set);
  }
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  std::vector<Label> labels;
  for (const auto set : sets) labels.insert(labels.end(), sets_[set].begin(), sets_[set].end());
  if (sets.size() > 1) {
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  }
  return labels;
}

}  // namespace tocsin::screen
