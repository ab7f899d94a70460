#include "sensor/restraint.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::sensor {

Restraint::Judgement Restraint::judge(const Found& found, const Describe& describe, std::uint64_t records,
                                      Timestamp now) {
  Judgement out;
  out.held = harmless_->check(value_of(found.hit.path, found.hit.value));
  if (out.held) {
    ++held_back_;
    out.outcome = Outcome::held_back;
    return out;
  }
  if (options_.alert_min_confidence > 0) {
    const auto weight = weight_of(found, describe);
    if (weight && *weight < options_.alert_min_confidence) {
      ++below_confidence_;
      out.outcome = Outcome::below_confidence;
      return out;
    }
  }
  bool all_muted = true;
  for (const auto& source : found.hit.sources) {
    auto answer = breaker_.hit(source.circle, source.id, source.name, found.hit.value, records, now);
    if (answer.change) out.changes.push_back(*std::move(answer.change));
    all_muted = all_muted && answer.muted;
  }
  if (all_muted) {
    ++muted_;
    out.outcome = Outcome::muted;
  }
  return out;
}

std::vector<Breaker::Change> Restraint::tend(std::uint64_t records, Timestamp now) {
  harmless_->look();
  return breaker_.tend(records, now);
}

json::Object Restraint::status(Timestamp now, const std::function<std::string(CircleId)>& circle_name) const {
  json::Array top, muted;
  constexpr std::size_t most = 10;
  std::size_t number = 0;
  for (const auto& one : breaker_.top(most, now)) {
    json::Object line{{"indicator", one.id}, {"name", one.name},      {"circle", circle_name(one.circle)},
                      {"hits", one.hits},    {"hour", one.hits_hour}, {"muted", one.muted}};
    if (one.muted) {
      auto with_reason = line;
      with_reason["why"] = one.why;
      muted.push_back(std::move(with_reason));
    }
    if (number++ < most) top.push_back(std::move(line));
  }
  return {
      {"hits",
       json::Object{{"total", breaker_.hits()}, {"hour", breaker_.hits_hour(now)}, {"top", std::move(top)}}},
      {"muted", json::Object{{"alerts", muted_.load()}, {"indicators", std::move(muted)}}},
      {"below_confidence", below_confidence_.load()},
      {"harmless", harmless_->status()}};
}

std::string muted_line(const Breaker::Change& change, const std::string& circle_name, Timestamp now) {
  return json::dump(json::Object{{"type", change.muted ? "muted" : "unmuted"},
                                 {"time", to_rfc3339(now)},
                                 {"indicator", change.id},
                                 {"name", change.name},
                                 {"circle_name", circle_name},
                                 {"value", change.value},
                                 {"why", change.why},
                                 {change.muted ? "hits" : "hits_while_muted", change.hits},
                                 {"sources", json::Array{json::Object{{"indicator", change.id},
                                                                      {"name", change.name},
                                                                      {"circle_name", circle_name}}}}}) +
         "\n";
}

}  // namespace tocsin::sensor
