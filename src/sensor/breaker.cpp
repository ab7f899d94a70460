#include "sensor/breaker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::sensor {
namespace {

std::int64_t minute_of(Timestamp time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

void Breaker::Hour::add(Timestamp now) {
  ++minutes_[minute_of(now)];
  while (minutes_.size() > 61) minutes_.erase(minutes_.begin());
}

std::uint64_t Breaker::Hour::sum(Timestamp now) const {
  std::uint64_t out = 0;
  for (auto at = minutes_.upper_bound(minute_of(now) - 60); at != minutes_.end(); ++at) out += at->second;
  return out;
}

bool Breaker::is_too_much(const One& one, std::uint64_t records) const {
  const auto seen =
      std::max<std::uint64_t>(records - std::min(records, one.window_records) + 1, one.window_hits);
  return one.window_hits > options_.hits_max && one.window_hits * 100 > seen * options_.share_percent;
}

void Breaker::renew(One& one, std::uint64_t records, Timestamp now) const {
  if (now - one.window_begin < options_.window && now >= one.window_begin) return;
  one.window_begin = now;
  one.window_records = records;
  one.window_hits = 0;
}

Breaker::Answer Breaker::hit(CircleId circle, std::string_view id, std::string_view name,
                             std::string_view value, std::uint64_t records, Timestamp now) {
  const std::scoped_lock lock{mutex_};
  std::pair key{circle, std::string{id}};
  auto found = all_.find(key);
  if (found == all_.end()) {
    if (all_.size() >= options_.indicators_max) return {};
    found = all_.emplace(key, One{}).first;
    found->second.name = name;
    found->second.value = value;
  }
  auto& one = found->second;
  ++one.hits;
  one.hour.add(now);
  ++hits_;
  hour_.add(now);
  renew(one, records, now);
  ++one.window_hits;
  if (!is_too_much(one, records)) {
    if (one.muted) ++one.muted_hits;
    return {one.muted, std::nullopt};
  }
  one.loud = now;
  if (one.muted) {
    ++one.muted_hits;
    return {true, std::nullopt};
  }
  if (options_.share_percent >= 100 || kept_.contains(id)) return {};
  one.muted = true;
  one.muted_hits = 1;
  muted_.insert(key);
  const auto seen =
      std::max<std::uint64_t>(records - std::min(records, one.window_records) + 1, one.window_hits);
  one.why =
      fmt::format("hit {} of {} records within {} s, which is more than {} times and {} %", one.window_hits,
                  seen, options_.window.count(), options_.hits_max, options_.share_percent);
  return {true, Change{circle, key.second, one.name, std::string{value}, one.why, one.window_hits, true}};
}

std::vector<Breaker::Change> Breaker::tend(std::uint64_t records, Timestamp now) {
  const std::scoped_lock lock{mutex_};
  std::vector<Change> out;
  for (auto at = muted_.begin(); at != muted_.end();) {
    auto& one = all_.at(*at);
    renew(one, records, now);
    if (one.muted && now - one.loud < options_.calm) {
      ++at;
      continue;
    }
    const bool by_hand = kept_.contains(at->second);
    out.push_back(
        {at->first, at->second, one.name, one.value,
         by_hand ? "by hand" : fmt::format("its rate has been lower for {} s", options_.calm.count()),
         one.muted_hits, false});
    one.muted = false;
    one.why.clear();
    at = muted_.erase(at);
  }
  return out;
}

bool Breaker::unmute(std::string_view id) {
  const std::scoped_lock lock{mutex_};
  bool any = false;
  for (const auto& key : muted_) {
    if (key.second != id) continue;
    all_.at(key).muted = false;  // tend() tells of it
    any = true;
  }
  if (any) kept_.emplace(id);
  return any;
}

std::vector<Breaker::Top> Breaker::top(std::size_t most, Timestamp now) const {
  const std::scoped_lock lock{mutex_};
  std::vector<std::pair<std::uint64_t, const std::pair<const std::pair<CircleId, std::string>, One>*>> order;
  for (const auto& entry : all_) order.emplace_back(entry.second.hits, &entry);
  most = std::min(most, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Top> out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& [key, one] = *order[i].second;
    if (i < most || one.muted)
      out.push_back({key.first, key.second, one.name, one.why, one.hits, one.hour.sum(now), one.muted});
  }
  return out;
}

std::uint64_t Breaker::hits() const {
  const std::scoped_lock lock{mutex_};
  return hits_;
}

std::uint64_t Breaker::hits_hour(Timestamp now) const {
  const std::scoped_lock lock{mutex_};
  return hour_.sum(now);
}

}  // namespace tocsin::sensor
