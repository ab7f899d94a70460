#pragma once

/// What everybody's logs are full of, as a record: for patterns that name no value and can only be tried.
///
/// Contract: holds what the lists' entries mean as objects: names (and names below them), addresses with
///           ordinary connections to them, hashes. Of long lists a part, evenly chosen: at most
///           `entries_most`.
/// Threads:  never changed once made.

#include <string_view>
#include <vector>

#include "pattern/observation.hpp"

namespace tocsin::screen {

class Probes {
 public:
  static constexpr std::size_t entries_most = 1000;

  /// `text`: a name, an address or network, a hash.
  void add(std::string_view text);
  const pattern::Observation& record() const { return record_; }

 private:
  void add_object(json::Object object);
  pattern::Observation record_;
  std::size_t number_ = 0;
};

}  // namespace tocsin::screen
