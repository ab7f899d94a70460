#include "input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tocsin::cli {
namespace {

constexpr std::size_t piece_bytes = 256 << 10;

/// A disk that fails is no hub that is away: the exit code must not say so.
Error file_error(const std::string& file, int code) {
  return {code == ENOENT ? Errc::not_found : Errc::denied, file + ": " + std::strerror(code)};
}

/// Reads to the end in pieces.
Status read_pieces(const std::string& file, int descriptor,
                   const std::function<Status(std::string_view)>& take) {
  std::string piece(piece_bytes, '\0');
  for (;;) {
    const auto got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(file, errno);
    if (got == 0) return {};
    TOCSIN_TRY(take(std::string_view{piece}.substr(0, static_cast<std::size_t>(got))));
  }
}

}  // namespace

Result<Input> Input::open(std::vector<std::string> files) {
  Input input;
  input.files_ = std::move(files);
  for (const auto& file : input.files_) {
    if (file == "-") continue;
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) return file_error(file, errno);
    if (S_ISDIR(about.st_mode)) return file_error(file, EISDIR);
    input.bytes_total_ += static_cast<std::uint64_t>(about.st_size);
  }
  if (std::find(input.files_.begin(), input.files_.end(), "-") != input.files_.end()) input.bytes_total_ = 0;
  return input;
}

Input::~Input() {
  if (!kept_path_.empty()) ::unlink(kept_path_.c_str());
}

Status Input::keep_stdin() {
  if (std::find(files_.begin(), files_.end(), "-") == files_.end()) return {};
  kept_path_ = (std::filesystem::temp_directory_path() / "tocsin-XXXXXX").string();
  const int kept = ::mkstemp(kept_path_.data());  // mode 0600
  if (kept < 0) return file_error(kept_path_, errno);
  const auto copied = read_pieces("standard input", STDIN_FILENO, [&](std::string_view piece) -> Status {
    while (!piece.empty()) {
      const auto put = ::write(kept, piece.data(), piece.size());
      if (put < 0) return file_error(kept_path_, errno);
      piece.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  });
  ::close(kept);
  return copied;
}

Status Input::for_each(const Take& take) {
  bytes_read_ = 0;
  for (const auto& file : files_) {
    if (file == "-" && kept_path_.empty()) {
      TOCSIN_TRY(read_one("standard input", STDIN_FILENO, take));
      continue;
    }
    const std::string& path = file == "-" ? kept_path_ : file;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file_error(path, errno);
    auto read = read_one(file == "-" ? "standard input" : file, descriptor, take);
    ::close(descriptor);
    if (!read) return read;
  }
  return {};
}

Status Input::read_one(const std::string& shown, int descriptor, const Take& take) {
  formats::ObjectStream stream;
  Status taken;
  const auto take_item = [&](const formats::ObjectStream::Item& item) {
    if (taken) taken = take(shown, item);
  };
  TOCSIN_TRY(read_pieces(shown, descriptor, [&](std::string_view piece) -> Status {
    bytes_read_ += piece.size();
    if (auto fed = stream.feed(piece, take_item); !fed) return in_context(shown, fed.error());
    return taken;
  }));
  if (auto finished = stream.finish(); !finished) return in_context(shown, finished.error());
  return {};
}

}  // namespace tocsin::cli
