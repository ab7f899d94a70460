#pragma once

/// What every benchmark here shares: arguments, clocks, the raw disk, and rows for run.py.
///
/// Errors:  a benchmark that cannot measure ends with exit code 1 and says why: a wrong figure is worse.
/// Threads: values, and pure functions.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::bench {

[[noreturn]] void give_up(std::string_view why);

/// `--name value` pairs. Asking for one that was not given ends the program.
class Arguments {
 public:
  Arguments(int count, char** texts);
  const std::string& text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  std::uint64_t number(std::string_view name) const;
  std::uint64_t number_or(std::string_view name, std::uint64_t otherwise) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Seconds of the monotonic clock, which all processes share.
double now_s();
/// CPU seconds that the calling thread has used so far.
double thread_cpu_s();
/// CPU seconds that a process has used so far, all threads.
double process_cpu_s(int process);
/// Drops a file from the page cache, so that it is next read from the disk.
void forget_cached(const std::string& path);
/// Sleeps until `at_s` of now_s().
void sleep_until_s(double at_s);

/// The value below which `part` of the values lie. `values` must not be empty.
double quantile(std::vector<double> values, double part);

/// A fresh file in `folder`, removed at the end: the limit that nothing durable can beat.
class RawFile {
 public:
  explicit RawFile(const std::string& folder);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  void append(std::string_view bytes);
  void sync();  ///< fdatasync

 private:
  std::string path_;
  int file_ = -1;
};

/// One row: a figure of the system and the limit beside it, one of each per round, measured in turn.
struct Row {
  std::string name, unit;
  std::vector<double> system, limit{};  ///< no limit: the figure stands for itself
  double target = 0;                    ///< of system / limit; 0: none
  bool more_is_better = true;
};
/// Prints it as one line of JSON.
void print(const Row& row);

}  // namespace tocsin::bench
