#pragma once

/// Files as the log and the stores need them: positional reads, appends, and a sync that is believed only
/// when it says so. The seam at which tests put disks that fail on purpose.
///
/// Errors:  unavailable, with the path and the system's reason (a full disk, an I/O error).
/// Threads: a `File` may be read from many threads while one thread writes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin {

/// One open file.
class File {
 public:
  virtual ~File() = default;

  /// Writes all of `bytes` at `offset`. On an error any part of them may have been written.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Reads up to `size` bytes at `offset` into `out` (replaced); fewer only at the end of the file.
  virtual Status read_at(std::uint64_t offset, std::size_t size, std::string& out) const = 0;
  /// Returns once everything written before is on stable storage (fdatasync). After an error the state of
  /// what was written is unknown, and a later success proves nothing: the caller must stop writing.
  virtual Status sync() = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

/// A folder of files.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Opens for reading and writing, and creates when absent.
  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;  ///< names, sorted
  virtual Status make_folder(const std::string& path) = 0;                    ///< with parents; exists: fine
  virtual Status remove(const std::string& path) = 0;                         ///< absent: fine
  virtual Status rename(const std::string& from, const std::string& to) = 0;  ///< atomic, replaces
  /// Makes names created, renamed or removed in `folder` durable.
  virtual Status sync_folder(const std::string& folder) = 0;
  virtual bool exists(const std::string& path) = 0;
};

/// The machine's own. Lives as long as the program.
FileSystem& system_files();

/// The whole file. Errors: not_found when absent, invalid_input when larger than `size_max`, unavailable.
Result<std::string> read_file(const std::string& path, std::uint64_t size_max = 64ULL << 20);
/// Replaces the file as a whole (temporary file, sync, rename, folder sync): a crash leaves old or new.
/// `mode` as for open(2); secrets use 0600.
Status write_file(const std::string& path, std::string_view bytes, unsigned mode = 0644);

}  // namespace tocsin
