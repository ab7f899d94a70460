#pragma once

/// Lines that wait on disk until a receiver has taken them: first in, first out, over restarts.
///
/// Units:   bytes of lines with their ends. Segments are files of about `segment_bytes`; one that was taken
/// whole is
///          removed, so the disk holds at most `bytes_max` and one segment more.
/// Errors:  a line that finds no room, or that the disk does not take, is dropped and counted; what was taken
/// in is
///          given out until it is settled. A kill loses nothing; a power cut may lose the last seconds, for
///          nothing here waits for the disk.
/// Threads: any; append() never waits for a receiver.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::alert {

class Spool {
 public:
  struct Limits {
    std::uint64_t bytes_max = 64ULL << 20;
    std::uint64_t segment_bytes = 1ULL << 20;
  };
  /// Errors: unavailable.
  static Result<std::unique_ptr<Spool>> open(std::string folder, Limits limits);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// `line` ends with its only line feed. False when it was dropped.
  bool append(std::string_view line);
  /// The oldest lines with their ends, at least one where there is one.
  std::vector<std::string> front(std::size_t lines_max, std::size_t bytes_max);
  /// The `lines` oldest were taken, or refused for good.
  void settle(std::size_t lines);

  struct Counts {
    std::uint64_t waiting_bytes = 0, dropped = 0;
    std::string problem;  ///< of the disk
  };
  Counts counts() const;

 private:
  struct Segment {
    std::uint64_t number = 0, size_bytes = 0;
  };
  Spool(std::string folder, Limits limits) : folder_{std::move(folder)}, limits_{limits} {}
  Status load();
  std::string path_of(std::uint64_t segment) const;
  bool open_next();             // under mutex_
  void fail(std::string what);  // under mutex_
  std::uint64_t waiting() const;
  void advance();

  const std::string folder_;
  const Limits limits_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::vector<Segment> segments_;  // oldest first; the last is written to
  int writing_ = -1, place_ = -1;  // descriptors: of the last segment, of the file that says what was taken
  std::uint64_t taken_bytes_ = 0;  // of the oldest segment
  Counts counts_;
};

}  // namespace tocsin::alert
