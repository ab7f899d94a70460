#pragma once

/// Reads the alerts that a sensor writes, as soon as a whole line is there.
///
/// Errors:  unavailable, when the file cannot be watched.
/// Threads: one at a time.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tocsin::demo {

struct Alert {
  std::string type;  ///< "alert" or "held-back"
  std::string value;
  std::string mark;  ///< of the log line, see traffic.hpp
  std::vector<std::string> indicators;
  std::vector<std::string> authors;  ///< of those that were shared by name
  std::optional<double> delay_ms;    ///< since the hub logged the newest source; absent for what is not live
};
/// Errors: invalid_input for a line that is no alert.
Result<Alert> parse_alert(std::string_view line);

class AlertTail {
 public:
  /// Creates the file when it is absent.
  static Result<AlertTail> open(const std::string& path);
  AlertTail(AlertTail&& other) noexcept;
  AlertTail& operator=(AlertTail&&) = delete;
  ~AlertTail();

  /// The alerts written since the last call; waits up to `wait_max` for the first.
  Result<std::vector<Alert>> next(std::chrono::microseconds wait_max);

 private:
  AlertTail(int file, int watch) : file_{file}, watch_{watch} {}
  Status read_lines(std::vector<Alert>& out);

  int file_, watch_;
  std::string unfinished_;
};

}  // namespace tocsin::demo
