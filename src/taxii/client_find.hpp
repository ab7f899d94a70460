#pragma once

/// From any URL that a TAXII server's operator may hand out to the one collection that is meant.
///
/// Source:  TAXII 2.1 §4.1 (discovery), §4.2 (API roots), §5.1 (collections).
/// Errors:  those of Asker; not_found or conflict when not exactly one collection fits, with those there are;
///          denied when it may not be read.
/// Threads: one.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "taxii/client_request.hpp"
#include "taxii/client_url.hpp"

namespace tocsin::taxii::client {

/// The path of the collection, with a slash at its end. `given` is the URL of a collection (or of its
/// objects), of a list of collections, of an API root, or of a discovery; `wanted` an id, alias or title, and
/// may be empty where `given` leaves no choice.
Result<std::string> find_collection(Asker& asker, const Url& given, std::string_view wanted);

}  // namespace tocsin::taxii::client
