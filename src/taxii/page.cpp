#include "taxii/page.hpp"

#include <simdjson.h>

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "taxii/resource.hpp"

namespace tocsin::taxii {
namespace {

constexpr std::size_t batch_most = 128;
constexpr std::size_t batch_bytes_max = 1 << 20;
/// What asking whether an object has further versions costs, beside a row that is walked past.
constexpr std::size_t glance_units = 10;

/// The id of an object that we accepted.
Result<std::string> id_in(const std::string& object) {
  thread_local simdjson::ondemand::parser parser;
  thread_local std::string padded;
  padded.assign(object);
  padded.resize(object.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  std::string_view id;
  if (parser.iterate(padded.data(), object.size(), padded.size()).get(document) != simdjson::SUCCESS ||
      document["id"].get_string().get(id) != simdjson::SUCCESS)
    return Error{Errc::corrupt, "an object in the log has no id"};
  return std::string{id};
}

/// Decides candidates, many at a time, and words those that pass.
class Gatherer {
 public:
  using Item = std::optional<std::string>;

  Gatherer(Reader& reader, PageOf what, const Filters& filters)
      : reader_{reader},
        what_{what},
        filters_{filters},
        takes_single_{what == PageOf::objects && (!filters.versions.any() || filters.versions.last ||
                                                  filters.versions.first || filters.versions.all)} {}

  /// For each candidate its item, or nothing when it does not pass. What few reads can fetch together is.
  Result<std::vector<Item>> items(std::span<const Candidate> candidates) {
    std::vector<Item> items(candidates.size());
    std::vector<std::size_t> places;
    std::vector<log::Log::Wanted> wanted;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!reader_.sees(candidates[i].sequence, candidates[i].row)) continue;
      places.push_back(i);
      wanted.push_back({candidates[i].sequence, candidates[i].row});
    }
    if (places.empty()) return items;
    std::vector<Item> contents(places.size());
    std::vector<std::string> ids(places.size());
    if (what_ == PageOf::objects || candidates.front().id.empty()) {
      auto read = reader_.services().log.contents(reader_.circle(), wanted);
      if (!read) return std::move(read).error();
      contents = *std::move(read);
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      ids[i] = candidates[places[i]].id;
      if (!ids[i].empty() || !contents[i]) continue;
      auto id = id_in(*contents[i]);
      if (!id) return std::move(id).error();
      ids[i] = *std::move(id);
    }
    std::vector<bool> further(places.size(), true);
    if (takes_single_) {
      auto looked = reader_.services().views.have_further(reader_.circle(), ids);
      if (!looked) return std::move(looked).error();
      further = *std::move(looked);
      static_cast<void>(reader_.spend(places.size() * glance_units));
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (ids[i].empty() || (what_ == PageOf::objects && !contents[i])) continue;  // erased meanwhile
      if (!further[i]) {
        items[places[i]] = std::move(contents[i]);
        continue;
      }
      auto item = item_of_many(candidates[places[i]].sequence, ids[i], std::move(contents[i]));
      if (!item) return std::move(item).error();
      items[places[i]] = *std::move(item);
    }
    return items;
  }

 private:
  /// When there are several versions, whether this one is asked for.
  Result<Item> item_of_many(Sequence sequence, const std::string& id, Item content) {
    auto matched = reader_.matching(id, filters_.versions);
    if (!matched) return std::move(matched).error();
    const auto found = std::find_if(matched->begin(), matched->end(), [&](const ObjectVersion& version) {
      return version.sequence == sequence;
    });
    if (found == matched->end()) return Item{};
    return Item{word(id, *found, std::move(content).value_or(""))};
  }

  std::string word(const std::string& id, const ObjectVersion& version, std::string bytes) const {
    if (what_ == PageOf::objects) return bytes;
    if (what_ == PageOf::versions) return json_string(version.version);
    return R"({"id":)" + json_string(id) + R"(,"date_added":")" + to_rfc3339(version.date_added) +
           R"(","version":)" + json_string(version.version) + R"(,"media_type":")" +
           std::string{object_media_type} + R"("})";
  }

  Reader& reader_;
  const PageOf what_;
  const Filters& filters_;
  const bool takes_single_;  ///< of an object with one version, that one is an item
};

/// The next candidates that are worth deciding together.
struct Batch {
  std::vector<Candidate> candidates;
  bool spent = false;  ///< the request has had its share: no further ones
};

Result<Batch> next_batch(Candidates& candidates, Reader& reader, std::size_t most) {
  Batch batch;
  std::size_t bytes = 0;
  while (batch.candidates.size() < most && bytes < batch_bytes_max) {
    if (!reader.spend(1)) {
      batch.spent = true;
      break;
    }
    auto candidate = candidates.next();
    if (!candidate) return std::move(candidate).error();
    if (!*candidate) break;
    bytes += (*candidate)->row.length;
    batch.candidates.push_back(**std::move(candidate));
  }
  return batch;
}

}  // namespace

Result<Page> make_page(Reader& reader, PageOf what, const Filters& filters, Sequence after,
                       PageLimits limits) {
  Page page;
  page.position = after;
  if (!filters.takes_stix_21()) return page;
  Candidates candidates{reader, filters, after};
  Gatherer gatherer{reader, what, filters};
  for (;;) {
    // One more than fits, since only that one tells whether there is more.
    auto batch = next_batch(candidates, reader, std::min(batch_most, limits.count_max - page.count + 1));
    if (!batch) return std::move(batch).error();
    auto items = gatherer.items(batch->candidates);
    if (!items) return std::move(items).error();
    for (std::size_t i = 0; i < items->size(); ++i) {
      const Candidate& candidate = batch->candidates[i];
      if (const auto& item = (*items)[i]) {
        const bool full = page.count == limits.count_max ||
                          (page.count > 0 && page.items.size() + item->size() > limits.bytes_max);
        if (full) {
          page.more = true;
          return page;
        }
        if (page.count++ > 0) page.items += ',';
        page.items += *item;
        if (!page.first) page.first = candidate.row.date_added;
        page.last = candidate.row.date_added;
      }
      page.position = candidate.sequence;
    }
    page.more = batch->spent;
    if (batch->spent || batch->candidates.empty()) return page;
  }
}

}  // namespace tocsin::taxii
