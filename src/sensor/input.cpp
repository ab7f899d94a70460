#include "sensor/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "observe/reader.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
constexpr std::size_t padding = observe::Reader::padding_bytes;
constexpr std::size_t line_bytes_max = observe::Reader::line_bytes_max;

Error system_error(const std::string& path, int number) {
  const auto code = number == ENOENT                      ? Errc::not_found
                    : number == EACCES || number == EPERM ? Errc::denied
                                                          : Errc::unavailable;
  return {code, path + ": " + std::strerror(number)};
}

/// One way of storing: stored bytes in, plain bytes out.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Moves on through `in` and says how much of `out` was filled. Errors: corrupt.
  virtual Result<std::size_t> decode(std::span<const char>& in, std::span<char> out) = 0;
  /// True where the stored bytes may end.
  virtual bool complete() const = 0;
};

class Plain final : public Decoder {
 public:
  Result<std::size_t> decode(std::span<const char>& in, std::span<char> out) override {
    const auto size = std::min(in.size(), out.size());
    std::memcpy(out.data(), in.data(), size);
    in = in.subspan(size);
    return size;
  }
  bool complete() const override { return true; }
};

/// RFC 1952, with any number of members one behind the other.
class Gzip final : public Decoder {
 public:
  Gzip() { ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~Gzip() override { inflateEnd(&stream_); }

  Result<std::size_t> decode(std::span<const char>& in, std::span<char> out) override {
    if (!ready_) return Error{Errc::unavailable, "no memory to decompress"};
    if (ended_ && !in.empty()) {
      inflateReset(&stream_);
      ended_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    in = in.subspan(in.size() - stream_.avail_in);
    const auto size = out.size() - stream_.avail_out;
    if (code == Z_STREAM_END) ended_ = true;
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return size;
    damage_ = stream_.msg != nullptr ? stream_.msg : "bad data";
    if (size > 0) return size;  // what came before the damage is good
    return Error{Errc::corrupt, std::string{"damaged gzip: "} + damage_};
  }
  bool complete() const override { return ended_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  const char* damage_ = nullptr;
};

class Zstandard final : public Decoder {
 public:
  Zstandard() : stream_{ZSTD_createDStream()} {}
  ~Zstandard() override { ZSTD_freeDStream(stream_); }

  Result<std::size_t> decode(std::span<const char>& in, std::span<char> out) override {
    if (stream_ == nullptr) return Error{Errc::unavailable, "no memory to decompress"};
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const auto code = ZSTD_decompressStream(stream_, &output, &input);
    in = in.subspan(input.pos);
    if (ZSTD_isError(code) != 0) {
      if (output.pos > 0) return output.pos;
      return Error{Errc::corrupt, std::string{"damaged zstd: "} + ZSTD_getErrorName(code)};
    }
    complete_ = code == 0;
    return output.pos;
  }
  bool complete() const override { return complete_; }

 private:
  ZSTD_DStream* stream_;
  bool complete_ = false;
};

std::unique_ptr<Decoder> decoder_for(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return std::make_unique<Gzip>();
  if (head.starts_with("\x28\xb5\x2f\xfd")) return std::make_unique<Zstandard>();
  return std::make_unique<Plain>();
}

}  // namespace

std::span<char> LineBuffer::room() {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    searched_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() < end_ + read_bytes + padding) bytes_.resize(end_ + read_bytes + padding);
  return {bytes_.data() + end_, bytes_.size() - padding - end_};
}

void LineBuffer::filled(std::size_t size) {
  filled_ += size;
  if (dropping_) {
    char* const start = bytes_.data() + end_;
    const auto* feed = static_cast<const char*>(std::memchr(start, '\n', size));
    if (feed == nullptr) return;
    dropping_ = false;
    const auto dropped = static_cast<std::size_t>(feed - start) + 1;
    std::memmove(start, start + dropped, size - dropped);
    size -= dropped;
  }
  end_ += size;
}

std::string_view LineBuffer::take() {
  const char* const data = bytes_.data();
  const auto* feed = searched_ == end_
                         ? nullptr
                         : static_cast<const char*>(::memrchr(data + searched_, '\n', end_ - searched_));
  searched_ = end_;
  if (feed != nullptr) {
    const std::string_view lines{data + begin_, static_cast<std::size_t>(feed + 1 - (data + begin_))};
    begin_ += lines.size();
    return lines;
  }
  if (end_ - begin_ <= line_bytes_max + 2) return {};
  dropping_ = true;
  return take_rest();
}

std::string_view LineBuffer::take_rest() {
  const std::string_view rest{bytes_.data() + begin_, end_ - begin_};
  begin_ = searched_ = end_;
  return rest;
}

struct Input::State {
  std::string path;
  int file = -1;
  std::optional<std::uint64_t> total_bytes;
  std::uint64_t read_total = 0;
  std::vector<char> stored = std::vector<char>(read_bytes);
  std::span<const char> left;  // of `stored`, not decoded yet
  std::unique_ptr<Decoder> decoder;
  LineBuffer lines;
  bool at_end = false;
  std::optional<Error> failed;

  ~State() {
    if (file > STDIN_FILENO) ::close(file);
  }

  /// Refills `left`; false at the end of the file.
  Result<bool> fill() {
    for (;;) {
      const auto size = ::read(file, stored.data(), stored.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return system_error(path, errno);
      left = {stored.data(), static_cast<std::size_t>(size)};
      read_total += left.size();
      return size > 0;
    }
  }

  /// Decodes once into the lines.
  Status step() {
    if (left.empty()) {
      auto more = fill();
      if (!more) return std::move(more).error();
      if (!*more) {
        at_end = true;
        if (!decoder->complete())
          return Error{Errc::corrupt, path + ": ends in the middle of compressed data"};
        return {};
      }
    }
    auto size = decoder->decode(left, lines.room());
    if (!size) return in_context(path, std::move(size).error());
    lines.filled(*size);
    return {};
  }
};

Input::Input(std::unique_ptr<State> state) : state_{std::move(state)} {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path == "-" ? "standard input" : path;
  state->file = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->file < 0) return system_error(path, errno);
  struct stat info {};
  if (::fstat(state->file, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return Error{Errc::invalid_input, path + ": is a folder"};
    if (S_ISREG(info.st_mode)) state->total_bytes = static_cast<std::uint64_t>(info.st_size);
  }
  // A pipe may give its first bytes one by one; four decide.
  std::size_t have = 0;
  while (have < 4) {
    const auto size = ::read(state->file, state->stored.data() + have, state->stored.size() - have);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(path, errno);
    if (size == 0) break;
    have += static_cast<std::size_t>(size);
  }
  state->left = {state->stored.data(), have};
  state->read_total = have;
  state->decoder = decoder_for({state->stored.data(), have});
  return Input{std::move(state)};
}

Result<std::string_view> Input::next() {
  auto& state = *state_;
  if (state.failed) return *state.failed;
  for (;;) {
    if (const auto lines = state.lines.take(); !lines.empty()) return lines;
    if (state.at_end) return state.lines.take_rest();
    if (auto status = state.step(); !status) {
      state.failed = std::move(status).error();
      return *state.failed;
    }
  }
}

Input::Progress Input::progress() const {
  return {state_->read_total - state_->left.size(), state_->total_bytes};
}

}  // namespace tocsin::sensor
