#include "signin/ceremonies.hpp"

#include <algorithm>
#include <cmath>

namespace tocsin::signin {

Attempts::Bucket& Attempts::fill(const std::string& address) {
  const auto now = clock_.steady_now();
  const auto full_at = [&](const Bucket& bucket) {
    return bucket.left + std::chrono::duration<double>(now - bucket.at) / each >= burst;
  };
  if (buckets_.size() >= addresses_max && !buckets_.contains(address)) {
    // A full bucket says nothing that a new one would not.
    std::erase_if(buckets_, [&](const auto& one) { return full_at(one.second); });
    if (buckets_.size() >= addresses_max) buckets_.erase(buckets_.begin());
  }
  auto& bucket = buckets_.try_emplace(address, Bucket{burst, now}).first->second;
  bucket.left = std::min(burst, bucket.left + std::chrono::duration<double>(now - bucket.at) / each);
  bucket.at = now;
  return bucket;
}

std::optional<std::chrono::seconds> Attempts::take(const std::string& address) {
  const std::scoped_lock lock{mutex_};
  auto& bucket = fill(address);
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  const auto seconds = std::ceil((1 - bucket.left) * static_cast<double>(each.count()));
  return std::chrono::seconds{std::max(1L, static_cast<long>(seconds))};
}

void Attempts::give_back(const std::string& address) {
  const std::scoped_lock lock{mutex_};
  auto& bucket = fill(address);
  bucket.left = std::min(burst, bucket.left + 1);
}

}  // namespace tocsin::signin
