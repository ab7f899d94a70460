#pragma once

/// What a saved set does not say of its circle by itself: where it stands, under which rules, and which ids
/// are known but never match. One line of JSON in the file (docs/formats/sensor-state.md).
///
/// Errors:  invalid_input. Threads: pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "match/indicator.hpp"
#include "push/client_event.hpp"
#include "sensor/lifetime.hpp"

namespace tocsin::sensor {

struct SavedState {
  /// Revoked, or not evaluable for `reason`.
  struct Beside {
    std::string id, version, name, reason;
    Sequence sequence;
    bool revoked = false;
  };
  push::Position position;
  std::string uuid;
  match::DomainMatch domains = match::DomainMatch::exact;
  LifetimeDays lifetimes;
  std::vector<Beside> beside;
};

std::string to_json(const SavedState& state);
Result<SavedState> to_saved_state(std::string_view text);

/// Where a circle's saved set lies, beside its journal.
std::string saved_path(const std::string& journal);

}  // namespace tocsin::sensor
