#pragma once

/// RocksDB as the views use it: one ordered map, batches without a journal, whole or not at all.
///
/// Errors:  corrupt, unavailable. After a failed write or a failure in the background `write` answers
///          unavailable for good.
/// Threads: one writer at a time, many readers.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "views/views.hpp"

namespace tocsin::views {

/// Keys and values to be written, in one run of memory.
class Rows {
 public:
  void put(std::string_view key, std::string_view value);
  std::size_t size() const { return rows_.size(); }
  /// Sorts by key. A key that was put twice is a broken invariant.
  void sort();
  std::string_view key(std::size_t index) const {
    return {bytes_.data() + rows_[index].at, rows_[index].key_size};
  }
  std::string_view value(std::size_t index) const {
    return {bytes_.data() + rows_[index].at + rows_[index].key_size, rows_[index].value_size};
  }

 private:
  struct Row {
    std::uint64_t at;
    std::uint32_t key_size, value_size;
  };
  std::string bytes_;
  std::vector<Row> rows_;
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const Views::Options& options);
  static Status destroy(const Views::Options& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// All rows at once, or none. Sorts them.
  Status write(Rows& rows);
  /// Removes keys and puts one row (when its key is not empty), at once.
  Status replace(std::span<const std::string> gone, std::string_view key, std::string_view value);
  Status flush();
  /// Rewrites the files that hold these keys, so that what was removed leaves them.
  Status rewrite(std::span<const std::string> keys);
  Status compact();

  Result<std::optional<std::string>> get(std::string_view key) const;
  Result<std::vector<bool>> contain(std::span<const std::string> keys) const;

  /// Whether any key is in each group.
  Result<std::vector<bool>> are_used(std::span<const std::string> groups) const;

  /// Sees key and value; false ends the walk.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  /// Walks the keys of a group from `from` on.
  Status walk_group(std::string_view group, std::string_view from, const Visit& visit) const;
  /// The last key of a group.
  Status last_of_group(std::string_view group, const Visit& visit) const;
  /// Walks all keys from `from` on. Does not push others out of the cache.
  Status walk(std::string_view from, const Visit& visit) const;

  std::uint64_t bytes_on_disk() const;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::views
