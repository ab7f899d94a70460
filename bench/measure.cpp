#include "measure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace tocsin::bench {
namespace {

double clock_s(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) give_up("the clock cannot be read");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string list(const std::vector<double>& values) {
  std::string out = "[";
  for (const double value : values) {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%s%.6g", out.size() > 1 ? "," : "", value);
    out.append(text, static_cast<std::size_t>(size));
  }
  return out + "]";
}

}  // namespace

void give_up(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::_Exit(1);
}

Arguments::Arguments(int count, char** texts) {
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = texts[i];
    if (!name.starts_with("--") || i + 1 == count) give_up("arguments are pairs: --name value");
    values_.emplace(name.substr(2), texts[i + 1]);
  }
}

const std::string& Arguments::text(std::string_view name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) give_up("--" + std::string{name} + " is missing");
  return it->second;
}

std::string Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string{otherwise} : it->second;
}

std::uint64_t Arguments::number(std::string_view name) const {
  const auto& given = text(name);
  std::uint64_t value = 0;
  const char* end = given.data() + given.size();
  if (std::from_chars(given.data(), end, value).ptr != end || given.empty())
    give_up("--" + std::string{name} + " takes a number");
  return value;
}

std::uint64_t Arguments::number_or(std::string_view name, std::uint64_t otherwise) const {
  return values_.contains(name) ? number(name) : otherwise;
}

double now_s() {
  return clock_s(CLOCK_MONOTONIC);
}

double thread_cpu_s() {
  return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

double process_cpu_s(int process) {
  clockid_t clock{};
  if (::clock_getcpuclockid(process, &clock) != 0) give_up("the measured process is gone");
  return clock_s(clock);
}

void forget_cached(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(path + " cannot be opened");
  ::fdatasync(file);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

void sleep_until_s(double at_s) {
  const double left_s = at_s - now_s();
  if (left_s > 0) ::usleep(static_cast<useconds_t>(left_s * 1e6));
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) give_up("nothing was measured");
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

RawFile::RawFile(const std::string& folder) : path_{folder + "/raw.XXXXXX"} {
  file_ = ::mkstemp(path_.data());
  if (file_ < 0) give_up("no file can be made in " + folder);
}

RawFile::~RawFile() {
  ::close(file_);
  ::unlink(path_.c_str());
}

void RawFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_, bytes.data(), bytes.size());
    if (written <= 0) give_up("the disk takes no more");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void RawFile::sync() {
  if (::fdatasync(file_) != 0) give_up("fdatasync failed");
}

void print(const Row& row) {
  std::printf(R"({"name":"%s","unit":"%s","system":%s,"limit":%s,"target":%g,"more_is_better":%s})"
              "\n",
              row.name.c_str(), row.unit.c_str(), list(row.system).c_str(), list(row.limit).c_str(),
              row.target, row.more_is_better ? "true" : "false");
  std::fflush(stdout);
}

}  // namespace tocsin::bench
