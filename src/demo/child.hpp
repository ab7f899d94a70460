#pragma once

/// Processes that the demonstration starts, and that never outlive it.
///
/// A child has a process group of its own, so that Ctrl-C reaches only us and we end it in order; if we are
/// killed, the system kills it. It starts without the signals that its parent blocks.
/// Errors:  unavailable, with the system's reason.
/// Threads: one; start() only from a thread that lives as long as the children.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tocsin::demo {

/// The path of the program that runs.
std::string own_program();

class Child {
 public:
  /// Runs this very program with `arguments`. What it says goes to `log_path` (appended); its standard output
  /// is kept for read_line.
  static Result<Child> start(const std::vector<std::string>& arguments, const std::string& log_path);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child() { stop(std::chrono::seconds{5}); }

  /// The next line of its standard output. Errors: unavailable when it ends or is silent for so long.
  Result<std::string> read_line(std::chrono::milliseconds wait_max);
  /// All of its output until it ends, and its exit code. Errors: unavailable when that takes too long.
  struct End {
    int code = 0;
    std::string output;
  };
  Result<End> finish(std::chrono::milliseconds wait_max);

  bool running();
  /// Asks it to end, waits, and ends it by force when it does not. Returns its exit code, or -signal.
  int stop(std::chrono::milliseconds wait_max);

 private:
  Child(pid_t pid, int output) : pid_{pid}, output_{output} {}
  bool wait(std::chrono::milliseconds wait_max);
  /// False at the end of the output.
  Result<bool> read_more(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = -1;  // -1: ended
  int output_ = -1;
  int code_ = 0;
  std::string read_;
};

}  // namespace tocsin::demo
