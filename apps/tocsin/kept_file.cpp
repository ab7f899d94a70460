#include "kept_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tocsin::cli {
namespace {

Error disk_error(const std::string& path) {
  return {Errc::denied, path + ": " + std::strerror(errno)};
}

/// Whether what stands in the file does not end a line.
bool is_torn(int descriptor) {
  const auto size = ::lseek(descriptor, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
}

Status write_all(int descriptor, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return disk_error(path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

Status append_lines(const std::string& path, std::string_view lines) {
  if (lines.empty()) return {};
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return disk_error(path);
  const std::string text = (is_torn(descriptor) ? "\n" : "") + std::string{lines};
  auto written = write_all(descriptor, path, text);
  if (written && ::fsync(descriptor) != 0) written = disk_error(path);
  ::close(descriptor);
  return written;
}

Status replace_file(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return disk_error(fresh);
  auto written = write_all(descriptor, fresh, bytes);
  ::close(descriptor);
  if (written && std::rename(fresh.c_str(), path.c_str()) != 0) written = disk_error(path);
  if (!written) ::unlink(fresh.c_str());
  return written;
}

Status sync_files_of(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return disk_error(folder);
  const auto synced = ::syncfs(descriptor) == 0 ? Status{} : Status{disk_error(folder)};
  ::close(descriptor);
  return synced;
}

Result<FileLock> FileLock::hold(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return disk_error(path);
  FileLock lock{descriptor};
  while (::flock(descriptor, LOCK_EX) != 0)
    if (errno != EINTR) return disk_error(path);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tocsin::cli
