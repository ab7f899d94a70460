#pragma once

/// An immutable, searchable run of indicators. A set is a few of them: a large one, and small ones with what
/// came since.
///
/// Memory per indicator with one value: what every scan touches, slot 8, filter 2, directory 0.5 to 1; what
/// only a hit or a change touches, record 12, id directory 0.5 to 1, and the bytes of id, name and value with
/// a framing of about 13. All of it lies in memory of its own, or in a file (`saved.hpp`), where the second
/// part stays until it is asked for.
/// Threads: built by one thread, read by many. Only the removal marks change later: one thread removes, many
///          readers see it at once.

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/compiled.hpp"
#include "match/filter.hpp"

namespace tocsin::match {

constexpr std::size_t path_count = static_cast<std::size_t>(stix::Path::count_);

/// Which questions are worth asking: what the keys of one or more segments look like.
struct Features {
  struct OnPath {
    bool any = false, text = false, suffix = false, addresses = false;
    std::bitset<33> lengths4;  ///< prefix lengths in use; a single address has all bits
    std::bitset<129> lengths6;
  };
  /// Which /16 networks of IPv4 and which /32 networks of IPv6 (by a small hash) touch a listed network.
  /// Most addresses touch none, and one look here spares a question per prefix length.
  struct Coarse {
    std::bitset<65536> v4, v6;
  };

  std::array<OnPath, path_count> paths;
  std::unique_ptr<Coarse> coarse;  ///< none: no networks

  void add(stix::Path path, Form form, std::string_view bytes);
  void add(const Features& other);
  bool may_lie_in_network(const Network& address) const;
};

class Segment {
 public:
  /// One indicator to be stored: its times and its compiled bytes, which are copied.
  struct Item {
    std::uint32_t from_second, until_second;
    std::string_view bytes;
  };
  static constexpr std::uint64_t bytes_max = UINT32_MAX;  ///< of compiled indicators in one segment

  /// Everything that is stored, wherever it lies.
  struct Record {
    std::uint32_t offset, from_second, until_second;
  };
  struct Slot {
    std::uint32_t fingerprint;
    std::uint32_t target;  // an indicator with one key and nothing else, or, with `in_postings`, a posting
  };
  struct Posting {
    std::uint32_t indicator, value,
        alternative;  // offsets into the arena; the path stands in the alternative
  };
  struct Tables {
    std::string_view arena;
    std::span<const Record> records;              // in the order of their id hashes
    std::span<const std::uint32_t> id_directory;  // bucket -> first record
    std::span<const Posting> postings;
    std::span<const std::uint32_t> directory;  // bucket -> first slot
    std::span<const Slot> slots;
    std::span<const std::uint64_t> filter;
    unsigned id_shift = 63, shift = 63;
  };
  static constexpr std::uint32_t in_postings = 1U << 31;

  Segment(std::uint64_t seed, std::span<const Item> items);
  /// Over tables that were checked, kept by `storage`. All indicators are of `circle`, whatever their bytes
  /// say: circles get their numbers anew at each start.
  Segment(std::uint64_t seed, const Tables& tables, std::shared_ptr<const void> storage, CircleId circle,
          Features features, std::vector<std::uint32_t> patterns);
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::size_t size() const { return tables_.records.size(); }  ///< removed ones included
  std::size_t removed() const { return removed_count_.load(std::memory_order_relaxed); }
  std::size_t keys() const { return tables_.slots.size(); }
  std::size_t arena_bytes() const { return tables_.arena.size(); }
  std::size_t memory_bytes() const;  ///< what must be there for scans; all of it when it is not in a file
  std::size_t mapped_bytes() const;  ///< the rest
  std::uint64_t seed() const { return seed_; }
  const Tables& tables() const { return tables_; }
  const Features& features() const { return features_; }
  /// Numbers of the indicators whose pattern is evaluated.
  const std::vector<std::uint32_t>& patterns() const { return patterns_; }

  /// Number of the indicator that was not removed, or `none`.
  static constexpr std::uint32_t none = UINT32_MAX;
  std::uint32_t find(CircleId circle, std::string_view id) const;
  /// The same among those that were removed.
  std::uint32_t find_removed(CircleId circle, std::string_view id) const;
  void remove(std::uint32_t indicator);
  bool is_removed(std::uint32_t indicator) const {
    return (removed_[indicator / 64].load(std::memory_order_acquire) >> (indicator % 64) & 1) != 0;
  }

  Item item(std::uint32_t indicator) const;
  bool is_early(std::uint32_t indicator, std::uint32_t now_second) const {
    return now_second < tables_.records[indicator].from_second;
  }
  bool is_expired(std::uint32_t indicator, std::uint32_t now_second) const {
    return now_second >= tables_.records[indicator].until_second;
  }
  Head head(std::uint32_t indicator) const {
    Head head = read_head(tables_.arena.data() + tables_.records[indicator].offset);
    if (circle_) head.circle = *circle_;
    return head;
  }
  /// The same as it would be compiled now.
  Compiled compiled(std::uint32_t indicator) const;

  // The steps of a look-up, apart so that a batch can overlap their memory accesses.
  void prefetch_filter(std::uint64_t hash) const { filter_.prefetch(hash); }
  bool may_hold(std::uint64_t hash) const { return filter_.may_hold(hash); }
  void prefetch_directory(std::uint64_t hash) const {
    __builtin_prefetch(&tables_.directory[hash >> tables_.shift]);
  }
  void prefetch_slots(std::uint64_t hash) const {
    if (!tables_.slots.empty())
      __builtin_prefetch(tables_.slots.data() + tables_.directory[hash >> tables_.shift]);
  }

  /// A key whose hash agrees. Whether the value does is for `fulfils` to say.
  struct Candidate {
    std::uint32_t indicator;
    stix::Path path;
    Form form;
    std::string_view bytes;
    const char* alternative;  ///< null when the key alone fulfils it
  };
  template <class Visit>
  void for_each_candidate(std::uint64_t hash, Visit&& visit) const {
    const auto bucket = hash >> tables_.shift;
    for (auto at = tables_.directory[bucket]; at < tables_.directory[bucket + 1]; ++at)
      if (tables_.slots[at].fingerprint == static_cast<std::uint32_t>(hash))
        visit(candidate(tables_.slots[at].target));
  }

 private:
  struct Built;  // tables in memory of their own

  void place_records(std::span<const Item> items, Built& out);
  void place_keys(Built& out);
  Candidate candidate(std::uint32_t target) const;
  std::uint64_t id_hash(std::string_view id) const;

  const std::uint64_t seed_;
  Tables tables_;
  std::shared_ptr<const void> storage_;  // what the tables lie in
  std::size_t storage_bytes_ = 0;        // of it, in memory
  std::optional<CircleId> circle_;       // of all indicators
  Filter filter_;
  Features features_;
  std::vector<std::uint32_t> patterns_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> removed_;  // a bit for each indicator
  std::atomic<std::size_t> removed_count_ = 0;
};

}  // namespace tocsin::match
