#include "taxii/page.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "taxii/resource.hpp"

namespace tocsin::taxii {
namespace {

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

/// Decides one candidate after the other, and words those that pass.
class Gatherer {
 public:
  Gatherer(Reader& reader, PageOf what, const Filters& filters)
      : reader_{reader}, what_{what}, filters_{filters} {}

  /// The item of a candidate that passes.
  Result<std::optional<std::string>> item(const Candidate& candidate) {
    using Item = std::optional<std::string>;
    if (!reader_.sees(candidate.sequence, candidate.row)) return Item{};
    std::string bytes;
    std::string id = candidate.id;
    if (id.empty() || what_ == PageOf::objects) {
      auto entry = reader_.services().log.read(reader_.circle(), candidate.sequence);
      if (!entry) return std::move(entry).error();
      bytes = std::move(entry->bytes);
      if (entry->erased) return Item{};
    }
    if (id.empty()) {
      auto read = id_in(bytes);
      if (!read) return std::move(read).error();
      id = *std::move(read);
    }
    auto matched = reader_.matching(id, filters_.versions);
    if (!matched) return std::move(matched).error();
    const auto found = std::find_if(matched->begin(), matched->end(), [&](const ObjectVersion& version) {
      return version.sequence == candidate.sequence;
    });
    if (found == matched->end()) return Item{};
    return Item{word(id, *found, std::move(bytes))};
  }

 private:
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
};

}  // namespace

Result<Page> make_page(Reader& reader, PageOf what, const Filters& filters, Sequence after,
                       PageLimits limits) {
  Page page;
  page.position = after;
  if (!filters.takes_stix_21()) return page;
  Candidates candidates{reader, filters, after};
  Gatherer gatherer{reader, what, filters};
  for (;;) {
    if (!reader.spend(1)) {
      page.more = true;
      return page;
    }
    auto candidate = candidates.next();
    if (!candidate) return std::move(candidate).error();
    if (!*candidate) return page;
    auto item = gatherer.item(**candidate);
    if (!item) return std::move(item).error();
    if (*item) {
      const bool full = page.count == limits.count_max ||
                        (page.count > 0 && page.items.size() + (*item)->size() > limits.bytes_max);
      if (full) {
        page.more = true;
        return page;
      }
      if (page.count++ > 0) page.items += ',';
      page.items += **item;
      if (!page.first) page.first = (*candidate)->row.date_added;
      page.last = (*candidate)->row.date_added;
    }
    page.position = (*candidate)->sequence;
  }
}

}  // namespace tocsin::taxii
