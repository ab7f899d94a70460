#pragma once

/// The records of several files in the order of their times, for patterns over several records.
///
/// Order:   files are sorted by the earliest of their first 64 records, opened when their time has come, and
/// merged by the times of
///          records. Within a file `records_max` divided by the open files (at least 64) are read ahead, so
///          that those that were written late (a connection is logged when it ends) find their place; what
///          comes later still comes with its own time, after records of a later one. A record without a time
///          is taken with that of the record before it, or after it at the start of a file; a file without
///          any time comes first, and its records are of now.
/// Errors:  those of Input, per file; the others go on.
/// Threads: one.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "observe/reader.hpp"
#include "sensor/finder.hpp"
#include "sensor/input.hpp"

namespace tocsin::sensor {

class Timeline {
 public:
  struct Options {
    observe::Format format = observe::Format::automatic;
    std::shared_ptr<const observe::Formats> formats = observe::built_in_formats();
    std::size_t records_max = 200'000;
    std::function<void(const std::string& path, const Error& error)> on_error = [](auto&, auto&) {};
    std::function<void(const Unreadable&)> on_unreadable = [](const Unreadable&) {};
  };
  struct Entry {
    Timestamp time{};  ///< by which it is sorted
    std::string line;
    stix::Observation record;
    Seen seen;                ///< the name lies in the timeline
    std::string_view format;  ///< its name
    bool is_json = false;
  };
  Timeline(std::vector<std::string> paths, Options options);
  ~Timeline();
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  /// Null at the end.
  std::unique_ptr<Entry> next();
  struct Totals {
    std::uint64_t lines = 0, bytes = 0, records = 0, unreadable = 0;
  };
  const Totals& totals() const { return totals_; }

 private:
  struct Source;
  std::size_t ahead() const;
  void open_due();
  void fill(Source& source);
  void close(Source& source);

  const Options options_;
  std::vector<std::unique_ptr<Source>> waiting_;  // the earliest last
  std::vector<std::unique_ptr<Source>> open_;
  std::vector<std::unique_ptr<Source>> done_;  // their names are still used
  Totals totals_;
};

}  // namespace tocsin::sensor
