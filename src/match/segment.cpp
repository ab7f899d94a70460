#include "match/segment.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace tocsin::match {
namespace {

/// How far a hash is shifted to number one of about `items / per_bucket` buckets; at least two, because a
/// shift by 64 is undefined.
unsigned shift_for(std::size_t items, std::size_t per_bucket) {
  return 64U - static_cast<unsigned>(std::bit_width(std::bit_ceil(items / per_bucket + 2) - 1));
}

std::size_t coarse_v4(const Network& network) {
  return static_cast<std::size_t>(network.bytes[0]) << 8 | network.bytes[1];
}
std::size_t coarse_v6(const Network& network) {
  return XXH3_64bits(network.bytes.data(), 4) & 0xffffU;
}

}  // namespace

void Features::add(stix::Path path, Form form, std::string_view bytes) {
  auto& on = paths[static_cast<std::size_t>(path)];
  on.any = true;
  on.text |= form == Form::text;
  on.suffix |= form == Form::suffix;
  if (form != Form::prefix) return;
  on.addresses = true;
  const Network network = network_of(bytes);
  if (network.v6)
    on.lengths6.set(network.bits);
  else
    on.lengths4.set(network.bits);
  if (network.is_address()) return;
  if (!coarse) coarse = std::make_unique<Coarse>();
  if (!network.v6) {
    const auto first = coarse_v4(network);
    const auto count = network.bits >= 16 ? std::size_t{1} : std::size_t{1} << (16 - network.bits);
    for (std::size_t i = 0; i < count; ++i) coarse->v4.set(first + i);
  } else if (network.bits >= 32) {
    coarse->v6.set(coarse_v6(network));
  } else {
    coarse->v6.set();  // it spans too many /32 networks to mark each
  }
}

void Features::add(const Features& other) {
  for (std::size_t i = 0; i < path_count; ++i) {
    paths[i].any |= other.paths[i].any;
    paths[i].addresses |= other.paths[i].addresses;
    paths[i].text |= other.paths[i].text;
    paths[i].suffix |= other.paths[i].suffix;
    paths[i].lengths4 |= other.paths[i].lengths4;
    paths[i].lengths6 |= other.paths[i].lengths6;
  }
  if (!other.coarse) return;
  if (!coarse) coarse = std::make_unique<Coarse>();
  coarse->v4 |= other.coarse->v4;
  coarse->v6 |= other.coarse->v6;
}

bool Features::may_lie_in_network(const Network& address) const {
  if (!coarse) return false;
  return address.v6 ? coarse->v6[coarse_v6(address)] : coarse->v4[coarse_v4(address)];
}

struct Segment::Built {
  std::string arena;
  std::vector<Record> records;
  std::vector<std::uint32_t> id_directory, directory;
  std::vector<Slot> slots;
  std::vector<Posting> postings;
  std::vector<std::uint64_t> filter;
  unsigned id_shift = 63, shift = 63;

  Tables tables() const {
    return {arena, records, id_directory, postings, directory, slots, filter, id_shift, shift};
  }
  std::size_t bytes() const {
    return arena.capacity() + records.capacity() * sizeof(Record) +
           (id_directory.capacity() + directory.capacity()) * sizeof(std::uint32_t) +
           slots.capacity() * sizeof(Slot) + postings.capacity() * sizeof(Posting) +
           filter.capacity() * sizeof(std::uint64_t);
  }
};

Segment::Segment(std::uint64_t seed, std::span<const Item> items) : seed_{seed} {
  auto built = std::make_shared<Built>();
  place_records(items, *built);
  tables_ = built->tables();
  place_keys(*built);
  tables_ = built->tables();
  storage_bytes_ = built->bytes();
  storage_ = std::move(built);
  filter_ = Filter{tables_.filter};
  removed_ = std::make_unique<std::atomic<std::uint64_t>[]>(tables_.records.size() / 64 + 1);
}

Segment::Segment(std::uint64_t seed, const Tables& tables, std::shared_ptr<const void> storage,
                 CircleId circle, Features features, std::vector<std::uint32_t> patterns)
    : seed_{seed},
      tables_{tables},
      storage_{std::move(storage)},
      circle_{circle},
      filter_{tables.filter},
      features_{std::move(features)},
      patterns_{std::move(patterns)},
      removed_{std::make_unique<std::atomic<std::uint64_t>[]>(tables.records.size() / 64 + 1)} {}

void Segment::place_records(std::span<const Item> items, Built& out) {
  // In the order of their id hashes: an id is then found through a small directory, with nothing stored for
  // it.
  std::vector<std::pair<std::uint64_t, const Item*>> order;
  order.reserve(items.size());
  std::uint64_t bytes = 0;
  for (const Item& item : items) {
    order.emplace_back(id_hash(read_head(item.bytes.data()).id), &item);
    bytes += item.bytes.size();
  }
  TOCSIN_CHECK(bytes <= bytes_max && items.size() < in_postings, "a segment is addressed with 32 bits");
  std::sort(order.begin(), order.end());

  out.id_shift = shift_for(items.size(), 8);
  out.id_directory.assign((std::size_t{1} << (64 - out.id_shift)) + 1, 0);
  out.arena.reserve(bytes);
  out.records.reserve(items.size());
  std::uint64_t hash_before = 0;
  for (const auto& [hash, item] : order) {
    // Of two with the same circle and id the first one counts.
    if (!out.records.empty() && hash == hash_before) {
      const Head head = read_head(item->bytes.data());
      const Head before = read_head(out.arena.data() + out.records.back().offset);
      if (head.circle == before.circle && head.id == before.id) continue;
    }
    hash_before = hash;
    ++out.id_directory[(hash >> out.id_shift) + 1];
    out.records.push_back(
        {static_cast<std::uint32_t>(out.arena.size()), item->from_second, item->until_second});
    out.arena += item->bytes;
  }
  for (std::size_t i = 1; i < out.id_directory.size(); ++i) out.id_directory[i] += out.id_directory[i - 1];
}

void Segment::place_keys(Built& out) {
  struct Key {
    std::uint64_t hash;
    std::uint32_t target;
  };
  std::vector<Key> keys;
  keys.reserve(out.records.size());
  const auto offset_of = [&](const char* at) { return static_cast<std::uint32_t>(at - out.arena.data()); };
  for (std::uint32_t indicator = 0; indicator < out.records.size(); ++indicator) {
    const Head head = this->head(indicator);
    const bool one_alternative = Cursor{head.alternatives}.number() == 1;
    if (!pattern_text(head.alternatives).empty()) patterns_.push_back(indicator);
    const auto first = keys.size();
    bool alone = one_alternative;
    for_each_key(head.alternatives, [&](stix::Path path, Form form, std::string_view bytes, const char* value,
                                        const char* alternative) {
      features_.add(path, form, bytes);
      alone = alone && Alternative{alternative}.is_anchor_only() && keys.size() == first;
      keys.push_back({key_hash(seed_, path, form, bytes),
                      in_postings | static_cast<std::uint32_t>(out.postings.size())});
      TOCSIN_CHECK(out.postings.size() < in_postings, "postings are addressed with 31 bits");
      out.postings.push_back({indicator, offset_of(value), offset_of(alternative)});
    });
    if (alone && keys.size() > first) {
      keys.back().target = indicator;
      out.postings.pop_back();
    }
  }
  out.postings.shrink_to_fit();

  out.filter.resize(Filter::words_for(keys.size()));
  out.shift = shift_for(keys.size(), 8);
  out.directory.assign((std::size_t{1} << (64 - out.shift)) + 1, 0);
  out.slots.resize(keys.size());
  for (const Key& key : keys) {
    Filter::add(out.filter, key.hash);
    ++out.directory[key.hash >> out.shift];
  }
  // Ends first, then each key moves its bucket's mark down to its start.
  for (std::size_t i = 1; i < out.directory.size(); ++i) out.directory[i] += out.directory[i - 1];
  for (const Key& key : keys)
    out.slots[--out.directory[key.hash >> out.shift]] = {static_cast<std::uint32_t>(key.hash), key.target};
}

std::size_t Segment::memory_bytes() const {
  const auto hot = tables_.directory.size_bytes() + tables_.slots.size_bytes() + tables_.filter.size_bytes();
  return sizeof(*this) + (storage_bytes_ != 0 ? storage_bytes_ : hot) +
         (features_.coarse ? sizeof(Features::Coarse) : 0) +
         (tables_.records.size() / 64 + 1) * sizeof(std::uint64_t);
}

std::size_t Segment::mapped_bytes() const {
  if (storage_bytes_ != 0) return 0;
  return tables_.arena.size() + tables_.records.size_bytes() + tables_.id_directory.size_bytes() +
         tables_.postings.size_bytes();
}

std::uint32_t Segment::find(CircleId circle, std::string_view id) const {
  const auto bucket = id_hash(id) >> tables_.id_shift;
  for (auto at = tables_.id_directory[bucket]; at < tables_.id_directory[bucket + 1]; ++at) {
    const Head head = this->head(at);
    if (head.circle == circle && head.id == id && !is_removed(at)) return at;
  }
  return none;
}

std::uint32_t Segment::find_removed(CircleId circle, std::string_view id) const {
  const auto bucket = id_hash(id) >> tables_.id_shift;
  for (auto at = tables_.id_directory[bucket]; at < tables_.id_directory[bucket + 1]; ++at) {
    const Head head = this->head(at);
    if (head.circle == circle && head.id == id && is_removed(at)) return at;
  }
  return none;
}

Compiled Segment::compiled(std::uint32_t indicator) const {
  const Item stored = item(indicator);
  return {stored.from_second, stored.until_second, with_circle(stored.bytes, head(indicator).circle)};
}

void Segment::remove(std::uint32_t indicator) {
  const auto bit = std::uint64_t{1} << (indicator % 64);
  if ((removed_[indicator / 64].fetch_or(bit, std::memory_order_acq_rel) & bit) == 0)
    removed_count_.fetch_add(1, std::memory_order_relaxed);
}

Segment::Item Segment::item(std::uint32_t indicator) const {
  const Record& record = tables_.records[indicator];
  const auto end =
      indicator + 1 < tables_.records.size() ? tables_.records[indicator + 1].offset : tables_.arena.size();
  return {record.from_second, record.until_second, tables_.arena.substr(record.offset, end - record.offset)};
}

Segment::Candidate Segment::candidate(std::uint32_t target) const {
  if ((target & in_postings) == 0) {
    Cursor cursor{head(target).alternatives};
    cursor.number();  // one alternative
    cursor = Alternative{cursor.at()}.cursor;
    const auto path = static_cast<stix::Path>(cursor.byte());
    cursor.number();  // one value
    const auto form = static_cast<Form>(cursor.byte());
    return {target, path, form, cursor.text(), nullptr};
  }
  const Posting& posting = tables_.postings[target & ~in_postings];
  const char* alternative = tables_.arena.data() + posting.alternative;
  Alternative whole{alternative};
  const bool alone = whole.is_anchor_only();
  const auto path = static_cast<stix::Path>(whole.cursor.byte());
  Cursor value{tables_.arena.data() + posting.value};
  const auto form = static_cast<Form>(value.byte());
  return {posting.indicator, path, form, value.text(), alone ? nullptr : alternative};
}

std::uint64_t Segment::id_hash(std::string_view id) const {
  return XXH3_64bits_withSeed(id.data(), id.size(), seed_);
}

}  // namespace tocsin::match
