#pragma once

/// Times as the few figures that people compare.
/// Units:   those of what is given. Threads: pure functions.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace tocsin::demo {

struct Figures {
  std::size_t count = 0;
  double p50 = 0, p90 = 0, p99 = 0, most = 0;
};

/// The pth percentile is the smallest of the times that p in 100 of them do not exceed.
inline Figures figures_of(std::vector<double> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(times.size())));
    return times[std::max<std::size_t>(rank, 1) - 1];
  };
  return {times.size(), at(0.50), at(0.90), at(0.99), times.back()};
}

}  // namespace tocsin::demo
