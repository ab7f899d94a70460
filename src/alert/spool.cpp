#include "alert/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/file.hpp"

namespace tocsin::alert {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".ndjson";

}  // namespace

std::string Spool::path_of(std::uint64_t segment) const {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%012llu", static_cast<unsigned long long>(segment));
  return folder_ + "/" + digits.data() + std::string{ending};
}

Result<std::unique_ptr<Spool>> Spool::open(std::string folder, Limits limits) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error{Errc::unavailable, folder + ": " + error.message()};
  fs::permissions(folder, fs::perms::owner_all, error);
  std::unique_ptr<Spool> spool{new Spool{std::move(folder), limits}};
  TOCSIN_TRY(spool->load());
  return spool;
}

Status Spool::load() {
  auto names = system_files().list(folder_);
  if (!names) return names.error();
  for (const auto& name : *names) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || std::string_view{end} != ending) continue;
    std::error_code failed;
    segments_.push_back({number, fs::file_size(folder_ + "/" + name, failed)});
  }
  std::ranges::sort(segments_, {}, &Segment::number);
  place_ = ::open((folder_ + "/taken").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (place_ < 0) return Error{Errc::unavailable, folder_ + "/taken: " + std::strerror(errno)};
  std::array<char, 64> text{};
  unsigned long long segment = 0, bytes = 0;
  if (::pread(place_, text.data(), text.size() - 1, 0) > 0)
    (void)std::sscanf(text.data(), "%llu %llu", &segment, &bytes);
  while (!segments_.empty() && segments_.front().number < segment) {
    (void)::unlink(path_of(segments_.front().number).c_str());
    segments_.erase(segments_.begin());
  }
  if (!segments_.empty() && segments_.front().number == segment && bytes <= segments_.front().size_bytes)
    taken_bytes_ = bytes;
  if (segments_.empty()) segments_.push_back({std::max<std::uint64_t>(segment, 1), 0});
  // The end of a line that a power cut tore is no line.
  auto& last = segments_.back();
  const auto path = path_of(last.number);
  writing_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (writing_ < 0) return Error{Errc::unavailable, path + ": " + std::strerror(errno)};
  if (last.size_bytes > 0) {
    auto whole = read_file(path, UINT64_MAX);
    if (!whole) return whole.error();
    last.size_bytes = whole->rfind('\n') + 1;  // npos + 1 is 0
    if (::ftruncate(writing_, static_cast<off_t>(last.size_bytes)) != 0)
      return Error{Errc::unavailable, path + ": " + std::strerror(errno)};
    if (segments_.size() == 1) taken_bytes_ = std::min(taken_bytes_, last.size_bytes);
  }
  return {};
}

Spool::~Spool() {
  if (writing_ >= 0) ::close(writing_);
  if (place_ >= 0) ::close(place_);
}

std::uint64_t Spool::waiting() const {
  std::uint64_t sum = 0;
  for (const auto& segment : segments_) sum += segment.size_bytes;
  return sum - taken_bytes_;
}

void Spool::fail(std::string what) {
  ++counts_.dropped;
  counts_.problem = std::move(what);
}

bool Spool::open_next() {
  const auto number = segments_.back().number + 1;
  const int next = ::open(path_of(number).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (next < 0) return false;
  ::close(writing_);
  writing_ = next;
  segments_.push_back({number, 0});
  return true;
}

bool Spool::append(std::string_view line) {
  const std::scoped_lock lock{mutex_};
  if (waiting() + line.size() > limits_.bytes_max) {
    ++counts_.dropped;
    return false;
  }
  if (segments_.back().size_bytes >= limits_.segment_bytes && !open_next()) {
    fail(path_of(segments_.back().number + 1) + ": " + std::strerror(errno));
    return false;
  }
  auto& last = segments_.back();
  std::size_t written = 0;
  while (written < line.size()) {
    const auto count = ::write(writing_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fail(path_of(last.number) + ": " + std::strerror(errno));
      (void)::ftruncate(writing_, static_cast<off_t>(last.size_bytes));
      return false;
    }
    written += static_cast<std::size_t>(count);
  }
  last.size_bytes += line.size();
  counts_.problem.clear();
  return true;
}

std::vector<std::string> Spool::front(std::size_t lines_max, std::size_t bytes_max) {
  std::string path;
  std::uint64_t from = 0, to = 0;
  {
    const std::scoped_lock lock{mutex_};
    advance();
    path = path_of(segments_.front().number);
    from = taken_bytes_;
    to = segments_.front().size_bytes;
  }
  std::vector<std::string> out;
  if (from >= to) return out;
  const int reading = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (reading < 0) return out;
  std::string text;
  for (auto want = std::min<std::uint64_t>(to - from, bytes_max);; want = std::min(to - from, want * 4)) {
    text.resize(want);
    const auto got = ::pread(reading, text.data(), text.size(), static_cast<off_t>(from));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (text.find('\n') != std::string::npos || want == to - from || text.empty()) break;
  }
  ::close(reading);
  for (std::size_t at = 0; out.size() < lines_max;) {
    const auto end = text.find('\n', at);
    if (end == std::string::npos) break;
    out.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return out;
}

/// Leaves segments behind that were taken whole.
void Spool::advance() {
  while (taken_bytes_ >= segments_.front().size_bytes && segments_.size() > 1) {
    (void)::unlink(path_of(segments_.front().number).c_str());
    segments_.erase(segments_.begin());
    taken_bytes_ = 0;
  }
}

void Spool::settle(std::size_t lines) {
  const auto taken = front(lines, 64U << 10);
  std::size_t count = taken.size();
  std::uint64_t bytes = 0;
  for (const auto& line : taken) bytes += line.size();
  {
    const std::scoped_lock lock{mutex_};
    taken_bytes_ += bytes;
    if (taken_bytes_ == segments_.front().size_bytes && segments_.size() == 1 && taken_bytes_ > 0 &&
        open_next())
      advance();
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%020llu %020llu\n",
                                   static_cast<unsigned long long>(segments_.front().number),
                                   static_cast<unsigned long long>(taken_bytes_));
    if (::pwrite(place_, text.data(), static_cast<std::size_t>(size), 0) != size)
      counts_.problem = folder_ + "/taken: " + std::strerror(errno);
  }
  if (count != 0 && count < lines) settle(lines - count);
}

Spool::Counts Spool::counts() const {
  const std::scoped_lock lock{mutex_};
  auto out = counts_;
  out.waiting_bytes = waiting();
  return out;
}

}  // namespace tocsin::alert
