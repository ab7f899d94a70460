#pragma once

/// One member's house in the demonstration: its logs, its sensor's alerts, and what these should be.
///
/// Every line that is written is expected to raise certain alerts or none at all; every alert that is read is
/// either one of these, or the answer to a beacon, or a fault.
/// Errors:  unavailable for files, and when something that was waited for did not come in time.
/// Threads: one at a time.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "demo/alert_tail.hpp"
#include "demo/traffic.hpp"

namespace tocsin::demo {

/// Log files that are appended to, one write a call, as their programs do.
class LogFolder {
 public:
  static Result<LogFolder> open(const std::string& folder);
  LogFolder(LogFolder&&) noexcept;
  LogFolder& operator=(LogFolder&&) = delete;
  ~LogFolder();
  void write(const LogLine& line);
  std::uint64_t lines() const { return lines_; }

 private:
  LogFolder() { files_.fill(-1); }
  std::array<int, all_logs.size()> files_{};
  std::uint64_t lines_ = 0;
};

class Member {
 public:
  using MakeLine = std::function<LogLine(Traffic&)>;

  /// Makes `folder` with the logs and the file of alerts. `stop` ends all waiting.
  static Result<std::unique_ptr<Member>> open(std::string folder, std::uint64_t seed,
                                              const std::atomic<bool>& stop);

  std::string log_folder() const { return folder_ + "/logs"; }
  std::string alerts_path() const { return folder_ + "/alerts.jsonl"; }

  void write_ordinary();
  /// A line in which exactly these values must be found; none: a control, which must stay silent.
  void plant(const MakeLine& make, std::vector<std::string> values);
  /// Waits until everything that was planted was found.
  Status await_planted(std::chrono::milliseconds wait_max);

  /// Writes a new line with `value` every millisecond until one of them raised an alert; gives it, and when
  /// it could be read.
  struct Seen {
    Alert alert;
    std::chrono::steady_clock::time_point at;
  };
  Result<Seen> beacon(const MakeLine& make, const std::string& value, std::chrono::milliseconds wait_max);

  /// Reads what came. Gives it, for those who show it.
  Result<std::vector<Alert>> collect(std::chrono::microseconds wait_max);

  std::uint64_t alerts() const { return alerts_; }  ///< lines read
  std::uint64_t found() const { return found_; }    ///< planted values that were found
  std::uint64_t silent() const { return silent_; }  ///< controls that were written
  std::uint64_t lines() const { return logs_.lines(); }
  const std::set<std::string>& indicators() const { return indicators_; }  ///< that alerts named
  /// What alerted and should not have, and what was planted and not found.
  std::vector<std::string> faults() const;

 private:
  Member(std::string folder, std::uint64_t seed, const std::atomic<bool>& stop, LogFolder logs,
         AlertTail tail)
      : folder_{std::move(folder)},
        traffic_{seed},
        stop_{stop},
        logs_{std::move(logs)},
        tail_{std::move(tail)} {}
  void take(const Alert& alert);

  using Find = std::pair<std::string, std::string>;  // mark of the line, value
  const std::string folder_;
  Traffic traffic_;
  const std::atomic<bool>& stop_;
  LogFolder logs_;
  AlertTail tail_;
  std::set<Find> open_;  // planted, not found yet
  std::set<Find> done_;  // found
  std::set<Find> beacons_;
  std::set<std::string> indicators_;
  std::vector<std::string> unexpected_;
  std::uint64_t alerts_ = 0, found_ = 0, silent_ = 0;
};

}  // namespace tocsin::demo
