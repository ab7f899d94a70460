#pragma once

/// The history: every value that was observed, when, how often and where, within an age and a size.
///
/// Path:    add → a table in memory → sealed as a sorted run → one file every few seconds → merged with
/// others of
///          its size in the background. What is asked is a `Past`: all runs at one moment.
/// Kept:    as it is, or (`Values::hashed`) as the first 16 bytes of HMAC-SHA-256 under a key that lies
/// beside:
///          then a given value is found, and none can be listed. What is longer than `key_bytes_max` is
///          always kept so.
/// Lost:    by a kill, what was added in the last `persist_interval` and the seconds that its writing takes.
/// What a
///          full disk leaves no room for waits in memory, up to a limit, and is then dropped and counted.
/// Source:  docs/formats/sensor-history.md.
/// Threads: all functions from any. One store a folder; any number of `Past::read` beside it.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "history/table.hpp"
#include "history/view.hpp"

namespace tocsin::history {

enum class Values : std::uint8_t { plain, hashed };

/// How keys are kept.
struct Keys {
  Values values = Values::plain;
  bool older_hashed = false;  ///< plain now, but some were kept as hashes before
  std::string secret;

  std::string kept(std::string_view key) const;
};

/// A history as it was at one moment.
class Past {
 public:
  Past() = default;
  Past(View view, Keys keys, std::uint32_t oldest_second)
      : view_{std::move(view)}, keys_{std::move(keys)}, oldest_second_{oldest_second} {}
  /// What a store has put on disk in `folder`, while it runs or not. Errors: not_found, corrupt, unavailable.
  static Result<Past> read(const std::string& folder);

  std::optional<Trace> find(std::string_view key) const;
  /// False when values are kept as hashes: then `walk` shows what was kept plainly before, which is nothing.
  bool can_walk() const { return keys_.values == Values::plain; }
  void walk(std::string_view prefix,
            const std::function<bool(std::string_view key, const Trace& trace)>& visit) const;
  const View& view() const { return view_; }

 private:
  View view_;
  Keys keys_;
  std::uint32_t oldest_second_ = 0;  // what was last seen before is no longer told
};

class Store {
 public:
  struct Options {
    std::string folder;
    Values values = Values::plain;
    KeyOf key_of = [](std::uint8_t, std::string_view text) { return std::string{text}; };
    std::chrono::hours age_max{24 * 90};
    std::uint64_t bytes_max = 1ULL << 30;  ///< on disk; while all is merged, for a moment, twice as much
    std::size_t table_entries_max = 131'072;
    std::chrono::milliseconds persist_interval{2'000};
  };
  /// Errors: unavailable. Runs that cannot be read are set aside under another name, and told.
  static Result<std::unique_ptr<Store>> open(Options options, const Clock& clock = system_clock());
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// `file` stays where it is for as long as the store. Waits only when two tables full of distinct values
  /// have not been sealed yet.
  void add(std::span<const Observed> values, std::string_view file);
  /// All that was added before the call.
  Past past();
  /// Returns when all that was added before is on disk. Errors: unavailable.
  Status persist();

  struct Counts {
    std::uint64_t entries = 0, bytes = 0, dropped = 0, damaged_blocks = 0;
    std::size_t runs = 0;
    std::uint32_t oldest_second = UINT32_MAX;
    std::string failure;  ///< of the disk
  };
  Counts counts() const;
  /// Waits until nothing is to be merged. For tests and measurements.
  void settle();

 private:
  struct Stored {
    std::string name;
    std::shared_ptr<const Run> run;
  };
  Store(Options options, const Clock& clock) : options_{std::move(options)}, clock_{clock} {}

  Status load();
  Status rehash(const Stored& plain);
  void seal();
  Result<Stored> write(const View::Runs& runs, std::uint32_t cutoff_second);
  Status write_list(const std::vector<Stored>& stored) const;
  Status replace(const std::vector<Stored>& from, const std::optional<Stored>& to);  // under disk_mutex_
  struct Due {
    std::vector<Stored> runs;
    std::uint32_t cutoff_second = 0;
    bool too_large = false;  ///< all of them together
  };
  Due due() const;
  std::uint32_t oldest_kept() const;
  std::uint32_t cutoff_for(const std::vector<Stored>& stored) const;
  void note(const Status& status);
  void keep_writing();
  void keep_merging();

  const Options options_;
  const Clock& clock_;
  Keys keys_;
  std::mutex seal_mutex_;  // before mutex_
  std::mutex disk_mutex_;  // before both; guards the list on disk
  std::atomic<std::uint64_t> next_number_ = 1;
  mutable std::mutex mutex_;
  std::condition_variable wake_, room_, idle_, due_;
  // Guarded by mutex_:
  std::unique_ptr<Table> table_;
  std::deque<std::unique_ptr<Table>> full_;
  View::Runs fresh_;  // in memory, oldest first
  std::vector<Stored> stored_;
  std::uint64_t dropped_ = 0, damaged_before_ = 0;
  std::string failure_;
  bool stopping_ = false, merging_ = false;
  std::thread writer_, merger_;
};

}  // namespace tocsin::history
