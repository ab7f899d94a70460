#pragma once

/// The views: what the log says, kept so that it can be asked. They follow the log, and can be thrown away.
///
/// Writing: one thread calls apply() with whole frames in log order. All of a call takes effect at once and
///          together with its position. A crash loses whole calls off the end, never parts: the log is then
///          replayed from applied(). What is stored is a function of the changes alone, not of how they were
///          cut into calls or how often they came; digest() shows it.
/// Reading: any thread at any time. Every list takes where to go on and how many at most, and never gives
///          more than `list_most`. All but governance() speak of one circle: an id of another circle is not
///          there.
/// Errors:  unavailable when the disk failed (it is full, say); corrupt when bytes are not what was written.
///          After a failed write, of a call or in the background, every later one fails until the views are
///          opened again. The way back from a full disk is space and another open(); from corrupt bytes,
///          reset() and a replay.
/// Source:  none: nothing but this folder reads these files.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "log/entry.hpp"
#include "log/log.hpp"
#include "stix/object.hpp"

namespace rocksdb {
class Env;
}

namespace tocsin::views {

class Store;

inline constexpr std::size_t list_most = 10'000;

/// What a member says of an object, beside the object: an opinion, or that it was seen.
struct Voice {
  enum class Kind : std::uint8_t { none = 0, opinion = 1, sighting = 2 };
  MemberId author;
  Sequence sequence;
  std::uint8_t says = 0;  ///< the speaker's own code
  friend bool operator==(const Voice&, const Voice&) = default;
};
/// So many of one member's, the newest, are looked through for the one that counts.
inline constexpr std::size_t voices_each_most = 16;

/// What one entry of the log changes. An erased entry is a change without object, subject and owner.
struct Change {
  CircleId circle;
  Sequence sequence;
  log::Position position;  ///< of the frame the entry stands in
  log::Kind kind = log::Kind::object;
  const stix::Object* object = nullptr;  ///< what is indexed; null for entries that share no object
  std::string subject;                   ///< the id that a withdrawal, sighting or transfer speaks of
  MemberId owner;           ///< who owns the object (or, for a transfer, the subject) from this entry on
  bool governance = false;  ///< keep its place, so that a start can replay these entries alone
  Voice::Kind voice = Voice::Kind::none;  ///< of the author, about what the object refers to, or the subject
  MemberId author;                        ///< of a voice
  std::uint8_t says = 0;
  std::string pattern;  ///< what the object's pattern says, in one form for all that say it; empty: by values
};

/// A version of an object, or a transfer of it to another owner.
struct Version {
  Sequence sequence;
  log::Kind kind = log::Kind::object;
  std::string version;  ///< as in the object (stix::Object::version()); empty where it has none
  MemberId owner;
  friend bool operator==(const Version&, const Version&) = default;
};

/// An object that refers to another.
struct Referrer {
  Sequence sequence;
  std::vector<std::string> properties;  ///< sorted, e.g. "source_ref"
  friend bool operator==(const Referrer&, const Referrer&) = default;
};

/// Where a governance entry stands. `position` and `number` are the way to go on.
struct Place {
  log::Position position;
  std::uint64_t number = 0;  ///< of the entry in its frame, from 0
  CircleId circle;
  Sequence sequence;
  friend bool operator==(const Place&, const Place&) = default;
};

class Views {
 public:
  struct Options {
    std::string folder;
    std::size_t cache_bytes = 64ULL << 20;         ///< blocks, indexes and filters together
    std::size_t write_buffer_bytes = 16ULL << 20;  ///< three of these at most
    std::size_t bulk_rows_min = 20'000;  ///< a call that makes as many keys goes in as one sorted file
    int open_files_max = 256;
    bool compress = true;
    rocksdb::Env* environment = nullptr;  ///< the machine's; a test puts a failing disk here
  };

  /// Opens or creates. Errors: corrupt also when another version of the program wrote the folder.
  static Result<std::unique_ptr<Views>> open(const Options& options);
  /// Throws away what is in the folder, which nobody may have open.
  static Status reset(const Options& options);
  ~Views();
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  /// The last frame that has been applied; what a crash now would leave may be less.
  log::Position applied() const { return log::Position{applied_.load(std::memory_order_acquire)}; }

  /// Applies all changes of one or more whole frames, in log order. Frames that were applied before are
  /// skipped. The more frames that wait are given at once, the cheaper each is (`bulk_rows_min`).
  Status apply(std::span<const Change> changes);

  /// Makes applied() durable, so that the next start replays only what comes after.
  Status flush();

  /// Removes what these changes, as they were applied, put in, places of governance entries included. When it
  /// returns, that is durable and the bytes have left the files (those that a look-up just reads go with its
  /// end). Takes up to seconds; may run beside apply(). Call it before the log erases the entries. Errors:
  /// conflict when a change has not been applied yet.
  Status forget(std::span<const Change> changes);

  /// Merges everything into its final form. Takes minutes on large views; reads and writes go on.
  Status compact();

  /// Whether a version of the id is there.
  Result<bool> exists(CircleId circle, std::string_view id) const;
  /// The same for many ids; cheaper than one by one.
  Result<std::vector<bool>> exist(CircleId circle, std::span<const std::string_view> ids) const;
  /// Versions and transfers, in log order.
  Result<std::vector<Version>> versions(CircleId circle, std::string_view id, Sequence after,
                                        std::size_t most) const;
  /// For each id whether there is more about it than one version: further versions, or a transfer. Cheaper
  /// than versions(), and the more so for many ids at once.
  Result<std::vector<bool>> have_further(CircleId circle, std::span<const std::string> ids) const;
  /// The owner that the last version or transfer named; nullopt when there is none.
  Result<std::optional<MemberId>> owner(CircleId circle, std::string_view id) const;
  /// Entries that shared an object of this type.
  Result<std::vector<Sequence>> of_type(CircleId circle, std::string_view type, Sequence after,
                                        std::size_t most) const;
  /// Entries that shared an object with this value, in its canonical form.
  Result<std::vector<Sequence>> with_value(CircleId circle, const stix::Value& value, Sequence after,
                                           std::size_t most) const;
  /// Entries that shared an object that refers to this id.
  Result<std::vector<Referrer>> referrers(CircleId circle, std::string_view id, Sequence after,
                                          std::size_t most) const;
  /// Entries of this kind whose subject is this id: sightings, withdrawals.
  Result<std::vector<Sequence>> acts(CircleId circle, std::string_view id, log::Kind kind, Sequence after,
                                     std::size_t most) const;
  /// What members say of the id: for each of at most `most` authors beyond `after` its newest voices, the
  /// newest first, at most `voices_each_most`.
  Result<std::vector<Voice>> voices(CircleId circle, std::string_view id, Voice::Kind kind, MemberId after,
                                    std::size_t most) const;
  /// Entries that shared an object whose pattern says this.
  Result<std::vector<Sequence>> with_pattern(CircleId circle, std::string_view pattern, Sequence after,
                                             std::size_t most) const;
  /// Governance entries of all circles, in log order.
  Result<std::vector<Place>> governance(std::optional<Place> after, std::size_t most) const;

  /// SHA-256 over all that is stored and the position.
  Result<Hash> digest() const;
  /// What the sorted files take on disk.
  std::uint64_t bytes_on_disk() const;

 private:
  Views(std::unique_ptr<Store> store, log::Position applied);

  Status forget_one(const Change& change, std::vector<std::string>& gone);
  Result<std::vector<Sequence>> sequences(const std::string& group, Sequence after, std::size_t most) const;

  std::unique_ptr<Store> store_;
  std::atomic<std::uint64_t> applied_;
  std::mutex writing_;  // one of apply and forget reads and writes at a time
};

}  // namespace tocsin::views
