#pragma once

/// What the tests of this folder share.

#include <gmock/gmock.h>

#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "pattern/matcher.hpp"

namespace tocsin::pattern {

/// An observation of objects given as JSON: the key of each is its "id", else its number from 0.
inline Observation observed(std::initializer_list<std::string_view> objects,
                            std::string_view first = "2020-01-01T00:00:00Z", std::string_view last = {}) {
  Observation observation;
  observation.first = parse_rfc3339(first).value();
  observation.last = last.empty() ? observation.first : parse_rfc3339(last).value();
  for (const auto text : objects) {
    auto object = json::parse_object(text).value();
    const auto key = json::text_or(object, "id", std::to_string(observation.objects().size()));
    observation.add(key, std::make_shared<json::Object>(std::move(object)));
  }
  return observation;
}

/// "match", "no match", or the error's detail.
inline std::string verdict(std::string_view pattern, const std::vector<Observation>& observations,
                           const Limits& limits = {}) {
  const auto plan = compile(pattern, limits);
  if (!plan) return plan.error().detail;
  const auto matched = match(*plan, observations);
  if (!matched) return matched.error().detail;
  return *matched ? "match" : "no match";
}

inline std::string verdict(std::string_view pattern, const Observation& observation) {
  return verdict(pattern, std::vector<Observation>{observation});
}

#ifdef TOCSIN_SOURCE_DIR  // a test; fuzzers have none
/// The lines of a file of the data beside the project; empty when it is not there.
inline std::vector<std::string> data_lines(const std::string& name) {
  std::ifstream file{std::string{TOCSIN_SOURCE_DIR} + "/../shared/data/" + name, std::ios::binary};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}
#endif

}  // namespace tocsin::pattern
