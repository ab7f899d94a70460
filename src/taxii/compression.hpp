#pragma once

/// Bodies in the coding that a client takes.
/// Source:  RFC 1952 (gzip), RFC 8878 (zstd).
/// Threads: pure function.

#include <string>
#include <string_view>

#include "taxii/negotiation.hpp"

namespace tocsin::taxii {

/// The body in this coding; as it is when the coding does not make it smaller.
struct Coded {
  Coding coding = Coding::identity;
  std::string body;
};
Coded encode(std::string body, Coding wanted);

}  // namespace tocsin::taxii
