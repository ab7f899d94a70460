#pragma once

/// One page of a collection: the objects (or what is said of them) that match, as bytes of the answer.
///
/// Contract: entries stand in the order in which they were added. A page ends at its count, its bytes, or
///           where the work of a request ends; `more` says that something may follow, and `position` where
///           to go on. A page without items may say so, too (TAXII 2.1 §3.5).
/// Errors:   corrupt, unavailable (log or views).
/// Threads:  one request, one thread.

#include <optional>
#include <string>

#include "taxii/candidates.hpp"

namespace tocsin::taxii {

enum class PageOf : std::uint8_t { objects, manifest, versions };

struct PageLimits {
  std::size_t count_max = 1000;
  std::size_t bytes_max = 1 << 20;
};

struct Page {
  std::string items;  ///< joined by commas
  std::size_t count = 0;
  bool more = false;
  Sequence position;                     ///< all up to here is on this page or on none
  std::optional<Timestamp> first, last;  ///< date added of the first and last item
};

Result<Page> make_page(Reader& reader, PageOf what, const Filters& filters, Sequence after,
                       PageLimits limits);

}  // namespace tocsin::taxii
