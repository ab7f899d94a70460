#pragma once

/// TAXII resources as answers: the one media type, the error resource, times with six digits.
///
/// Source:  TAXII 2.1 §2 (timestamps), §3.1 (media type), §3.6 (errors).
/// Threads: pure functions.

#include <string>
#include <string_view>

#include "net/server.hpp"
#include "serve/dispatch.hpp"

namespace tocsin::taxii {

inline constexpr std::string_view media_type = "application/taxii+json;version=2.1";
/// Of the objects inside (§1.6.7).
inline constexpr std::string_view object_media_type = "application/stix+json;version=2.1";

net::Response resource(unsigned status, std::string json);

/// The error resource. The same status and detail give the same bytes, whoever asks.
net::Response error_resource(unsigned status, std::string_view detail);

}  // namespace tocsin::taxii
