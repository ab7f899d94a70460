#pragma once

/// Finished pages, compressed or not, for those who ask the same.
///
/// Contract: a page is a function of what its key names: the circle up to a head, what its reader may see,
///           filters, place, size, coding. So nothing has to be taken back: a new entry is a new head, and
///           pages of an older one are dropped as soon as a page of the new one comes.
/// Threads:  any.

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/id.hpp"
#include "net/server.hpp"

namespace tocsin::taxii {

struct CachedPage {
  net::Response head;  ///< the answer but for its body
  std::string body;
  Sequence position;  ///< all up to here went out
};

class PageCache {
 public:
  explicit PageCache(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  std::shared_ptr<const CachedPage> find(const std::string& key);
  void put(CircleId circle, Sequence head, const std::string& key, std::shared_ptr<const CachedPage> page);

 private:
  struct Kept {
    std::string key;
    CircleId circle;
    std::shared_ptr<const CachedPage> page;
    std::size_t bytes() const { return key.size() + page->body.size() + 512; }
  };
  using Place = std::list<Kept>::iterator;
  void drop(Place place);

  const std::size_t bytes_max_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::list<Kept> kept_;  // the latest used first
  std::unordered_map<std::string, Place> by_key_;
  std::map<CircleId, Sequence> heads_;
  std::size_t bytes_ = 0;
};

}  // namespace tocsin::taxii
