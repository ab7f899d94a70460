#pragma once

/// The values that may be blocked now: named by an indicator that holds at this second, is believed enough,
/// may be acted on, stands by itself (no further condition), and is on no list of what is harmless.
///
/// Threads: a pure function of what it is given.

#include <functional>
#include <optional>
#include <vector>

#include "formats/block_list.hpp"
#include "match/indicator_set.hpp"
#include "sensor/harmless.hpp"

namespace tocsin::sensor {

struct InForce {
  std::vector<formats::Listed> values;  ///< by kind and value, each once
  std::size_t below_confidence = 0;     ///< indicators, as is the next
  std::size_t conditional = 0;    ///< name more than values: a port with an address, an expression, a time
  std::size_t not_permitted = 0;  ///< indicators whose IEP policy permits no action that others see
  std::size_t harmless = 0;       ///< values
  std::size_t no_room = 0;        ///< values beyond `values_max`
  std::optional<Timestamp> next_change;  ///< when the next indicator begins or ends
};

struct InForceOptions {
  std::uint8_t min_confidence = 70;  ///< 0 takes what says nothing of its confidence, too
  std::size_t values_max = 5'000'000;
  bool about = false;  ///< say whose each value is
  /// The confidence that the receiver gives an indicator.
  std::function<std::optional<std::uint8_t>(const match::Head&)> weigh;
};

InForce in_force(const match::Snapshot& snapshot, Timestamp now, const Harmless& harmless,
                 const InForceOptions& options);

}  // namespace tocsin::sensor
