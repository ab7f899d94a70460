#include "base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tocsin {
namespace {

Error system_error(const std::string& path, std::string_view act) {
  const int code = errno;
  return Error{code == ENOENT ? Errc::not_found : Errc::unavailable,
               path + ": " + std::string{act} + ": " + std::strerror(code)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class SystemFile final : public File {
 public:
  SystemFile(std::string path, int fd) : path_{std::move(path)}, fd_{fd} {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto done = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return system_error(path_, "write");
      bytes.remove_prefix(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
    return {};
  }

  Status read_at(std::uint64_t offset, std::size_t size, std::string& out) const override {
    out.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
      const auto done =
          ::pread(fd_.get(), out.data() + filled, size - filled, static_cast<off_t>(offset + filled));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return system_error(path_, "read");
      if (done == 0) break;
      filled += static_cast<std::size_t>(done);
    }
    out.resize(filled);
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_error(path_, "fdatasync");
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return system_error(path_, "truncate");
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return system_error(path_, "stat");
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  std::string path_;
  Descriptor fd_;
};

class SystemFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return system_error(path, "open");
    return std::unique_ptr<File>{std::make_unique<SystemFile>(path, fd)};
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::error_code code;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it{folder, code}, end; !code && it != end; it.increment(code))
      names.push_back(it->path().filename().string());
    if (code) return Error{Errc::unavailable, folder + ": list: " + code.message()};
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_folder(const std::string& path) override {
    std::error_code code;
    std::filesystem::create_directories(path, code);
    if (code) return Error{Errc::unavailable, path + ": make folder: " + code.message()};
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(path, "remove");
    return {};
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error(from, "rename to " + to);
    return {};
  }

  Status sync_folder(const std::string& folder) override {
    const Descriptor fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return system_error(folder, "sync folder");
    return {};
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
};

}  // namespace

FileSystem& system_files() {
  static SystemFiles files;
  return files;
}

Result<std::string> read_file(const std::string& path, std::uint64_t size_max) {
  const Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.get() < 0) return system_error(path, "open");
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + 65536);
    const auto done = ::read(fd.get(), out.data() + before, 65536);
    if (done < 0 && errno != EINTR) return system_error(path, "read");
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(done, 0)));
    if (out.size() > size_max)
      return Error{Errc::invalid_input, path + ": larger than " + std::to_string(size_max) + " bytes"};
    if (done == 0) return out;
  }
}

Status write_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path + ".new";
  {
    const Descriptor fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (fd.get() < 0) return system_error(temporary, "open");
    while (!bytes.empty()) {
      const auto done = ::write(fd.get(), bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return system_error(temporary, "write");
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    if (::fsync(fd.get()) != 0) return system_error(temporary, "sync");
  }
  TOCSIN_TRY(system_files().rename(temporary, path));
  const auto folder = std::filesystem::path{path}.parent_path();
  return system_files().sync_folder(folder.empty() ? "." : folder.string());
}

}  // namespace tocsin
