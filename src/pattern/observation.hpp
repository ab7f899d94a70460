#pragma once

/// Observed data as patterns see it: when, how often, and a small graph of cyber-observable objects.
///
/// Source:  STIX 2.1 §4.14 (observed data), §9.5 (an observation), §9.7.4 (which references are followed).
/// Time:    an observation happened at some instant from `first` to `last`. A condition on time holds when it
///          can hold: docs/patterns.md.
/// Units:   microseconds since 1970; what is finer is cut.
/// Threads: values; a reader belongs to one.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

namespace tocsin::pattern {

class Observation {
 public:
  using Object = std::shared_ptr<const json::Object>;

  std::string id;  ///< of the observed-data object; may be empty
  Timestamp first{}, last{};
  std::uint64_t count = 1;  ///< number_observed: it supplies as many observations

  /// `key` is what references name: the object's id, or its key in the deprecated dictionary.
  void add(std::string key, Object object) { objects_.insert_or_assign(std::move(key), std::move(object)); }
  const json::Object* find(std::string_view key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second.get();
  }
  const std::map<std::string, Object, std::less<>>& objects() const { return objects_; }

 private:
  std::map<std::string, Object, std::less<>> objects_;
};

/// Gathers objects in any order and makes observations of them: what an observed-data object refers to may
/// come before or after it, in the same bundle or not.
class ObservationReader {
 public:
  struct Limits {
    std::size_t objects_max = 1'000'000;  ///< held, of all types
  };
  ObservationReader() = default;
  explicit ObservationReader(Limits limits) : limits_{limits} {}

  /// One object, or a bundle of them. Of two objects with one id the one with the later `modified` stays,
  /// else the later one read. Errors: invalid_input names object and property, nothing is kept of it;
  /// overloaded names the limit.
  Status add(std::string_view text);

  /// All observations in the order in which they came. The reader is empty afterwards.
  std::vector<Observation> take();

 private:
  Status add(json::Object object);
  Status add_observed_data(json::Object object);

  struct Observed {
    Observation observation;  // without what stands elsewhere
    std::string modified;
    std::vector<std::string> refs;
  };
  Limits limits_;
  std::vector<Observed> observed_;
  std::map<std::string, std::size_t> by_id_;  // into observed_
  std::map<std::string, Observation::Object, std::less<>> objects_;
  std::size_t held_ = 0;
};

}  // namespace tocsin::pattern
