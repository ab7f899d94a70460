#pragma once

/// What stands beside the log and can be rebuilt from it: a row per entry, and the checkpoint that says up to
/// which frame the rows are on stable storage.
///
/// Source:  docs/formats/log.md §Rows, §Checkpoint.
/// Errors:  corrupt with the file's name when a check value differs; unavailable is the disk.
/// Threads: a Sidecar is read by any thread while one writes; Checkpoint is a value.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "log/log.hpp"

namespace tocsin::log {

constexpr std::size_t row_bytes = 64;

/// A row as it stands on disk: what readers get, and what leads back to the frame.
struct StoredRow {
  Row row{};
  Sequence sequence{};
};

/// What one frame does to one circle's rows.
struct SidecarUpdate {
  std::vector<StoredRow> added{};    ///< contiguous
  std::vector<RowChange> changes{};  ///< to rows before `added`
  void change(const RowChange& change);
};

std::string sidecar_name(CircleId circle);

class Sidecar {
 public:
  static Result<std::unique_ptr<Sidecar>> open(FileSystem& files, const std::string& folder, CircleId circle,
                                               std::uint64_t log_id);

  Status apply(const SidecarUpdate& update);
  Status mark_erased(Sequence sequence);
  /// `count` rows from `first` on, all of which exist.
  Result<std::vector<StoredRow>> read(Sequence first, std::size_t count) const;
  Result<StoredRow> read(Sequence sequence) const;
  /// The row, or nothing when no intact one stands there.
  std::optional<StoredRow> probe(Sequence sequence) const;
  /// Whether the file is long enough for `count` rows.
  Result<bool> holds(std::uint64_t count) const;
  /// Durable when it returns; costs nothing when nothing changed.
  Status sync();

 private:
  Sidecar(std::unique_ptr<File> file, std::string path, std::uint64_t seed)
      : file_{std::move(file)}, path_{std::move(path)}, seed_{seed} {}
  Status load(Sequence first, std::size_t count, std::vector<StoredRow>& out) const;
  template <class Change>
  Status modify(Sequence sequence, Change change);

  std::unique_ptr<File> file_;
  std::string path_;
  std::uint64_t seed_;
  mutable std::mutex writing_;  // a reader that met a row in the middle of its change looks again under it
  std::atomic<bool> dirty_ = false;
};

/// The log up to a frame, as far as rows and heads are concerned.
struct Checkpoint {
  std::uint64_t log_id = 0;
  std::uint64_t frame = 0;    ///< the last one that the rows know
  std::uint32_t segment = 1;  ///< where the next frame begins
  std::uint64_t offset = 0;
  std::map<CircleId, Head> heads{};
};

std::string encode_checkpoint(const Checkpoint& checkpoint);
std::optional<Checkpoint> parse_checkpoint(std::string_view bytes);

/// The whole of a small file. Errors: unavailable.
Result<std::string> read_whole(FileSystem& files, const std::string& path);
/// Replaces a small file as a whole: a crash leaves the old or the new.
Status replace_whole(FileSystem& files, const std::string& folder, const std::string& name,
                     std::string_view bytes);

}  // namespace tocsin::log
