#pragma once

/// Under which keys the sensor's history keeps what a record shows, and back.
///
/// An address is kept as bytes and a domain name from behind, so that a network and all names below a domain
/// are ranges of keys. The same value lies under a key for each path on which it was seen; an address that is
/// an end of a connection lies under that path alone, and counts for `ipv4-addr:value` all the same.
/// Left out: what says nothing by itself (ports, protocols, sizes, process numbers) and what people type or
/// own (command lines, subjects, registry data, accounts). Source:  docs/formats/sensor-history.md. Threads:
/// pure functions.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "history/table.hpp"
#include "match/address.hpp"
#include "match/key.hpp"
#include "stix/observation.hpp"

namespace tocsin::sensor {

bool is_kept(stix::Path path);

/// What of a record goes into the history; texts lie in the record. `now` is the time of a record without
/// one, and none is later. Added to `out`.
void values_to_keep(const stix::Observation& record, std::uint64_t offset_bytes, Timestamp now,
                    std::vector<history::Observed>& out);

/// Of a value as it was observed, or as a person writes it.
std::string past_key(stix::Path path, std::string_view text);
/// Of a value as an indicator is compiled (`match::Form`): text or a single address.
std::string past_key(stix::Path path, match::Form form, std::string_view bytes);

/// Where values of `path` may lie: itself, and paths that imply it.
std::span<const stix::Path> paths_for(stix::Path path);

/// What the keys of a network's addresses begin with, and those of all names below a domain.
std::string keys_of_network(const match::Network& network);
std::string keys_below_domain(std::string_view folded);

/// A key that is not hashed.
struct PastValue {
  stix::Path path{};
  std::string text;
};
std::optional<PastValue> past_value(std::string_view key);

}  // namespace tocsin::sensor
