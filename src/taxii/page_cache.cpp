#include "taxii/page_cache.hpp"

#include <iterator>

namespace tocsin::taxii {

std::shared_ptr<const CachedPage> PageCache::find(const std::string& key) {
  const std::scoped_lock lock{mutex_};
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, it->second);
  return it->second->page;
}

void PageCache::drop(Place place) {
  bytes_ -= place->bytes();
  by_key_.erase(place->key);
  kept_.erase(place);
}

void PageCache::put(CircleId circle, Sequence head, const std::string& key,
                    std::shared_ptr<const CachedPage> page) {
  const std::scoped_lock lock{mutex_};
  Sequence& newest = heads_[circle];
  if (head < newest || by_key_.contains(key)) return;
  if (newest < head) {
    newest = head;
    for (auto it = kept_.begin(); it != kept_.end();) {
      const auto at = it++;
      if (at->circle == circle) drop(at);
    }
  }
  kept_.push_front({key, circle, std::move(page)});
  by_key_[key] = kept_.begin();
  bytes_ += kept_.front().bytes();
  while (bytes_ > bytes_max_) drop(std::prev(kept_.end()));
}

}  // namespace tocsin::taxii
