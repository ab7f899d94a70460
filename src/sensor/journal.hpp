#pragma once

/// What a sensor has applied of one circle, on disk: so that it matches at once after a restart, with or
/// without the hub, and resumes where it stood.
///
/// Format:  one line a record: 16 hexadecimal digits (XXH3-64 of what follows the space), a space, a letter
///          (e: an entry as it was pushed; p: a position; b: the position that the saved set must hold,
///          before all others), a space, one line of JSON, a line feed. A line of spaces was taken back.
///          Everything from the first line that is not whole on is cut off: the hub sends it again, because
///          the position is that of the last whole line.
/// Errors:  unavailable for the disk. After one nothing more is written, so that no gap arises: the position
///          on disk stays before what is missing.
/// Threads: one.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace tocsin::sensor {

enum class Record : char { entry = 'e', position = 'p', base = 'b' };

class Journal {
 public:
  /// Where a record lies.
  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;  ///< 0: nowhere
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// A record that was read back. False: it makes no sense; it and all after it are cut off.
  using Take = std::function<bool(Record, std::string_view json, Place)>;

  /// Creates it when absent. Lines that were taken back are dropped when they are more than half of it.
  static Result<Journal> open(const std::string& path, FileSystem& files = system_files());

  /// All records in order, from the beginning. Cuts what is torn.
  Status replay(const Take& take);
  /// The same without changing the file.
  static Status read(const std::string& path, const Take& take, FileSystem& files = system_files());

  /// Behind all others. Handed to the system when it returns: a kill loses nothing, a power cut may lose the
  /// end.
  Result<Place> append(Record record, std::string_view json);
  /// The bytes are overwritten.
  Status take_back(Place place);
  /// Everything is.
  Status clear();
  /// Drops what stands before `from`, puts one record in its place, and tells where `from` now is: written
  /// beside it, synced and renamed, so that a kill leaves the old journal or the new one.
  Result<std::uint64_t> drop_before(std::uint64_t from, Record record, std::string_view json);
  Status sync();

  /// Why nothing is written any more; nullopt while all is well.
  const std::optional<Error>& failure() const { return failure_; }
  std::uint64_t bytes() const { return end_; }

 private:
  Journal(FileSystem& files, std::string path, std::unique_ptr<File> file, std::uint64_t end)
      : files_{&files}, path_{std::move(path)}, file_{std::move(file)}, end_{end} {}
  Status failed_or(Status status);

  FileSystem* files_;
  std::string path_;
  std::unique_ptr<File> file_;
  std::uint64_t end_;
  std::optional<Error> failure_;
};

}  // namespace tocsin::sensor
