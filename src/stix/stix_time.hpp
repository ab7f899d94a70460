#pragma once

/// Timestamps as STIX writes them. The source text is kept and compared, for it may be finer than a
/// microsecond.
///
/// Source:  STIX 2.1 §2.16 (timestamp), §3.2 (created and modified).
/// Threads: pure functions.

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace tocsin::stix {

/// `YYYY-MM-DDThh:mm:ss[.s+]Z` with a date that exists; second 60 is a leap second.
/// Gives the number of digits after the point; nullopt when the text is no STIX timestamp.
std::optional<std::size_t> timestamp_fraction_digits(std::string_view text);

/// The moment of a STIX timestamp known to be well formed; what is finer than a microsecond is cut, and a
/// leap second is read as the first moment after it.
Timestamp moment_of(std::string_view timestamp);

/// Orders two STIX timestamps, both known to be well formed, as exact decimals. Negative, zero, positive.
int compare_timestamps(std::string_view a, std::string_view b);

}  // namespace tocsin::stix
