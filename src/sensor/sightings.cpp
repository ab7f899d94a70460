#include "sensor/sightings.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "net/server.hpp"

namespace tocsin::sensor {
namespace {

/// STIX times of an object's version carry milliseconds.
std::string to_millis_text(Timestamp time) {
  auto text = to_rfc3339(time);
  return text.replace(text.size() - 4, 4, "Z");
}

}  // namespace

std::optional<SightingSum> SightingSums::add(const std::string& circle, std::string_view indicator,
                                             Timestamp now) {
  std::pair key{circle, std::string{indicator}};
  const auto found = sums_.find(key);
  if (found == sums_.end()) {
    if (sums_.size() >= indicators_max) {
      ++left_out_;
      return std::nullopt;
    }
    SightingSum first{circle, key.second, 1, now, now, {}};
    sums_.emplace(std::move(key), Open{now, {circle, first.indicator, 0, {}, {}, {}}});
    return first;
  }
  auto& sum = found->second.sum;
  if (sum.count++ == 0) sum.first = now;
  sum.last = now;
  return std::nullopt;
}

std::vector<SightingSum> SightingSums::due(Timestamp now) {
  std::vector<SightingSum> out;
  for (auto at = sums_.begin(); at != sums_.end();) {
    auto& [since, sum] = at->second;
    if (now - since < window) {
      ++at;
    } else if (sum.count == 0) {
      at = sums_.erase(at);
    } else {
      out.push_back(sum);
      sum.count = 0;
      since = now;
      ++at;
    }
  }
  return out;
}

std::vector<SightingSum> SightingSums::rest() {
  std::vector<SightingSum> out;
  for (auto& [key, open] : sums_)
    if (open.sum.count > 0) out.push_back(std::move(open.sum));
  sums_.clear();
  return out;
}

std::string sighting_body(const SightingSum& sum, bool named, const std::string& creator, Timestamp now) {
  const auto time = to_millis_text(now);
  json::Object sighting{{"type", "sighting"},
                        {"spec_version", "2.1"},
                        {"id", "sighting--" + uuid4()},
                        {"created", time},
                        {"modified", time},
                        {"first_seen", to_millis_text(sum.first)},
                        {"last_seen", to_millis_text(sum.last)},
                        {"count", std::min<std::uint64_t>(sum.count, 999'999'999)},
                        {"sighting_of_ref", sum.indicator}};
  if (named && !creator.empty()) sighting["created_by_ref"] = creator;
  if (!sum.wrong.empty()) sighting["description"] = sum.wrong;
  return json::dump(json::Object{{"sighting", std::move(sighting)},
                                 {"kind", sum.wrong.empty() ? "seen" : "false-positive"},
                                 {"named", named}});
}

SightingSender::SightingSender(Options options, const Clock& clock)
    : options_{std::move(options)}, clock_{clock}, client_{options_.client}, thread_{[this] { run(); }} {}

bool SightingSender::send(SightingSum sum) {
  auto body = sighting_body(sum, options_.named, options_.creator, clock_.now());
  {
    const std::scoped_lock lock{mutex_};
    if (stopping_ || waiting_.size() >= options_.waiting_max) {
      ++counts_.dropped;
      return false;
    }
    waiting_.push_back({std::move(sum), std::move(body)});
  }
  changed_.notify_all();
  return true;
}

void SightingSender::stop(std::chrono::milliseconds grace) {
  {
    std::unique_lock lock{mutex_};
    if (!thread_.joinable()) return;
    changed_.wait_for(lock, grace, [this] { return waiting_.empty() && idle_; });
    stopping_ = true;
  }
  changed_.notify_all();
  client_.cancel();
  thread_.join();
}

SightingSender::Counts SightingSender::counts() const {
  const std::scoped_lock lock{mutex_};
  auto out = counts_;
  out.waiting = waiting_.size();
  return out;
}

void SightingSender::run() {
  auto wait = options_.wait_first;
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const auto next = waiting_.front();
    idle_ = false;
    lock.unlock();
    const auto outcome = post(next.sum, next.body);
    lock.lock();
    idle_ = true;
    if (outcome == Outcome::done) {
      waiting_.pop_front();
      wait = options_.wait_first;
      changed_.notify_all();
      continue;
    }
    changed_.wait_for(lock, wait, [this] { return stopping_; });
    wait = std::min(wait * 2, options_.wait_max);
  }
}

SightingSender::Outcome SightingSender::post(const SightingSum& sum, const std::string& body) {
  const auto answer =
      client_.request({.method = "POST",
                       .target = "/api/v1/circles/" + net::percent_encode(sum.circle) + "/sightings",
                       .headers = {{"Content-Type", "application/json"}},
                       .body = body});
  const std::scoped_lock lock{mutex_};
  if (!answer) {
    counts_.problem = answer.error().detail;
    return Outcome::again;
  }
  if (answer->status / 100 == 2) {
    ++counts_.sent;
    return Outcome::done;
  }
  counts_.problem = "the hub answers " + std::to_string(answer->status);
  const bool later = answer->status >= 500 || answer->status == 429 || answer->status == 408;
  if (later) return Outcome::again;
  ++counts_.refused;  // a circle's rule, a right, or an indicator that is gone
  return Outcome::done;
}

}  // namespace tocsin::sensor
