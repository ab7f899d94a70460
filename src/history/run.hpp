#pragma once

/// A sorted run: keys with their traces, written once, then only read, from memory or from a mapped file.
///
/// Source:  docs/formats/sensor-history.md.
/// Errors:  corrupt for bytes that are no run; a damaged block is passed over, and counted.
/// Threads: a writer belongs to one; runs are shared.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "history/trace.hpp"

namespace tocsin::history {

inline constexpr std::size_t key_bytes_max = 1024;

class RunWriter {
 public:
  /// `append` takes the bytes in order. `entries_max`: no more are added. `base_second`: no trace begins
  /// before.
  RunWriter(std::function<Status(std::string_view)> append, std::uint64_t entries_max,
            std::uint32_t base_second);

  /// Keys come in ascending order, each once, of at most `key_bytes_max`. Names stay where they are until
  /// `finish`.
  Status add(std::string_view key, const Trace& trace);
  Status finish();
  std::uint64_t entries() const { return entries_; }

 private:
  std::uint32_t number_of(std::string_view file);
  Status end_block();
  Status put(std::string_view bytes);

  std::function<Status(std::string_view)> append_;
  std::uint32_t base_second_, newest_second_ = 0, oldest_last_second_ = UINT32_MAX;
  std::uint64_t entries_ = 0, written_ = 0;
  std::string block_, key_;  // the open block, and the last key in it
  std::vector<std::uint64_t> index_, filter_;
  std::string names_;
  std::uint32_t names_count_ = 0;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::unordered_map<const char*, std::uint32_t> met_;  // the same by where a name lies
};

class Run {
 public:
  static Result<std::shared_ptr<const Run>> open(const std::string& path);
  static Result<std::shared_ptr<const Run>> of(std::string bytes);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::optional<Trace> find(std::string_view key) const { return find(key, hash_of(key)); }
  std::optional<Trace> find(std::string_view key, std::uint64_t hash) const;
  static std::uint64_t hash_of(std::string_view key);
  void prefetch(std::uint64_t hash) const;

  std::uint64_t entries() const { return entries_; }
  std::uint64_t bytes() const { return bytes_.size(); }
  std::uint32_t base_second() const { return base_second_; }                ///< no trace begins before
  std::uint32_t newest_second() const { return newest_second_; }            ///< no trace ends after
  std::uint32_t oldest_last_second() const { return oldest_last_second_; }  ///< no trace ends before
  std::uint64_t damaged() const { return damaged_.load(); }                 ///< blocks that were passed over

  /// Steps through entries in the order of keys.
  class Cursor {
   public:
    /// Stands before the first key that is not less than `from`.
    Cursor(std::shared_ptr<const Run> run, std::string_view from = {});
    /// False at the end. What `key` and `trace` gave before is then of no meaning.
    bool next();
    const std::string& key() const { return key_; }
    const Trace& trace() const { return trace_; }

   private:
    bool step();
    std::shared_ptr<const Run> run_;
    std::uint64_t block_ = 0;
    std::string_view rest_;
    std::string key_;
    Trace trace_;
    bool held_ = false;  // the entry was read already
  };

 private:
  Run() = default;
  Status read_footer();
  std::string_view block(std::uint64_t number) const;
  std::uint64_t block_before(std::string_view key) const;
  bool read_entry(std::string_view& rest, std::string& key, Trace& trace) const;
  std::string_view name(std::uint64_t number) const;

  std::string own_;         // of a run in memory
  void* mapped_ = nullptr;  // of one in a file
  std::string_view bytes_, index_, filter_;
  std::vector<std::string_view> names_;
  std::uint64_t entries_ = 0, blocks_ = 0;
  std::uint32_t base_second_ = 0, newest_second_ = 0, oldest_last_second_ = 0;
  mutable std::atomic<std::uint64_t> damaged_ = 0;
};

}  // namespace tocsin::history
