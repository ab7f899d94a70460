#pragma once

/// Suricata's EVE records: what their fields mean.
///
/// Source:  Suricata's eve.json; DNS answers of versions 1 (one record an answer), 2 (`answers`, `grouped`)
/// and
///          3 (`queries`).
/// Threads: read-only.

#include "observe/fields.hpp"

namespace tocsin::observe {

const Fields& eve_fields();

}  // namespace tocsin::observe
