#include "spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/time.hpp"

namespace tocsin::cli {
namespace {

Error disk_error(const std::string& path) {
  return {Errc::denied, path + ": " + std::strerror(errno)};
}

}  // namespace

Result<SpoolFile> SpoolFile::create(const std::string& folder, const Submission& submission) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return disk_error(folder);
  // The time as a number of equal length sorts; the rest keeps two programs apart.
  const std::string path =
      folder + "/" + std::to_string(to_micros(system_clock().now())) + "-" + uuid4() + ".ndjson";
  const int descriptor = ::open((path + ".part").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return disk_error(path);
  SpoolFile file{descriptor, path};
  TOCSIN_TRY(file.add(to_line(submission) + "\n"));
  return file;
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, path_{std::move(other.path_)} {}

SpoolFile::~SpoolFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink((path_ + ".part").c_str());
}

Status SpoolFile::add(std::string_view lines) {
  while (!lines.empty()) {
    const auto put = ::write(descriptor_, lines.data(), lines.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return disk_error(path_);
    lines.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status SpoolFile::close() {
  if (::fsync(descriptor_) != 0) return disk_error(path_);
  ::close(std::exchange(descriptor_, -1));
  if (std::rename((path_ + ".part").c_str(), path_.c_str()) != 0) return disk_error(path_);
  return system_files().sync_folder(std::filesystem::path{path_}.parent_path().string());
}

std::string spool_folder(const std::string& profile_path) {
  return profile_path + ".spool";
}

std::vector<std::string> spooled(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{folder, none})
    if (entry.path().extension() == ".ndjson") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tocsin::cli
