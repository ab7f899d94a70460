#include "demo/member.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tocsin::demo {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds beacon_interval{1};

}  // namespace

Result<LogFolder> LogFolder::open(const std::string& folder) {
  LogFolder out;
  for (const auto log : all_logs) {
    const auto path = folder + "/" + std::string{file_name(log)};
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return Error{Errc::unavailable, path + ": " + std::strerror(errno)};
    out.files_[static_cast<std::size_t>(log)] = file;
  }
  return out;
}

LogFolder::LogFolder(LogFolder&& other) noexcept : files_{other.files_}, lines_{other.lines_} {
  other.files_.fill(-1);
}

LogFolder::~LogFolder() {
  for (const int file : files_)
    if (file >= 0) close(file);
}

void LogFolder::write(const LogLine& line) {
  // A line that is lost (a full disk) shows: what was planted in it will not be found.
  if (::write(files_[static_cast<std::size_t>(line.log)], line.text.data(), line.text.size()) > 0) ++lines_;
}

Result<std::unique_ptr<Member>> Member::open(std::string folder, std::uint64_t seed,
                                             const std::atomic<bool>& stop) {
  std::error_code error;
  std::filesystem::create_directories(folder + "/logs", error);
  if (error) return Error{Errc::unavailable, folder + ": " + error.message()};
  auto logs = LogFolder::open(folder + "/logs");
  if (!logs) return std::move(logs).error();
  auto tail = AlertTail::open(folder + "/alerts.jsonl");
  if (!tail) return std::move(tail).error();
  return std::unique_ptr<Member>{
      new Member{std::move(folder), seed, stop, *std::move(logs), *std::move(tail)}};
}

void Member::write_ordinary() {
  logs_.write(traffic_.ordinary(system_clock().now()));
}

void Member::plant(const MakeLine& make, std::vector<std::string> values) {
  const auto line = make(traffic_);
  if (values.empty()) ++silent_;
  for (auto& value : values) open_.emplace(line.mark, std::move(value));
  logs_.write(line);
}

void Member::take(const Alert& alert) {
  ++alerts_;
  const Find find{alert.mark, alert.value};
  indicators_.insert(alert.indicators.begin(), alert.indicators.end());
  if (alert.type == "alert" && open_.erase(find) == 1) {
    ++found_;
    done_.insert(find);
    return;
  }
  if (alert.type == "alert" && beacons_.erase(find) == 1) return;
  unexpected_.push_back(alert.type + " for " + alert.value + " in line " + alert.mark +
                        (done_.contains(find) ? ", a second time" : ""));
}

Result<std::vector<Alert>> Member::collect(std::chrono::microseconds wait_max) {
  if (stop_) return Error{Errc::unavailable, "interrupted"};
  auto alerts = tail_.next(wait_max);
  if (alerts)
    for (const auto& alert : *alerts) take(alert);
  return alerts;
}

Status Member::await_planted(std::chrono::milliseconds wait_max) {
  const auto deadline = Steady::now() + wait_max;
  while (!open_.empty()) {
    if (auto came = collect(std::chrono::milliseconds{5}); !came) return came.error();
    if (Steady::now() > deadline && !open_.empty())
      return Error{Errc::unavailable, "no alert came for " + open_.begin()->second};
  }
  return {};
}

Result<Member::Seen> Member::beacon(const MakeLine& make, const std::string& value,
                                    std::chrono::milliseconds wait_max) {
  auto due = Steady::now();
  const auto deadline = due + wait_max;
  for (;;) {
    auto time = Steady::now();
    if (time > deadline) return Error{Errc::unavailable, "no alert came for " + value};
    if (time >= due) {
      const auto line = make(traffic_);
      beacons_.emplace(line.mark, value);
      logs_.write(line);
      due = time + beacon_interval;
      time = Steady::now();
    }
    const auto left = std::chrono::ceil<std::chrono::microseconds>(due - time);
    auto came = collect(std::max(left, std::chrono::microseconds{0}));
    if (!came) return std::move(came).error();
    const auto at = Steady::now();
    for (auto& alert : *came)
      if (alert.value == value) return Seen{std::move(alert), at};
  }
}

std::vector<std::string> Member::faults() const {
  auto all = unexpected_;
  for (const auto& [mark, value] : open_) all.push_back("no alert for " + value + " in line " + mark);
  return all;
}

}  // namespace tocsin::demo
