#pragma once

/// What a circle may ask of an indicator beside its pattern. Threads: pure functions.

#include "stix/object.hpp"

namespace tocsin::circle {

/// Whether an indicator has none of: a confidence above 0, a kill chain phase, a sentence (a name or
/// description of three words or more). Never of what is no indicator, or revoked.
bool lacks_context(const stix::Object& object);

}  // namespace tocsin::circle
