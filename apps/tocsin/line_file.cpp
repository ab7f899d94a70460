#include "line_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace tocsin::cli {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;

Error disk_error() {
  return {Errc::denied, std::string{"a temporary file: "} + std::strerror(errno)};
}

}  // namespace

Result<LineFile> LineFile::create() {
  auto path = (std::filesystem::temp_directory_path() / "tocsin-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());  // mode 0600
  if (descriptor < 0) return disk_error();
  ::unlink(path.c_str());
  return LineFile{descriptor};
}

LineFile::LineFile(LineFile&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)},
      unwritten_{std::move(other.unwritten_)},
      ends_{std::move(other.ends_)},
      size_{other.size_},
      mapped_{std::exchange(other.mapped_, nullptr)} {}

LineFile::~LineFile() {
  if (mapped_ != nullptr) ::munmap(mapped_, size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status LineFile::add(std::string_view line) {
  unwritten_ += line;
  size_ += line.size();
  ends_.push_back(size_);
  return unwritten_.size() < piece_bytes ? Status{} : flush();
}

Status LineFile::flush() {
  std::string_view rest = unwritten_;
  while (!rest.empty()) {
    const auto put = ::write(descriptor_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return disk_error();
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  unwritten_.clear();
  return {};
}

Result<std::vector<std::string_view>> LineFile::lines() {
  TOCSIN_TRY(flush());
  if (mapped_ == nullptr && size_ != 0) {
    mapped_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (mapped_ == MAP_FAILED) {
      mapped_ = nullptr;
      return disk_error();
    }
  }
  const std::string_view all{static_cast<const char*>(mapped_), size_};
  std::vector<std::string_view> out;
  out.reserve(ends_.size());
  std::size_t begin = 0;
  for (const auto end : ends_) {
    out.push_back(all.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

}  // namespace tocsin::cli
