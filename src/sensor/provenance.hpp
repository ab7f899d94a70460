#pragma once

/// What a sensor keeps with each indicator in the set, beside what matching needs: as bytes, because the set
/// never looks at them.
///
/// Threads: pure functions.

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "sensor/lifetime.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

struct Provenance {
  Timestamp date_added{};
  Lasting lasting;
  bool verified = false;
  bool may_block = true;  ///< no IEP policy forbids what others could see of it
  stix::Tlp tlp = stix::Tlp::red;
  std::string version, author_name;
};

std::string to_bytes(const Provenance& provenance);
/// What cannot be read is empty: the bytes are ours, or were checked with the file that they lie in.
Provenance to_provenance(std::string_view bytes);

}  // namespace tocsin::sensor
