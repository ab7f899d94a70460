#pragma once

/// What a client's header fields ask for: may it be answered in TAXII 2.1, is its body TAXII, which coding.
///
/// Source:  RFC 9110 §8.3, §12.5 (media types, quality values); TAXII 2.1 §1.6.8, §3.1.
/// Threads: pure functions.

#include <cstdint>
#include <string_view>

namespace tocsin::taxii {

/// May the answer be `application/taxii+json;version=2.1`? A range without a version, and every wildcard,
/// takes it; where several ranges fit, the most specific one counts. An empty field asks for nothing.
bool accepts_taxii(std::string_view accept);

/// Is it `application/taxii+json`, of version 2.1 or without one?
bool is_taxii(std::string_view content_type);

enum class Coding : std::uint8_t { identity, gzip, zstd };
std::string_view name(Coding coding);
/// The best of those that Accept-Encoding names; zstd before gzip where both are as welcome.
Coding coding_for(std::string_view accept_encoding);

}  // namespace tocsin::taxii
