#include "alert/alert_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tocsin::alert {
namespace {

int open_for_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

/// True when all of it was written; else `line` keeps the rest.
bool write_line(int descriptor, std::string& line) {
  while (!line.empty()) {
    const auto written = ::write(descriptor, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    line.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<AlertFile> AlertFile::open(std::string path) {
  if (path == "-") return AlertFile{std::move(path), STDOUT_FILENO};
  const int descriptor = open_for_append(path);
  if (descriptor < 0) return Error{Errc::unavailable, path + ": " + std::strerror(errno)};
  return AlertFile{std::move(path), descriptor};
}

AlertFile::AlertFile(AlertFile&& other) noexcept
    : path_{std::move(other.path_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      waiting_{std::move(other.waiting_)},
      dropped_{other.dropped_} {}

AlertFile::~AlertFile() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

void AlertFile::write(std::string line) {
  if (waiting_.empty() && write_line(descriptor_, line)) return;
  if (waiting_.size() < waiting_max)
    waiting_.push_back(std::move(line));
  else
    ++dropped_;
}

bool AlertFile::flush() {
  if (path_ != "-") {
    struct stat ours {
    }, named{};
    const bool same = ::fstat(descriptor_, &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
                      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
    if (!same) {
      if (const int fresh = open_for_append(path_); fresh >= 0) {
        ::close(descriptor_);
        descriptor_ = fresh;
      }
    }
  }
  while (!waiting_.empty() && write_line(descriptor_, waiting_.front())) waiting_.pop_front();
  return waiting_.empty();
}

}  // namespace tocsin::alert
